"""`ringlight train` and `ringlight evaluate`: their arguments, and what is called. Cheap to import."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from trainer.options import METHODS, add_options, settings_of
from trainer.regimes import COPIES, REGIMES

if TYPE_CHECKING:
    from trainer.evaluate import Measured


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="folder in the layout of MVTec AD; train/good is learned from")
    parser.add_argument("--out", type=Path, required=True, help="run folder to write")
    parser.add_argument("--method", default="padim", choices=METHODS, help="how good parts are modelled")
    parser.add_argument("--backbone", default="tf_efficientnet_lite0", help="timm's name of the network")
    parser.add_argument("--layers", nargs="+", help="names of the network's modules whose outputs are used")
    parser.add_argument("--weights", help="file of weights; else the installed package, else timm's from the network")
    parser.add_argument(
        "--size", type=int, help="side of the model's input, pixels, a multiple of 32 (256, simplenet 288)"
    )
    parser.add_argument("--tile-px", type=int, help="cut parts into tiles of this side at the picture's own scale")
    parser.add_argument("--overlap-px", type=int, default=0, help="what neighbouring tiles share")
    add_options(parser)
    regimes = "; ".join(f"{name}: {regime.words}" for name, regime in REGIMES.items())
    parser.add_argument(
        "--augment",
        default="none",
        choices=list(REGIMES),
        help=f"altered copies of the pictures to learn from. {regimes}".replace("%", "%%"),
    )
    parser.add_argument(
        "--augment-copies",
        type=int,
        metavar="N",
        help=f"random copies of each tile, beside itself ({COPIES}); with mild and strong",
    )
    parser.add_argument("--held-out", type=float, default=0.2, help="share of the good pictures kept for calibration")
    parser.add_argument(
        "--apart",
        action="store_true",
        help="parts that were photographed more than once are never both learned from and held out",
    )
    parser.add_argument("--seed", type=int, default=0, help="chooses the held-out pictures")


def _train(args: argparse.Namespace) -> int:
    from edge.tiles import Geometry
    from trainer.methods import find_method
    from trainer.train import train

    method = find_method(args.method)
    size = args.size or method.size
    grid = Geometry(size, size, "grid", args.tile_px, args.overlap_px) if args.tile_px else None
    run = train(
        args.dataset,
        args.out,
        method=args.method,
        backbone=args.backbone,
        layers=args.layers,
        weights=args.weights,
        seed=args.seed,
        size=args.size,
        geometry=grid,
        settings=settings_of(args, method.settings),
        held_out_share=args.held_out,
        augment=args.augment,
        augment_copies=args.augment_copies,
        apart=args.apart,
    )
    if args.apart:
        known = run.notes["parts"]
        print(f"kept apart: {known['known']} parts that {known['pictures']} pictures show")
    for line in method.summary(run.notes):
        print(line)
    print(f"fitted to {len(run.fitted)} good pictures in {run.seconds:.0f} s, {len(run.held_out)} held out")
    print(f"next: ringlight export {args.out} --out NAME.ringlight")
    return 0


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, help="the bundle, NAME.ringlight")
    parser.add_argument("dataset", type=Path, help="folder in the layout of MVTec AD; test is scored")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the numbers to this file")
    parser.add_argument(
        "--html", type=Path, metavar="OUT", help="write the report, one page with pictures, to this file"
    )
    parser.add_argument("--no-check", action="store_true", help="do not examine the data set for the report")
    parser.add_argument(
        "--provider",
        action="append",
        metavar="NAME",
        help="ONNX Runtime execution provider; repeat it in order of preference (default: CPUExecutionProvider)",
    )
    parser.add_argument("--threads", type=int, default=0, help="threads of the CPU provider; 0: all cores")
    parser.add_argument("--batch", type=int, default=8, help="tiles scored in one call")
    parser.add_argument(
        "--false-rejects", type=float, default=100.0, metavar="N", help="good parts in 10,000 that may be thrown away"
    )


def _evaluate(args: argparse.Namespace) -> int:
    from trainer.evaluate import measure

    measured = measure(
        args.bundle,
        args.dataset,
        args.provider or ["CPUExecutionProvider"],
        threads=args.threads,
        batch=args.batch,
        false_rejects_per_10000=args.false_rejects,
        check=bool(args.html) and not args.no_check,
    )
    result = measured.result
    print("\n".join(_lines(measured)))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(measured.to_dict(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if args.html:
        from trainer.report import evaluation_report

        page = evaluation_report(measured, args.dataset.resolve().name)
        args.html.parent.mkdir(parents=True, exist_ok=True)
        args.html.write_bytes(page)
        print(f"report         {args.html}, {len(page) / 1e6:.1f} MB")
    if result.threshold_warning:
        print(result.threshold_warning, file=sys.stderr)
    return 0


def _or_none(value: float | None) -> str:
    return "no masks" if value is None else f"{value:.4f}"


def _lines(measured: Measured) -> list[str]:
    result = measured.result
    low, high = result.false_reject_interval
    escape_low, escape_high = result.escape_interval
    lines = [
        f"model          {result.model_id}, {result.bundle_mb:.1f} MB, {result.provider}",
        f"data set       {measured.origin}",
        f"image AUROC    {result.image_auroc:.4f}",
        f"pixel AUROC    {_or_none(result.pixel_auroc)}",
        f"AUPRO (30 %)   {_or_none(result.aupro)}",
        f"threshold      {result.threshold:.4g}  for {result.false_rejects_per_10000:g} false rejects in 10,000",
        f"false rejects  {result.false_reject_rate:.2%}  ({low:.2%} to {high:.2%})",
        f"escapes        {result.escape_rate:.2%}  ({escape_low:.2%} to {escape_high:.2%})",
        f"speed          {result.tiles_per_second:.0f} tiles/s",
    ]
    for kind, value in result.per_class.items():
        auroc = "" if value.image_auroc is None else f"AUROC {value.image_auroc:.4f}"
        lines.append(f"  {kind:<12} {value.n:>4} pictures  {value.rejected:>6.1%} rejected  {auroc}")
    leakage = measured.examined.leakage if measured.examined else ()
    return [*lines, *(f"leakage        {leak}" for leak in leakage)]


train = Command("learn what good parts look like", _train_arguments, _train)
evaluate = Command("measure a bundle on test pictures, with the box's own runtime", _evaluate_arguments, _evaluate)
