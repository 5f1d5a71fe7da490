"""Where in its rectangle a part lies, and which places of it are looked at how."""

from edge.regions.looking import Preparation, make_judge, prepared
from edge.regions.pose import Pose, upright

__all__ = ["Pose", "Preparation", "make_judge", "prepared", "upright"]
