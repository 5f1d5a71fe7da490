"""Throws damaged bundles at the box's reader and its gate, and counts them.

    python benchmarks/fuzz_bundle.py --seconds 60 [--seed 0] [--json OUT]

A valid signed bundle is changed at random (bytes flipped, cut, inserted, spliced with a stranger's bundle; members
changed inside a whole archive; members changed and hashed anew; the manifest edited). Each must end in a BundleError
or in the very bundle that was signed. Anything else ends the run with exit code 1, and the input is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from hostile_bundles import mutate
from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.clock import NS_PER_S, RealClock
from edge.errors import BundleError
from edge.trust.folder import TrustFolder
from edge.trust.gate import accept
from edge.trust.keys import PrivateKey, make_keys
from edge.trust.serial import SerialRecord

_CHECK = re.compile(r"[0-9]+|'.*?'|\(.*\)")


class Box:
    """A box that trusts one key, and a bundle signed with it; `bad` keeps what neither was refused nor was it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "m.ringlight"
        self._trust, self._serials = TrustFolder(folder / "trust"), SerialRecord(folder / "serial.json")
        keys = {name: make_keys(folder, name) for name in ("own", "stranger")}
        self._trust.trust(keys["own"][1])
        own, stranger = (PrivateKey.read(private) for private, _, _ in keys.values())
        self.whole = write_small_bundle(folder / "whole.ringlight", key=own).read_bytes()
        self.other = write_small_bundle(folder / "other.ringlight", good=0.4, key=stranger).read_bytes()
        self._original = Bundle.read(folder / "whole.ringlight")

    def judge(self, data: bytes) -> str:
        """What became of the bytes: the words of the refusal without their particulars, or `the same`.

        Raises:
            AssertionError: a changed bundle was accepted.
        """
        self._path.write_bytes(data)
        try:
            found = accept(Bundle.read(self._path), self._trust, self._serials).bundle
        except BundleError as error:
            words = str(error).removeprefix(f"{self._path}: ")
            return _CHECK.sub("…", words)[:60]
        assert found.signed == self._original.signed, "a changed manifest was accepted"
        assert found.model == self._original.model, "a changed model was accepted"
        assert found.golden_tiles.tobytes() == self._original.golden_tiles.tobytes(), "changed tiles were accepted"
        assert found.golden_scores.tobytes() == self._original.golden_scores.tobytes(), "changed scores were accepted"
        return "the same"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long")
    parser.add_argument("--seed", type=int, default=0, help="the same seed throws the same bundles")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the counts to this file")
    parser.add_argument(
        "--keep", type=Path, default=Path("build/fuzz"), metavar="DIR", help="where a failing input goes"
    )
    arguments = parser.parse_args()
    dice, clock, ends = random.Random(arguments.seed), RealClock(), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        box = Box(Path(folder))
        end = clock.now_ns() + round(arguments.seconds * NS_PER_S)
        while clock.now_ns() < end:
            data = mutate(dice, box.whole, box.other)
            try:
                ends[box.judge(data)] += 1
            except Exception as error:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                kept = arguments.keep / f"{ends.total()}.ringlight"
                kept.write_bytes(data)
                print(f"FAULT after {ends.total()} inputs: {type(error).__name__}: {error}; kept as {kept}")
                return 1
    return _say(ends, arguments.seed, arguments.seconds, arguments.json)


def _say(ends: Counter[str], seed: int, seconds: float, out: Path | None) -> int:
    refused = ends.total() - ends["the same"]
    print(
        f"{ends.total()} inputs in {seconds:g} s, seed {seed}: {refused} refused, {ends['the same']} harmless, 0 faults"
    )
    print(f"{len(ends)} different ends, the most frequent:")
    for words, count in ends.most_common(20):
        print(f"  {count:>8}  {words}")
    if out:
        numbers = {"inputs": ends.total(), "seed": seed, "seconds": seconds, "refused": refused, "ends": dict(ends)}
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
