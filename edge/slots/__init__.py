"""Two slots for models: the one that inspects, and the one that the next model is written into."""

from edge.slots.disk import Disk, RealDisk
from edge.slots.slots import Slots, Start
from edge.slots.state import Entry, State, Status

__all__ = ["Disk", "Entry", "RealDisk", "Slots", "Start", "State", "Status"]
