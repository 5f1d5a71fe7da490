"""A box elsewhere, as the desk sees it: over its HTTP interface."""
