"""Whether the pictures are still what the model learnt from."""
