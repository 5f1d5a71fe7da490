"""Frame sources, and which frame is a part's own."""
