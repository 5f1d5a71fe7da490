"""The ways in: how a model that is not on the box yet comes to the slots."""
