"""The workstation: data sets, backbones, methods, evaluation. What scores pictures here is the box's own runtime."""
