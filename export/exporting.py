"""From a training run to a bundle: graph, parity, calibration, golden tiles."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from edge.bundle import REPORT, Bundle, DatasetFacts, Manifest, Precision, ThresholdRow, sha256
from edge.calibration import Calibration
from edge.clock import NS_PER_S, Clock, RealClock
from edge.errors import UsageError
from edge.parts import Image
from edge.runtime import BatchProfile, Runtime
from edge.tiles import cut, load_image
from edge.trust.keys import PrivateKey
from export.parity import compare
from export.precision.change import Change, Pictures
from export.precision.change import compare as change_between
from export.precision.make import Made, lowered, single
from export.writing import contents, hashes, write_bundle
from trainer.alignments import ALIGNMENTS
from trainer.augment import describe
from trainer.calibrate import RATES, score_held_out
from trainer.checkup.checkup import Checkup, examine
from trainer.dataset import open_dataset
from trainer.methods import find_method
from trainer.refit import pictures_of
from trainer.report import MET, training_report
from trainer.runs import Run

_GOLDEN = 4
_TOOLS = ("onnx", "onnxscript", "onnxruntime")


def export_bundle(
    run: Path,
    out: Path,
    *,
    name: str | None = None,
    dataset: Path | None = None,
    clock: Clock | None = None,
    check: bool = False,
    key: Path | None = None,
    precision: Precision = "fp32",
    accept_changed_verdicts: bool = False,
    tell: Callable[[Change], None] | None = None,
) -> Bundle:
    """Exports a training run.

    The calibration and the golden scores come from the exported graph in the box's own runtime, on the CPU provider.
    In another precision than fp32 that graph is compared with the one in fp32 (`export.precision.change`).

    Args:
        run: the run folder. out: the bundle, NAME.ringlight.
        name: first half of the model id; the data set's folder unless told.
        dataset: where the data set is now, if it is no longer where the training found it.
        clock: tells the serial (seconds since 1970) and the date.
        check: examine the data set for the report that goes into the bundle.
        key: private key that signs the bundle; without it the bundle is not signed.
        precision: what the backbone computes in; see `export.precision.make`. int8 fits the model anew.
        accept_changed_verdicts: write the bundle however many verdicts the precision changed.
        tell: is handed what the precision changed, before it is judged.

    Raises:
        UsageError: the run, the data set or the key is wrong, or the backbone cannot have this precision.
        RinglightError: the graph does not compute what the model computes, or too many verdicts changed.
    """
    trained = Run.read(run)
    signer = PrivateKey.read(Path(key)) if key else None
    slug = _slug(name or trained.dataset.name)
    held_out = pictures_of(trained, trained.held_out, dataset)
    exact = single(trained)
    made = exact if precision == "fp32" else lowered(trained, precision, dataset, _folder_of(out))
    trained, graph, geometry = made.run, made.graph, trained.geometry
    runtime = Runtime(graph, ["CPUExecutionProvider"])
    tiles = golden_tiles([cut(load_image(path), geometry).pixels[0] for path in held_out[:_GOLDEN]])
    parity = compare(made.model, runtime, tiles)
    scores = score_held_out(runtime, held_out, geometry)
    change = None if made is exact else _changed(exact, made, runtime, scores, dataset)
    if change and tell:
        tell(change)
    if change and not accept_changed_verdicts:
        change.refuse()
    calibration = Calibration.fit(scores)
    files = contents(graph, tiles, runtime.score(tiles).score)
    checkup = examine(dataset or trained.dataset, size=min(geometry.input_h, geometry.input_w)) if check else None
    now = (clock or RealClock()).wall_ns()
    manifest = Manifest(
        schema=1,
        model_id=f"{slug}-{sha256(graph)[:8]}",
        method=trained.method,
        backbone=trained.backbone,
        geometry=geometry,
        precision=precision,
        alignment=trained.alignment,
        calibration=calibration,
        thresholds=_rows(calibration),
        metrics={"parity": parity.relative, **_choice(trained), **_met(trained, checkup)}
        | (change.metrics() if change else {}),
        dataset=DatasetFacts(
            name=trained.dataset.name,
            fingerprint=trained.fingerprint,
            fitted=len(trained.fitted),
            held_out=len(trained.held_out),
        ),
        tools=trained.tools | {tool: importlib.metadata.version(tool) for tool in _TOOLS},
        batch=BatchProfile(),
        serial=now // NS_PER_S,
        created=datetime.fromtimestamp(now / NS_PER_S, timezone.utc).isoformat(timespec="seconds"),
        files=hashes(files),
    )
    report = training_report(
        manifest,
        runtime,
        held_out,
        scores,
        model_bytes=len(graph),
        facts=[*run_facts(trained), *(("Precision", line) for line in (change.lines() if change else ["fp32"]))],
        notes=trained.notes,
        checkup=checkup,
    )
    files |= {REPORT: report}
    return write_bundle(Path(out), manifest.model_copy(update={"files": hashes(files)}), files, key=signer)


def run_facts(run: Run) -> list[tuple[str, str]]:
    """How a training went, as rows for its report."""
    settings = ", ".join(f"{name} {value}" for name, value in run.settings.items())
    facts = [
        ("Layers", ", ".join(run.layers)),
        ("Anomaly map", f"{run.grid[1]} × {run.grid[0]} cells"),
        ("Settings", settings),
        ("Augmentation", describe(run.augment)),
        ("Training", f"{run.seconds:.0f} s, seed {run.seed}"),
    ]
    chosen = find_method(run.method).summary(run.notes) if run.notes else []
    return facts + [("Chosen", line) for line in chosen if not line.startswith("WARNING")]


def golden_tiles(good: Sequence[Image]) -> Image:
    """Good tiles [K, H, W, 3], and each of them once more with a dark and a bright bar: a self-test must cover the
    high scores too."""
    marred = []
    for tile in good:
        h, w = tile.shape[:2]
        copy = tile.copy()
        copy[h // 4 : h // 4 + h // 16, w // 8 : -w // 8] = 0
        copy[h // 2 : -h // 8, w // 2 : w // 2 + w // 16] = 255
        marred.append(copy)
    return np.stack([*good, *marred])


def _choice(run: Run) -> dict[str, float | None]:
    """What the alignment was chosen by, where it was: image AUROC on held-back good pictures and synthetic defects."""
    choice = run.notes.get("alignment", {})
    return {f"synthetic_auroc_{name}": choice[name] for name in ALIGNMENTS if name in choice}


def _met(run: Run, checkup: Checkup | None) -> dict[str, float | None]:
    """How many of the held-out pictures show a part that the model learned from, where that was looked at."""
    return {MET: float(len(checkup.met(set(run.fitted), set(run.held_out))))} if checkup else {}


def _rows(calibration) -> tuple[ThresholdRow, ...]:
    found = ((rate, calibration.threshold(rate)) for rate in RATES)
    return tuple(
        ThresholdRow(false_rejects_per_10000=rate, value=t.value, low=t.low, high=t.high, how=t.how, warning=t.warning)
        for rate, t in found
    )


def _folder_of(out: Path) -> Path:
    """The folder of a file that will be written, made if need be."""
    folder = Path(out).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _changed(exact: Made, made: Made, runtime: Runtime, scores: Sequence[float], dataset: Path | None) -> Change:
    """What the precision changed, on the held-out pictures and the data set's test pictures."""
    run = exact.run
    held_out = pictures_of(run, run.held_out, dataset)
    before = Runtime(exact.graph, ["CPUExecutionProvider"])
    test = open_dataset(Path(dataset) if dataset else run.dataset, need_train=False).test
    pictures = Pictures(held_out, test, run.geometry, run.seed)
    looked = (
        pictures.look(before, score_held_out(before, held_out, run.geometry)),
        pictures.look(runtime, scores),
    )
    return change_between(pictures, before, runtime, looked, len(made.graph) / len(exact.graph))


def _slug(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "-" for c in name)[:48].strip("-.")
    if not kept:
        raise UsageError(f"{name!r} gives no model id: name the model with --name, in letters and digits.")
    return kept
