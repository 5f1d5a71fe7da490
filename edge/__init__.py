"""Ringlight's box: the code that stands beside the conveyor.

Importing this package costs nothing: no torch, no OpenCV, no Flask. Each room is imported by whoever needs it.
"""

__version__ = "0.1.0"
