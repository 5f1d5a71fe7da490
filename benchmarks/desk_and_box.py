"""Whether desk and box score the same picture alike, whatever its size.

    python benchmarks/desk_and_box.py [--run RUN] [--picture FILE] [--json OUT]

One picture, enlarged and reduced to several sizes and kept without loss, goes three ways:

torch    the trained model in torch, on the file's tiles (fp32; the other precisions have no form in torch)
file     the file as `ringlight evaluate` scores it
frame    a camera's frame that is larger than the part, the part cut out of it by the box's aim, looked at as the
         inspector does it

in each precision, and the scores must agree to 1e-4. Without a run it takes the demo's (`make demo`); without a picture
the first one that the run held out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from edge.bundle import Bundle
from edge.camera.aim import Aim
from edge.camera.folder import FolderCamera
from edge.clock import NS_PER_S, VirtualClock
from edge.config.models import ModelConfig
from edge.conveyor import SteadyBelt
from edge.model import Model
from edge.parts import Image, Part, Place, Trigger
from edge.tiles import cut, load_image, resize
from export.exporting import export_bundle
from trainer.refit import pictures_of
from trainer.runs import Run
from trainer.scoring import score_pictures
from trainer.train import build

LIMIT = 1e-4
SIZES = ((64, 64), (97, 300), (224, 224), (256, 256), (480, 640), (1080, 1920), (2049, 3001))
"""Heights and widths."""
PRECISIONS = ("fp32", "fp16", "int8")
_ABOVE, _LEFT, _BELOW, _RIGHT = 31, 40, 17, 23


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("build/demo/run"))
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    run = Run.read(args.run)
    picture = load_image(args.picture or pictures_of(run, run.held_out)[0])
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for precision in PRECISIONS:
            out = Path(folder) / f"{precision}.ringlight"
            bundle = export_bundle(args.run, out, precision=precision, accept_changed_verdicts=True)
            module = build(run) if precision == "fp32" else None
            rows += [row(bundle, module, picture, size, Path(folder)) for size in SIZES]
    for found in rows:
        scores = "  ".join(f"{way} {value:.6f}" for way, value in found["scores"].items())
        print(f"{found['precision']}  {found['size']:>11}  {scores}  apart by {found['apart']:.1e}")
    worst = max(found["apart"] for found in rows)
    print(f"largest difference {worst:.1e}, {LIMIT:g} is allowed")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({"worst": worst, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return int(worst > LIMIT)


def row(
    bundle: Bundle, module: torch.nn.Module | None, picture: Image, size: tuple[int, int], folder: Path
) -> dict[str, Any]:
    """One size, all ways."""
    resized = resize(picture, *size)
    file = write(folder / "part" / "0.png", resized)
    write(folder / "camera" / "0.png", np.pad(resized, ((_ABOVE, _BELOW), (_LEFT, _RIGHT), (0, 0)), mode="reflect"))
    model = Model.load(ModelConfig(bundle=bundle.path))
    scores = {
        "file": next(score_pictures(model.runtime, [file], bundle.manifest.geometry))[0].score,
        "frame": model.look(sighted(folder / "camera", size)).score,
    }
    if module is not None:
        with torch.inference_mode():
            tiles = torch.from_numpy(cut(load_image(file), bundle.manifest.geometry).pixels)
            scores["torch"] = float(module(tiles)[0].max())
    apart = max(scores.values()) - min(scores.values())
    name = f"{size[1]} × {size[0]}"
    return {"precision": bundle.manifest.precision, "size": name, "scores": scores, "apart": apart}


def write(file: Path, picture: Image) -> Path:
    """As PNG, which loses nothing."""
    file.parent.mkdir(exist_ok=True)
    if not cv2.imwrite(str(file), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise OSError(f"{file} cannot be written")
    return file


def sighted(folder: Path, size: tuple[int, int]) -> Image:
    """The part in the first frame of a camera, as the box's aim cuts it out."""
    clock = VirtualClock()
    camera = FolderCamera(folder, 10.0, clock)
    camera.open()
    frame = camera.read(NS_PER_S)
    assert frame is not None
    belt = SteadyBelt(100.0, frame.taken_ns)
    region = Place(_LEFT, _ABOVE, size[1], size[0])
    aim = Aim(belt, camera_mm=0.0, tolerance_mm=1.0, region=region, mm_per_px=1.0, motion="+x")
    aim.expect(Part(1, Trigger(frame.taken_ns, 0.0)))
    return aim.frame(frame)[0].image


if __name__ == "__main__":
    sys.exit(main())
