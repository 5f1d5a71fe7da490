"""A membrane web with known defects, as an area camera over a backlight sees it strip by strip."""

from edge.virtual.membrane.defects import Crack, Defect, Pinhole, Speck, Splice, Streak, ThinCoating, Wrinkle
from edge.virtual.membrane.scatter import scatter
from edge.virtual.membrane.web import INCH_MM, PINHOLE_MM, SPEED_MM_S, WIDTH_MM, Disturbance, Membrane

__all__ = [
    "INCH_MM",
    "PINHOLE_MM",
    "SPEED_MM_S",
    "WIDTH_MM",
    "Crack",
    "Defect",
    "Disturbance",
    "Membrane",
    "Pinhole",
    "Speck",
    "Splice",
    "Streak",
    "ThinCoating",
    "Wrinkle",
    "scatter",
]
