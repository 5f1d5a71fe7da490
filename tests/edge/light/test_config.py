import re
from pathlib import Path

import pytest

from edge.config import LightConfig


@pytest.mark.parametrize("kind", ["pwm", "none"])
@pytest.mark.parametrize(("name", "value"), [("mode", "strobe"), ("current_ma", 320)])
def test_what_only_a_controller_can_do_is_refused_of_others(kind, name, value):
    """A lamp behind a pin was told to strobe, and shone all the time without a word."""
    with pytest.raises(ValueError, match=f"light.{name} needs"):
        LightConfig.model_validate({"kind": kind, "pin": 18, name: value})
    assert LightConfig.model_validate({"kind": "serial", name: value})


def test_a_lamp_that_says_nothing_ends_no_box():
    """The thread that asks it feeds the watchdog; with a time-out of 5 s the box was started anew again and again."""
    fields = LightConfig.model_json_schema()["properties"]
    timeout_ms, boot_ms = (fields[name]["maximum"] for name in ("timeout_ms", "boot_ms"))
    greetings = 1 + boot_ms // timeout_ms
    unit = (Path(__file__).parents[3] / "systemd" / "ringlight.service").read_text(encoding="utf-8")
    [watchdog_s] = re.findall(r"^WatchdogSec=(\d+)$", unit, flags=re.MULTILINE)
    assert (greetings + 1) * timeout_ms < 1000 * int(watchdog_s)
