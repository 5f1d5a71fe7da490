"""The sleeve simulator: reflective turned parts under a ring light, with known truth. No torch."""
