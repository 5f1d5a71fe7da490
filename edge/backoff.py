"""How long to wait before a broker, a box or a server is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

from edge.clock import NS_PER_S


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, bounded, and spread, so that a hundred boxes do not return to a restarted broker in one instant.

    A connection that lasted `stable_s` starts the row anew; a shorter one counts as one more failure, so that two
    boxes of one name do not chase each other off the broker as fast as they can.
    """

    first_s: float = 0.5
    factor: float = 2.0
    most_s: float = 30.0
    stable_s: float = 10.0
    spread: float = 0.2

    def wait_ns(self, failures: int, dice: random.Random) -> int:
        """The pause after so many failures in a row (1 is the first)."""
        pause = min(self.most_s, self.first_s * self.factor ** min(failures - 1, 32))
        return int(pause * (1 + self.spread * dice.uniform(-1, 1)) * NS_PER_S)


GENTLE = Backoff()
