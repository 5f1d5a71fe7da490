"""`ringlight calibrate`: flat field, dark frame, reference and pixel pitch of a line, and a target to print."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command

if TYPE_CHECKING:
    from edge.config import Config
    from edge.parts import Image

_FRAMES = 32


def _arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="flat|dark|reference|target|pitch")
    words = "a checkerboard in true size, to print at 100 %"
    target = kinds.add_parser("target", help=words, description=words)
    target.add_argument("--out", type=Path, required=True, metavar="FILE", help="FILE.pdf or FILE.svg")
    _board(target)
    for name, words in (
        ("flat", "an even white surface lies under the camera: writes camera.flat_field"),
        ("dark", "the cap is on the lens: adds the dark frame to camera.flat_field"),
        ("reference", "what good parts look like at commissioning: writes imaging.reference"),
        ("pitch", "a printed checkerboard lies on the belt: says camera.mm_per_px"),
    ):
        kind = kinds.add_parser(name, help=words, description=words)
        kind.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")
        if name == "reference":
            kind.add_argument(
                "--pictures", type=Path, required=True, metavar="DIR", help="good parts: DATASET/train/good of record"
            )
        if name == "pitch":
            _board(kind)
            kind.add_argument(
                "--ruler-mm", type=_length, metavar="MM", help="what the target's ruler of 100 mm measures on paper"
            )


def _board(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corners", type=_corners, default=(8, 5), metavar="8x5", help="inner corners: one less than squares"
    )
    parser.add_argument("--square-mm", type=_length, default=10.0, metavar="MM", help="side of a square (10)")


def _length(text: str) -> float:
    try:
        length = float(text)
    except ValueError:
        length = 0.0
    if not 0 < length < 10_000:
        raise argparse.ArgumentTypeError("say it in millimetres, as 99.5")
    return length


def _corners(text: str) -> tuple[int, int]:
    across, _, down = text.partition("x")
    if not (across.isdigit() and down.isdigit() and int(across) > 2 and int(down) > 2):
        raise argparse.ArgumentTypeError("say it as 8x5, at least 3x3")
    return int(across), int(down)


def _run(arguments: argparse.Namespace) -> int:
    from edge.config import load_config

    if arguments.kind == "target":
        print(_target(arguments))
        return 0
    config = load_config(arguments.config)
    kind = {"flat": _flat, "dark": _dark, "reference": _reference, "pitch": _pitch}[arguments.kind]
    print(kind(config, arguments))
    return 0


def _flat(config: Config, arguments: argparse.Namespace) -> str:
    import numpy as np

    from edge.imaging.flat import FlatField, flat_of

    file = _flat_file(config)
    flat = flat_of(_frames(config, lit=True, count=_FRAMES))
    dark = FlatField.load(file).dark if file.exists() else None
    FlatField(flat, dark if dark is not None and dark.shape == flat.shape else np.zeros_like(flat)).save(file)
    corners = flat[[0, 0, -1, -1], [0, -1, 0, -1]].mean() / flat.max()
    return f"{file}: corners at {corners:.0%} of the brightest place. Record and train anew with it, then inspect."


def _dark(config: Config, arguments: argparse.Namespace) -> str:
    from edge.imaging.flat import FlatField, dark_of

    file = _flat_file(config)
    flat = FlatField.load(file).flat
    dark = dark_of(_frames(config, lit=False, count=_FRAMES))
    FlatField(flat, dark).save(file)
    return f"{file}: dark frame of mean {dark.mean():.1f} of 255 added"


def _reference(config: Config, arguments: argparse.Namespace) -> str:
    from datetime import datetime, timezone

    from edge.clock import NS_PER_S, RealClock
    from edge.errors import UsageError
    from edge.imaging.commissioning import settings_of
    from edge.imaging.reference import make_reference
    from edge.imaging.watch import least_light
    from edge.picture import SUFFIXES, load_image

    file = config.imaging.reference
    if file is None:
        raise UsageError("imaging.reference is not set: name the file to write in the configuration.")
    if not arguments.pictures.is_dir():
        raise UsageError(f"{arguments.pictures}: is no folder. Record good parts first: `ringlight record`.")
    pictures = sorted(path for path in arguments.pictures.iterdir() if path.suffix.lower() in SUFFIXES)
    made = datetime.fromtimestamp(RealClock().wall_ns() / NS_PER_S, timezone.utc).date().isoformat()
    images = (load_image(path) for path in pictures)
    reference = make_reference(images, made=made, settings=settings_of(config))
    reference.save(file)
    least = least_light(config.imaging, reference)
    more = "; with a larger imaging.window, from less on" if least > 1.01 * config.imaging.brightness else ""
    return f"{file}: reference of {reference.n} pictures. A loss of light is told from {least:.0%} on{more}."


def _target(arguments: argparse.Namespace) -> str:
    from edge.errors import UsageError
    from edge.imaging.target import RULER_MM, Target

    target, out = Target(arguments.corners, arguments.square_mm), arguments.out
    if out.suffix.lower() not in (".pdf", ".svg"):
        raise UsageError(f"--out {out}: name a file that ends in .pdf or .svg.")
    try:
        out.write_bytes(target.pdf() if out.suffix.lower() == ".pdf" else target.svg().encode())
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}).") from error
    width, height = target.size_mm
    return f"{out}: {width:g} × {height:g} mm on A4. Print it at 100 %; its ruler then measures {RULER_MM:g} mm."


def _pitch(config: Config, arguments: argparse.Namespace) -> str:
    from edge.imaging.pitch import find_pitch, pitch_check
    from edge.imaging.target import RULER_MM

    printed = 1.0 if arguments.ruler_mm is None else arguments.ruler_mm / RULER_MM
    image = _frames(config, lit=True, count=1)[0]
    pitch = find_pitch(image, arguments.corners, arguments.square_mm * printed)
    seen = pitch_check(pitch.mm_per_px, config.imaging.smallest_px).text
    found = [f"warning: {text}" for text in pitch.findings()]
    return "\n".join([f"camera.mm_per_px = {pitch.mm_per_px:.5g}", seen, *found])


def _flat_file(config: Config) -> Path:
    from edge.errors import UsageError

    if config.camera.flat_field is None:
        raise UsageError("camera.flat_field is not set: name the file to write in the configuration.")
    return config.camera.flat_field


def _frames(config: Config, *, lit: bool, count: int) -> list[Image]:
    """Frames as the camera gives them, without correction."""
    from edge.camera.base import make_camera
    from edge.clock import NS_PER_S, RealClock
    from edge.errors import CameraError
    from edge.light import make_light
    from edge.light.warming import warm_up

    clock = RealClock()
    camera = make_camera(config.camera.model_copy(update={"flat_field": None}), clock)
    light = make_light(config.light)
    frames: list[Image] = []
    try:
        if lit:
            warm_up(light, config.light, clock)
        else:
            light.set(0.0)
        camera.open()
        for _ in range(count):
            frame = camera.read(5 * NS_PER_S)
            if frame is None:
                raise CameraError(
                    f"{config.camera.device}: gives no frame. Check its cable; `ringlight doctor` says more."
                )
            frames.append(frame.image)
    finally:
        camera.close()
        light.close()
    return frames


command = Command(
    "flat field, dark frame, reference and pixel pitch of a line, and a target to print", _arguments, _run
)
