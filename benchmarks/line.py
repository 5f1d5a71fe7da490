"""The closed loop on the virtual clock, for as many parts as you like, with every fault from a seeded plan.

    python benchmarks/line.py [--parts 20000] [--seed 1] [--json OUT]

Random gaps and scoring times, and every fault that the virtual line knows. After every step and every closed account
the ledger is asked whether it balances; at the end each part's bin is held against its account and what the box told.
Exits 1 if anything is amiss. How late pulses are in real time is measured by benchmarks/gate.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from edge.virtual.closed_loop import amiss, draw_plan, ride, summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    began = time.perf_counter()
    loop = ride(draw_plan(arguments.seed, arguments.parts))
    said = amiss(loop)
    result = summary(loop) | {"amiss": said, "seconds": round(time.perf_counter() - began, 1)}
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
