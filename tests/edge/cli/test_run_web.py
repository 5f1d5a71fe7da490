"""`ringlight run` on a web, as a process: killed in the middle of a roll and started again."""

import json
import signal
import threading
import urllib.request

import cv2
import pytest
from box_process import WAIT_S, Process
from small_bundle import write_small_bundle

from edge.clock import NS_PER_S, RealClock
from edge.virtual.membrane import Membrane


@pytest.fixture
def config(tmp_path):
    (tmp_path / "frames").mkdir()
    membrane = Membrane([], mm_per_px=0.5, width_mm=48.0, grain=1.0)
    for n in range(8):
        cv2.imwrite(str(tmp_path / f"frames/{n}.png"), membrane.frame(n * 20, 64))
    write_small_bundle(tmp_path / "m.ringlight")
    file = tmp_path / "box.toml"
    file.write_text(
        '[camera]\nsource = "folder"\ndevice = "frames"\nwidth_px = 96\nheight_px = 64\nfps = 10\nmm_per_px = 0.5\n'
        'motion = "-y"\n[trigger]\ncamera_mm = 100\n[belt]\nspeed_mm_s = 100\n[ejector]\ndistance_mm = 600\n'
        "[web]\nenabled = true\ntile_px = 32\noverlap_px = 8\n[verdict]\nthreshold = 0.9\n"
        '[model]\nbundle = "m.ringlight"\n[trust]\nallow_unsigned = true\nserial_file = "serial.json"\n'
        '[mqtt]\nenabled = false\n[store]\nfolder = "data"\nmin_free_mb = 0\n'
        '[status]\nhost = "127.0.0.1"\nport = 0\n'
    )
    return file


def rolls(url: str) -> list[dict]:
    with urllib.request.urlopen(f"{url}api/rolls", timeout=WAIT_S) as answer:
        return json.load(answer)


def wait_for(what, clock, never):
    end = clock.now_ns() + round(WAIT_S * NS_PER_S)
    while not what():
        assert clock.now_ns() < end, "nothing came of it"
        clock.wait(never, NS_PER_S // 5)


def test_a_roll_that_was_under_way_as_the_box_was_killed_is_closed_and_balances(config):
    """It stood in the book as not ended for ever."""
    clock, never = RealClock(), threading.Event()
    box = Process(config)
    url = box.url()
    wait_for(lambda: any((roll["travelled_mm"] or 0) > 100 for roll in rolls(url)), clock, never)
    box.end(signal.SIGKILL)
    again = Process(config)
    url = again.url()
    wait_for(lambda: any(roll["ended_ns"] for roll in rolls(url)), clock, never)
    killed = next(roll for roll in rolls(url) if roll["ended_ns"])
    assert killed["travelled_mm"] > 100
    assert killed["inspected_mm"] + killed["uninspected_mm"] == pytest.approx(killed["travelled_mm"])
    assert again.end(signal.SIGTERM) == 0
    assert "rolls" in again.log[-1]
    assert "m uninspected" in again.log[-1]
