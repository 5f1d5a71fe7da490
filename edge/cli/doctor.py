"""`ringlight doctor`: one check a line, and the mend."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.health import Check, Level, worst

if TYPE_CHECKING:
    from edge.config import Config

_STYLE = {Level.OK: "green", Level.INFO: "cyan", Level.WARNING: "yellow", Level.FAULT: "bold red"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.text import Text

    from edge.config import load_config

    config = load_config(arguments.config)
    console = Console(highlight=False, soft_wrap=True)
    checks = []
    for check in examine(config):
        checks.append(check)
        line = Text.assemble((f"{check.level.name:<8}", _STYLE[check.level]), f"{check.name:<16} {check.text}")
        console.print(line)
        if check.mend:
            console.print(Text(f"{'':24} → {check.mend}", style="dim"))
    return 1 if worst(checks) is Level.FAULT else 0


def examine(config: Config) -> Iterator[Check]:
    """Looks at each thing that the box needs, one after the other; a check that fails hides none of the others."""
    looks: list[tuple[str, Callable[[Config], Iterator[Check]]]] = [
        ("model", _model),
        ("slots", look_at_slots),
        ("ways in", _ways_in),
        ("regions", _regions),
        ("web", _web),
        ("budget", _budget),
        ("imaging", _imaging),
        ("camera", _camera),
        ("light", _light),
        ("pins", _pins),
        ("store", _store),
        ("broker", _broker),
    ]
    for name, look in looks:
        try:
            yield from look(config)
        except Exception as error:  # a doctor that dies of the illness helps nobody
            yield Check(name, Level.FAULT, f"{error}" or type(error).__name__, "See the message; then look again.")


def _model(config: Config) -> Iterator[Check]:
    from edge.clock import RealClock
    from edge.slots import Slots
    from edge.slots.loading import Loaded, load_slot
    from edge.trust.loading import load_trusted

    if config.slots.folder is None:
        loaded = Loaded(*load_trusted(config, RealClock()))
    else:
        loaded = load_slot(Slots(config.slots.folder).active_bundle(), config)
    model = loaded.model
    yield from loaded.checks()
    yield from _keys(config)
    threshold = model.threshold(config.verdict)
    text = f"{threshold.value:.4g} ({threshold.low:.4g} to {threshold.high:.4g}, {threshold.how})"
    level = Level.WARNING if threshold.warning else Level.OK
    yield Check("threshold", level, text, threshold.warning)


def _budget(config: Config) -> Iterator[Check]:
    from edge.budget import make_budget
    from edge.cli.budget import time_model
    from edge.errors import RinglightError

    if config.web.enabled:
        return  # a web has no parts that could come too late
    try:
        p99_ms = time_model(config)[1]
    except RinglightError:
        yield Check("budget", Level.INFO, "how fast the belt may run is not known without a model")
        return
    yield make_budget(config, p99_ms).check()


def look_at_slots(config: Config) -> Iterator[Check]:
    """Slots that hold something else than they should: a model that failed, or one that waits; and a threshold that
    belongs to no model."""
    from edge.slots import Slots, Status
    from edge.slots.loading import threshold_by_hand
    from edge.slots.state import NAMES

    if config.slots.folder is None:
        return
    yield from threshold_by_hand(config)
    state = Slots(config.slots.folder).state()
    for name in NAMES:
        slot, entry = f"slot {name.upper()}", state[name]
        if entry.status is Status.BAD:
            mend = "Flash a mended model; while the other slot inspects, nothing else is wrong."
            yield Check("slots", Level.WARNING, f"{slot} was given up: {entry.why}", mend)
        elif entry.status is Status.GOOD and entry.why:
            mend = "Flash a model that loads; or mend that, and `ringlight slots rollback`."
            yield Check("slots", Level.FAULT, f"{slot} was good and could not be loaded: {entry.why}", mend)
        elif name == state.pending:
            text = f"{slot} waits: a box that runs changes over to {entry.model_id}, one that stands at its start"
            yield Check("slots", Level.INFO, text)


def _ways_in(config: Config) -> Iterator[Check]:
    from edge.intake.checks import look_at_ways_in

    yield from look_at_ways_in(config)


def _keys(config: Config) -> Iterator[Check]:
    from edge.trust.folder import TrustFolder

    folder = TrustFolder(config.trust.folder)
    for file in folder.damaged():
        yield Check("keys", Level.WARNING, f"{file} holds no key", "Remove it, or trust the key again from NAME.pub.")


def _camera(config: Config) -> Iterator[Check]:
    from edge.camera.base import make_camera
    from edge.clock import NS_PER_MS, NS_PER_S, RealClock
    from edge.imaging.pitch import pitch_check

    camera = make_camera(config.camera, RealClock())
    camera.open()
    try:
        frame = camera.read(max(config.camera.read_timeout_ms * NS_PER_MS, 5 * NS_PER_S))
        if frame is None:
            mend = "Check cable and camera.device; unplug the camera and plug it in again."
            yield Check("camera", Level.FAULT, "opened, but gives no frame", mend)
            return
        height, width = frame.image.shape[:2]
        yield Check("camera", Level.OK, f"{width} × {height} pixels, mean brightness {frame.image.mean():.0f} of 255")
        part = config.part
        if part.x_px + part.w_px > width or part.y_px + part.h_px > height:
            text = f"the inspected rectangle does not lie inside the picture of {width} × {height} pixels"
            yield Check("part", Level.FAULT, text, "Correct part.x_px, y_px, w_px and h_px.")
        yield from camera.checks()
        yield pitch_check(config.camera.mm_per_px, config.imaging.smallest_px)
    finally:
        camera.close()


def _imaging(config: Config) -> Iterator[Check]:
    from edge.bundle import Bundle
    from edge.errors import RinglightError
    from edge.imaging.commissioning import look_at_reference
    from edge.slots import Slots

    folder = config.slots.folder
    try:
        bundle = Bundle.read(config.model.bundle if folder is None else Slots(folder).active_bundle())
        made = bundle.manifest.created
    except RinglightError:
        made = None  # the model's own check says what is wrong with it
    yield from look_at_reference(config, made)


def _regions(config: Config) -> Iterator[Check]:
    from edge.regions import Preparation

    Preparation(config.locate, config.regions)
    if config.locate.how != "fixed" or config.regions.masks or config.regions.zones:
        masks, zones = len(config.regions.masks), len(config.regions.zones)
        text = f"parts are located by {config.locate.how}, {masks} masks, {zones} zones"
        yield Check("regions", Level.OK, text)


def _web(config: Config) -> Iterator[Check]:
    if not config.web.enabled:
        return
    from edge.bundle import Bundle
    from edge.clock import RealClock
    from edge.model import Model
    from edge.slots import Slots
    from edge.web.advice import look_at_speed, look_at_web

    folder = config.slots.folder
    bundle = Bundle.read(config.model.bundle if folder is None else Slots(folder).active_bundle())
    yield from look_at_web(config, bundle.manifest.geometry.input_w)
    yield look_at_speed(config, Model.of(bundle, config.model), RealClock())


def _light(config: Config) -> Iterator[Check]:
    from edge.light import make_light

    light = make_light(config.light)
    try:
        light.set(config.light.brightness)
        yield light.check()
    finally:
        light.close()


def _pins(config: Config) -> Iterator[Check]:
    from edge.clock import RealClock
    from edge.inspector.assemble import LinePins
    from edge.pins import factory_name

    pins = LinePins(config, RealClock())
    try:
        pins.listen(lambda at_ns: None, lambda at_ns: None)
        yield Check("pins", Level.OK, f"{factory_name()} has the pins of photo-eye, encoder and ejector")
    finally:
        pins.close()


def _store(config: Config) -> Iterator[Check]:
    import shutil

    from edge.disk import RealDisk

    folder = config.store.folder
    RealDisk().mkdir(folder)  # called by root, it makes no folder that the box's own user could not write in
    probe = folder / ".doctor"
    probe.write_bytes(b"x")
    probe.unlink()
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    wanted = config.store.min_free_mb + config.store.max_image_mb
    level = Level.OK if free_mb >= wanted else Level.WARNING
    mend = "" if level is Level.OK else "Lower store.max_image_mb, or give the box a larger disk."
    yield Check("store", level, f"{folder}: {free_mb} MB free, up to {wanted} MB wanted", mend)


def _broker(config: Config) -> Iterator[Check]:
    import socket

    mqtt = config.mqtt
    if not mqtt.enabled:
        yield Check("broker", Level.INFO, "results are not published (mqtt.enabled)")
        return
    try:
        with socket.create_connection((mqtt.host, mqtt.port), timeout=3):
            yield Check("broker", Level.OK, f"{mqtt.host}:{mqtt.port} answers")
    except OSError as error:
        text = f"{mqtt.host}:{mqtt.port} does not answer ({error})"
        yield Check("broker", Level.WARNING, text, "Results wait in the store. Check mqtt.host and the network.")


command = Command("check model, camera, light, pins, disk and broker", _arguments, _run)
