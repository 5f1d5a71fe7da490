"""The whole line on the virtual clock, for as many parts as you like, with faults from a seeded schedule.

    python benchmarks/line.py [--parts 20000] [--seed 1] [--json OUT]

Random gaps, speed changes, stops, camera stalls and slow scoring. After every step the ledger is asked whether it
balances; at the end each part's bin is held against its account. Exits 1 if anything is amiss.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

from edge.camera.aim import Sight
from edge.parts import State
from edge.virtual.belt import LaidPart
from edge.virtual.rig import Rig, read_grey

GOOD, BAD = 60, 220
STEP_S = 0.5
AHEAD_MM = 2000.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    began = time.perf_counter()
    rig, unbalanced, faults = ride(arguments.parts, random.Random(arguments.seed))
    result = judge(rig) | {
        "faults": dict(faults),
        "unbalanced_steps": unbalanced,
        "belt_hours": round(rig.clock.now_ns() / 3.6e12, 2),
        "seconds": round(time.perf_counter() - began, 1),
    }
    print(json.dumps(result, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    amiss = unbalanced or result["misplaced"] or result["lost"] or result["bad_or_unseen_in_pass"]
    return 1 if amiss else 0


def ride(parts: int, draw: random.Random) -> tuple[Rig, int, Counter[str]]:
    """Carries the parts past the box, ordering faults on the way. Returns the rig, the steps at which the ledger did
    not balance, and how many faults of each kind there were."""

    def takes_ms(sight: Sight) -> float:
        return draw.choice((15.0, 20.0, 30.0, 30.0, 60.0, 250.0))

    rig = Rig(read_grey, takes_ms=takes_ms, speed_mm_s=200.0)
    faults: Counter[str] = Counter()
    laid, head, unbalanced = 0, 100.0, 0
    while laid < parts or rig.line.riding:
        while laid < parts and head < rig.line.position() + AHEAD_MM:
            laid += 1
            bad = draw.random() < 0.2
            picture = np.full((24, 30, 3), BAD if bad else GOOD, np.uint8)
            rig.lay(LaidPart(laid, head, rig.part_mm, picture, bad))
            head += rig.part_mm + draw.choice((6.0, 12.0, 40.0, 90.0))
        order_faults(rig, draw, faults)
        rig.run(STEP_S)
        unbalanced += not rig.inspector.counts().balanced
    rig.run(5)
    return rig, unbalanced, faults


def order_faults(rig: Rig, draw: random.Random, faults: Counter[str]) -> None:
    """Now and then something goes wrong, and now and then it is mended."""
    chance = draw.random()
    if chance < 0.03:
        rig.set_speed(draw.uniform(80, 320))
        faults["speed change"] += 1
    elif chance < 0.04:
        rig.set_speed(0)
        rig.run(draw.uniform(0.1, 30))
        rig.set_speed(200)
        faults["stop"] += 1
    elif not rig.camera_works:
        rig.camera_works = chance < 0.5
    elif chance < 0.05:
        rig.camera_works = False
        faults["camera stall"] += 1


def judge(rig: Rig) -> dict[str, object]:
    """The bins held against the accounts, part for part."""
    accounts = {record.account.part.id: record.account for record in rig.records}
    sent_away = {number: account.state is not State.PASSED for number, account in accounts.items()}
    fallen = rig.line.fallen
    counts = rig.inspector.counts()
    return {
        "ledger": counts.to_dict(),
        "uninspected_reasons": dict(Counter(a.reason.value for a in accounts.values() if a.reason)),
        "lost": sum(part.number not in accounts for part in fallen),
        "misplaced": sum(sent_away.get(part.number) is not part.ejected for part in fallen),
        "bad_or_unseen_in_pass": sum(
            not part.ejected and (part.bad or sent_away.get(part.number, True)) for part in fallen
        ),
        "good_judged_good_ejected": sum(bool(part.ejected) and not sent_away.get(part.number, True) for part in fallen),
        "missed_ejections": rig.inspector.tally.missed_ejections,
    }


if __name__ == "__main__":
    sys.exit(main())
