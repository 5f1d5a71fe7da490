"""The closed loop: thousands of parts on the virtual clock, with faults from a seeded plan, and what must hold of it.

The model is a stand-in that reads from a part's picture which part it is, and knows the truth of each; so every wrong
bin is the line's own doing.
"""

from edge.virtual.closed_loop.amiss import amiss, summary
from edge.virtual.closed_loop.lines import LINES, LineKind
from edge.virtual.closed_loop.plans import Plan, draw_plan
from edge.virtual.closed_loop.ride import Loop, ride

__all__ = ["LINES", "LineKind", "Loop", "Plan", "amiss", "draw_plan", "ride", "summary"]
