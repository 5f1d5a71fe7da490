"""Numbers and layout against the kernel's own headers, as this machine's C compiler sees them."""

import struct
import subprocess
from pathlib import Path

import pytest

from edge.camera import controls
from edge.camera.controls import ControlLock, V4l2Controls
from edge.clock import VirtualClock
from edge.config import CameraConfig
from edge.virtual.webcam import VirtualWebcam

HEADER = Path("/usr/include/linux/videodev2.h")
IDS = {
    "EXPOSURE_AUTO": "V4L2_CID_EXPOSURE_AUTO", "EXPOSURE": "V4L2_CID_EXPOSURE_ABSOLUTE",
    "EXPOSURE_PRIORITY": "V4L2_CID_EXPOSURE_AUTO_PRIORITY", "GAIN_AUTO": "V4L2_CID_AUTOGAIN", "GAIN": "V4L2_CID_GAIN",
    "WHITE_BALANCE_AUTO": "V4L2_CID_AUTO_WHITE_BALANCE", "WHITE_BALANCE": "V4L2_CID_WHITE_BALANCE_TEMPERATURE",
    "FOCUS_AUTO": "V4L2_CID_FOCUS_AUTO", "FOCUS": "V4L2_CID_FOCUS_ABSOLUTE",
    "POWER_LINE": "V4L2_CID_POWER_LINE_FREQUENCY", "_DISABLED": "V4L2_CTRL_FLAG_DISABLED",
    "_INACTIVE": "V4L2_CTRL_FLAG_INACTIVE", "_MANUAL_EXPOSURE": "V4L2_EXPOSURE_MANUAL",
}  # fmt: skip
FIELDS = ("minimum", "maximum", "step", "default_value", "flags")
# struct v4l2_queryctrl and struct v4l2_control, field by field, as the test of the layout finds them.
QUERY = struct.Struct("=II32siiiiIII")


def asked_of_the_compiler(tmp_path, expressions) -> list[int]:
    lines = "".join(f'printf("%lu\\n", (unsigned long)({one}));' for one in expressions)
    source = tmp_path / "ask.c"
    source.write_text(
        "#include <stdio.h>\n#include <stddef.h>\n#include <linux/videodev2.h>\nint main(void){" + lines + "}"
    )
    subprocess.run(["cc", "-o", tmp_path / "ask", source], check=True, capture_output=True)
    answer = subprocess.run([tmp_path / "ask"], check=True, capture_output=True, text=True)
    return [int(line) for line in answer.stdout.split()]


@pytest.mark.needs("cc")
@pytest.mark.skipif(
    not HEADER.is_file(), reason="the kernel's headers are not installed: apt-get install linux-libc-dev"
)
def test_numbers_and_layout_are_those_of_the_kernels_header(tmp_path):
    menu = [f"V4L2_CID_POWER_LINE_FREQUENCY_{name}" for name in ("DISABLED", "50HZ", "60HZ")]
    offsets = [f"offsetof(struct v4l2_queryctrl, {name})" for name in FIELDS]
    sizes = ["sizeof(struct v4l2_queryctrl)", "sizeof(struct v4l2_control)"]
    found = asked_of_the_compiler(tmp_path, [*IDS.values(), *menu, *offsets, *sizes])
    ids, rest = found[: len(IDS)], found[len(IDS) :]
    assert ids == [getattr(controls, name) for name in IDS]
    assert rest == [0, 1, 2, 40, 44, 48, 52, 56, QUERY.size, 8]


class Kernel:
    """Answers ioctl as the kernel does for the virtual webcam: what is packed wrongly does something else."""

    def __init__(self, webcam: VirtualWebcam) -> None:
        self._controls = webcam.controls("kernel")

    def __call__(self, descriptor: int, request: int, fields: bytes) -> bytes:
        control = struct.unpack_from("=I", fields)[0]
        if request == 0xC0445624:
            span = self._controls.span(control)
            flags = controls._DISABLED if span is None else controls._INACTIVE * span.inactive
            low, high, step = (span.minimum, span.maximum, span.step) if span else (0, 0, 0)
            return QUERY.pack(control, 1, b"name", low, high, step, low, flags, 0, 0)
        if request == 0xC008561C:
            self._controls.set(control, struct.unpack_from("=i", fields, 4)[0])
            return fields
        assert request == 0xC008561B
        return struct.pack("=Ii", control, self._controls.get(control))


def test_a_camera_is_locked_through_the_kernels_calls(monkeypatch, tmp_path):
    webcam = VirtualWebcam(VirtualClock())
    webcam.absent.add(controls.GAIN_AUTO)
    monkeypatch.setattr("fcntl.ioctl", Kernel(webcam))
    (tmp_path / "video0").touch()
    device = V4l2Controls(str(tmp_path / "video0"))
    lock = ControlLock(CameraConfig(exposure=120, white_balance_k=4600, gain=7, focus=31, power_line_hz=60), device)
    lock.apply()
    assert [check.text for check in lock.checks()] == [
        "asked for 31, the camera says 30; it takes 0 to 250 in steps of 5"
    ]
    assert lock.values == {"exposure": 120, "white_balance_k": 4600, "gain": 7, "focus": 30, "power_line_hz": 60}
    lock.close()
