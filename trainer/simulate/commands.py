"""`ringlight simulate OUT`: its arguments, and what is printed. Cheap to import."""

from __future__ import annotations

import argparse
from pathlib import Path

from edge.cli.command import Command
from trainer.simulate.kinds import KINDS


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write WIDTHxHEIGHT, such as 640x480")
    return int(width), int(height)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder, written in the layout of MVTec AD")
    parser.add_argument("--train", type=int, default=340, metavar="N", help="good pictures to train on (340)")
    parser.add_argument("--test-good", type=int, default=10, metavar="N", help="good pictures to test with (10)")
    parser.add_argument("--defects", type=int, default=53, metavar="N", help="defective pictures (53)")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS, help="kinds of defects (all five)")
    parser.add_argument("--seed", type=int, default=0, help="of everything")
    parser.add_argument("--size", type=_size, default=(640, 480), metavar="WxH", help="of the pictures (640x480)")
    parser.add_argument(
        "--borderline", type=float, default=0.0, metavar="SHARE", help="good parts with a defect too faint to count (0)"
    )
    parser.add_argument(
        "--drift", type=float, default=0.0, metavar="SHARE", help="light that the lamp loses in 100 pictures (0)"
    )
    parser.add_argument(
        "--highlight", type=float, default=1.0, metavar="X", help="how far the highlight wanders; 0: not at all (1)"
    )
    parser.add_argument(
        "--leak", type=int, default=0, metavar="N", help="training pictures to put into test/good as well (0)"
    )


def _run(args: argparse.Namespace) -> int:
    from trainer.simulate.plan import Plan
    from trainer.simulate.writing import simulate

    width, height = args.size
    plan = Plan(
        train=args.train,
        good=args.test_good,
        defects=args.defects,
        seed=args.seed,
        width=width,
        height=height,
        borderline=args.borderline,
        kinds=tuple(args.kinds),
        drift=args.drift,
        highlight=args.highlight,
        leak=args.leak,
    )
    pictures = simulate(args.out, plan)
    shares = [
        picture["defect"]["area_share"] for picture in pictures if picture["defect"] and not picture["borderline"]
    ]
    faint = sum(picture["borderline"] for picture in pictures)
    print(f"{args.out}: {len(pictures)} pictures, {len(shares)} with a defect, {faint} good ones borderline")
    if shares:
        print(f"defects cover {sum(shares) / len(shares):.3%} of their pictures, on average")
    print(f"what is true of each: {args.out / 'truth.json'}")
    return 0


simulate = Command("draw sleeves under a ring light, with known truth: a data set to study", _arguments, _run)
