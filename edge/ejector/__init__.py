"""What throws parts off the belt: the reject schedule, the pulse, and what a sensor behind the gate says of it."""

from edge.ejector.profile import Profile
from edge.ejector.pulse import Clockwork, Output
from edge.ejector.schedule import Ejector
from edge.ejector.turn import Poll

__all__ = ["Clockwork", "Ejector", "Output", "Poll", "Profile"]
