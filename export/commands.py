"""`ringlight export`: its arguments, and what is called. Cheap to import."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="run folder of `ringlight train`")
    parser.add_argument("--out", type=Path, required=True, help="the bundle to write, NAME.ringlight")
    parser.add_argument("--name", help="first half of the model id (default: the data set's folder)")
    parser.add_argument("--dataset", type=Path, help="where the data set is now, if it was moved since the training")
    parser.add_argument("--key", type=Path, metavar="FILE", help="sign with this private key, NAME.pem of `keys new`")
    parser.add_argument(
        "--precision",
        choices=("fp32", "fp16", "int8"),
        default="fp32",
        help="what the backbone computes in; int8 is for processors and fits the model anew, fp16 is for GPUs",
    )
    parser.add_argument(
        "--accept-changed-verdicts",
        action="store_true",
        help="write the bundle although the precision changed more verdicts than is let through",
    )
    parser.add_argument("--no-check", action="store_true", help="do not examine the data set for the bundle's report")


def _run(args: argparse.Namespace) -> int:
    from export.exporting import export_bundle
    from trainer.report import met_warning

    bundle = export_bundle(
        args.run,
        args.out,
        name=args.name,
        dataset=args.dataset,
        check=not args.no_check,
        key=args.key,
        precision=args.precision,
        accept_changed_verdicts=args.accept_changed_verdicts,
        tell=lambda change: print("\n".join(change.lines())),
    )
    parity = bundle.manifest.metrics["parity"]
    print(f"{bundle.path}: {bundle.manifest.model_id}, {bundle.size / 1e6:.1f} MB, serial {bundle.manifest.serial}")
    print(f"differs from the trained model by {parity:.1e} of the scores' spread at most")
    if bundle.signature:
        print(f"signed with the key {bundle.signature.key_id}")
    else:
        print("not signed: boxes refuse it unless their configuration says otherwise (`ringlight keys new`, --key)")
    for row in bundle.manifest.thresholds:
        print(
            f"  {row.false_rejects_per_10000:>5g} false rejects in 10,000: threshold {row.value:.4g} "
            f"({row.low:.4g} to {row.high:.4g}, {row.how})"
        )
    warning = met_warning(bundle.manifest)
    if warning:
        print(f"WARNING {warning}", file=sys.stderr)
    return 0


export = Command("turn a training run into a bundle that the box accepts", _arguments, _run)
