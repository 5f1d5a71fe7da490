"""`ringlight run` and whoever flashes it, as real processes: killed, started again, and beside each other."""

import json
import signal
import subprocess
import sys
import urllib.request

import cv2
import numpy as np
import pytest
from box_process import WAIT_S, Process
from small_bundle import write_small_bundle

from edge.clock import NS_PER_S, RealClock
from edge.config import load_config
from edge.remote.address import Address
from edge.remote.box import RemoteBox
from edge.remote.flash import RemoteFlash
from edge.slots import Slots, Status
from edge.slots.flash import flash
from edge.token import make_token


class Plant:
    """A box in a folder whose slot A is good; `start` runs it on a port that stays the same."""

    def __init__(self, folder, port):
        self.folder, self.port = folder, port
        for inner in ("pictures", "inbox"):
            (folder / inner).mkdir()
        cv2.imwrite(str(folder / "pictures" / "a.png"), np.full((64, 64, 3), 60, np.uint8))
        self.file = folder / "box.toml"
        self.file.write_text(
            "[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[mqtt]\nenabled = false\n"
            "[trust]\nallow_unsigned = true\nfolder = 'trust'\nserial_file = 'serial.json'\n"
            "[slots]\nfolder = 'slots'\nbatch_ms = 60000\n[flash]\ninbox = 'inbox'\n"
            "[camera]\nsource = 'folder'\ndevice = 'pictures'\n[store]\nfolder = 'data'\nmin_free_mb = 0\n"
            f"[status]\nhost = '127.0.0.1'\nport = {port}\ntoken_file = 'token'\n"
        )
        config = load_config(self.file)
        self.slots, self.token = Slots(folder / "slots"), make_token(folder / "token")
        flash(config, self.slots, write_small_bundle(folder / "old.ringlight", model_id="old"), clock=RealClock())
        self.slots.start()
        self.slots.mark_good()
        self.boxes = []

    def start(self):
        self.boxes.append(Process(self.file))
        self.boxes[-1].url()
        return self.boxes[-1]

    def until_it_inspects_with(self, name):
        """Asks the page until it says so; the box looks at its slots twice a second."""
        clock = RealClock()
        end = clock.now_ns() + round(WAIT_S * NS_PER_S)
        while clock.now_ns() < end:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/state", timeout=WAIT_S) as answer:
                if json.load(answer)["info"]["model_id"] == name:
                    return
        pytest.fail(f"{name} does not inspect")


@pytest.fixture
def plant(tmp_path, free_port):
    plant = Plant(tmp_path, free_port())
    plant.start()
    yield plant
    for box in plant.boxes:
        if box.process.poll() is None:
            box.end(signal.SIGTERM)


def test_a_box_that_is_killed_in_the_middle_of_an_upload_has_what_it_counted(plant, tmp_path):
    """Then it is flashed with the rest, and starts with the new model after one more kill."""
    report = np.random.default_rng(0).bytes(2_000_000)
    new, said = write_small_bundle(tmp_path / "new.ringlight", model_id="new", report=report), []

    def kill(have, size):
        if have >= 1_000_000 and len(plant.boxes) == 1:
            plant.boxes[0].end(signal.SIGKILL)

    def hear(words):
        said.append(words)
        if "trying again" in words and len(plant.boxes) == 1:
            plant.start()

    box = RemoteBox(Address("127.0.0.1", plant.port), plant.token, RealClock(), say=hear)
    outcome = RemoteFlash(box, new.read_bytes(), say=hear, until="trial", progress=kill).run()
    assert (outcome.code, outcome.answer["model_id"]) == (0, "new")
    assert any("trying again" in words for words in said)
    plant.boxes[-1].end(signal.SIGKILL)
    plant.start()
    plant.until_it_inspects_with("new")
    assert plant.slots.state().b.starts == 2


def test_a_file_in_the_inbox_is_taken_over_by_the_box_that_runs(plant, tmp_path):
    write_small_bundle(tmp_path / "inbox" / "new.ringlight", model_id="new")
    done = subprocess.run(
        [sys.executable, "-m", "edge.cli", "inbox", "--config", str(plant.file)],
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    plant.until_it_inspects_with("new")
    assert plant.slots.state().b.status is Status.TRIAL
    assert list((tmp_path / "inbox").iterdir()) == []
