"""Continuous material: strips by the encoder, events along the roll, and an account of every millimetre."""
