"""The closed loop on the virtual clock, for as many parts as you like, with every fault from a seeded plan.

    python benchmarks/line.py [--parts 20000] [--each] [--kind jet ...] [--seed 1] [--json OUT]

Runs every kind of line (air jet with neighbours merged or spared, pusher, gate, …), each with random gaps, lengths and
scoring times and every fault that the virtual line knows. After every step and every closed account the ledger is asked
whether it balances; at the end each part's bin is held against its account, its picture and what the box told.
Exits 1 if anything is amiss. How late pulses are in real time is measured by benchmarks/gate.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from edge.virtual.closed_loop import LINES, amiss, draw_plan, ride, summary


def main() -> int:
    arguments = _arguments()
    kinds = arguments.kind or list(LINES)
    parts = arguments.parts if arguments.each else -(-arguments.parts // len(kinds))
    results = {kind: _run(kind, parts, arguments.seed) for kind in kinds}
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    said = [f"{kind}: {words}" for kind, result in results.items() for words in result["amiss"]]
    faults = sum(sum(result["faults"].values()) for result in results.values())
    wrong = {fault for result in results.values() for fault in result["faults"]}
    carried = sum(result["parts"] for result in results.values())
    print(f"{carried} parts on {len(results)} lines, {faults} faults of {len(wrong)} kinds, {len(said)} amiss")
    return 1 if said else 0


def _run(kind: str, parts: int, seed: int) -> dict[str, Any]:
    began = time.perf_counter()
    loop = ride(draw_plan(seed, parts, kind))
    result = summary(loop) | {"amiss": amiss(loop), "seconds": round(time.perf_counter() - began, 1)}
    print(f"== {kind}\n{json.dumps(result, indent=2)}", flush=True)
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=20_000, help="in all, spread over the kinds of line")
    parser.add_argument("--each", action="store_true", help="so many on each kind")
    parser.add_argument("--kind", action="append", choices=list(LINES), help="this kind only; may be given again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
