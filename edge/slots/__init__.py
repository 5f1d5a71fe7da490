"""Two slots for models: the one that inspects, and the one that the next model is written into."""

from edge.slots.slots import Slots, Start
from edge.slots.state import Entry, State, Status

__all__ = ["Entry", "Slots", "Start", "State", "Status"]
