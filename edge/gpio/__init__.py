"""Pins through the kernel's GPIO character device, as a gpiozero pin factory."""
