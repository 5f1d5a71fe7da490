"""`ringlight record --virtual`: pictures of a folder become parts on the virtual line, as fast as this machine goes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from edge.clock import RealClock, VirtualClock
from edge.errors import UsageError
from edge.ledger import Counts
from edge.picture import SUFFIXES, load_image
from edge.recording.pictures import PictureSet
from edge.recording.recorder import Recorder
from edge.virtual.belt import LaidPart
from edge.virtual.optics import Optics, at_scale
from edge.virtual.rig import Rig

PART_MM = 100.0
_GAP_MM = 60.0
_STEP_S = 0.25


def record(
    folder: Path,
    pictures: PictureSet,
    stop: threading.Event,
    *,
    parts: int | None = None,
    optics: Optics | None = None,
    on_kept: Callable[[int], object] = lambda kept: None,
) -> tuple[Recorder, Counts]:
    """Carries each picture of a folder past the virtual camera once, in the order of their names (over and over where
    more `parts` are wanted than there are pictures), and records them.

    Raises:
        UsageError: the folder holds no pictures.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    if not files:
        raise UsageError(f"{folder}: holds no pictures ({', '.join(sorted(SUFFIXES))}). Name a folder of good parts.")
    wanted = parts or len(files)
    optics, clock = optics or Optics(exposure_ms=0.2), VirtualClock(RealClock().wall_ns())
    rig = Rig(lambda sight: recorder.look(sight), threshold=1.0, optics=optics, part_mm=PART_MM, clock=clock)
    recorder = Recorder(rig.config, pictures, rig.clock, parts=wanted, on_kept=on_kept)
    laid, head = 0, rig.line.position() + 2 * PART_MM
    while not (stop.is_set() or recorder.done.is_set()):
        while laid < wanted and head < rig.line.position() + 10 * PART_MM:
            image = at_scale(load_image(files[laid % len(files)]), PART_MM, optics.mm_per_px)
            rig.lay(LaidPart(laid + 1, head, PART_MM, image, bad=False))
            laid, head = laid + 1, head + PART_MM + _GAP_MM
        if laid == wanted and not rig.line.riding:
            break
        rig.run(_STEP_S)
    return recorder, rig.inspector.counts()
