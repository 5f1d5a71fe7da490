"""From a training run to the one file that the box accepts."""
