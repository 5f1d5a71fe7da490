"""The files that systemd reads, read by systemd's own tools."""

import fnmatch
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.config import FlashConfig
from edge.inspector import threads

UNITS = Path(__file__).parents[2] / "systemd"


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


NAMES = ["ringlight.service", "ringlight-inbox.service", "ringlight-inbox.path"]


@pytest.fixture
def units(tmp_path) -> Path:
    """The units with a program that is on this machine, which is all that `verify` may complain of."""
    for name in NAMES:
        text = (UNITS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/ringlight/bin/ringlight", sys.executable), encoding="utf-8")
    return tmp_path


@pytest.fixture
def unit(units) -> Path:
    return units / "ringlight.service"


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("name", NAMES)
def test_systemd_accepts_each_unit_without_a_word(units, name):
    assert run("systemd-analyze", "verify", "--man=no", str(units / name)) == ""


def test_every_unit_is_among_those_that_are_checked():
    assert sorted(NAMES) == sorted(file.name for file in UNITS.iterdir() if file.suffix in (".service", ".path"))


def test_the_path_unit_watches_the_inbox_of_the_default_configuration():
    """A folder that is named in two places was renamed in one of them."""
    inbox = FlashConfig().inbox
    globs = re.findall(r"PathExistsGlob=(.+)", (UNITS / "ringlight-inbox.path").read_text(encoding="utf-8"))
    assert all(glob.startswith(f"{inbox}/") for glob in globs)
    for name, seen in (("m.ringlight", 1), ("m.ringlight.taking", 1), ("m.ringlight.retaking", 1), ("refused", 0)):
        assert sum(fnmatch.fnmatch(f"{inbox}/{name}", glob) for glob in globs) == seen
    assert f"d {inbox} 2770" in (UNITS / "ringlight.tmpfiles").read_text(encoding="utf-8")


@pytest.mark.needs("systemd-analyze")
def test_a_mistake_in_the_unit_would_be_noticed(unit):
    unit.write_text(unit.read_text().replace("WatchdogSec=10", "WatchDogSecs=10"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "WatchDogSecs" in done.stderr


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(("name", "tenths"), [("ringlight.service", 25), ("ringlight-inbox.service", 35)])
def test_the_service_is_confined(units, name, tenths):
    """systemd's own exposure score, 0 to 10 (here in tenths): a service without any confinement has 9.6."""
    run("systemd-analyze", "security", "--offline=true", f"--threshold={tenths}", "--no-pager", str(units / name))


def test_the_pulse_thread_is_given_the_priority_that_it_asks_for():
    """The limit in the unit and the wish in the code are two files; a lower limit is an ordinary priority, silently."""
    lines = (UNITS / "ringlight.service").read_text(encoding="utf-8").splitlines()
    [limit] = [int(line.partition("=")[2]) for line in lines if line.startswith("LimitRTPRIO=")]
    assert limit >= threads._PRIORITY
    assert not any(line.startswith("RestrictRealtime=") for line in lines)


@pytest.mark.parametrize("setting", ["PrivateDevices", "DeviceAllow", "DevicePolicy", "ProtectClock", "ProcSubset"])
def test_nothing_takes_camera_pins_or_device_tree_away(setting):
    """`ProtectClock=` names a device of its own, and from then on systemd forbids all others."""
    lines = (UNITS / "ringlight.service").read_text(encoding="utf-8").splitlines()
    assert not any(line.startswith(f"{setting}=") for line in lines)


def test_each_udev_rule_is_made_of_keys_that_udev_knows():
    known = r"(SUBSYSTEMS?|KERNELS?|ATTRS?\{\w+\}|ENV\{\w+\}|GROUP|MODE|SYMLINK)"
    rules = [line for line in (UNITS / "60-ringlight.rules").read_text().splitlines() if not line.startswith("#")]
    assert rules
    for rule in rules:
        for part in rule.split(", "):
            assert re.fullmatch(known + r'(==|=|\+=)"[^"]+"', part), part


@pytest.mark.needs("systemd-sysusers")
def test_the_boxs_user_and_groups_are_made(tmp_path):
    (tmp_path / "etc").mkdir()
    shutil.copy(UNITS / "ringlight.sysusers", tmp_path / "ringlight.conf")
    run("systemd-sysusers", f"--root={tmp_path}", str(tmp_path / "ringlight.conf"))
    assert "ringlight:" in (tmp_path / "etc/passwd").read_text()
    groups = {line.split(":")[0]: line.split(":")[3] for line in (tmp_path / "etc/group").read_text().splitlines()}
    assert all("ringlight" in groups[name] for name in ("video", "dialout", "gpio", "render"))


@pytest.mark.needs("systemd-tmpfiles")
def test_the_boxs_folders_are_made(tmp_path):
    rules = tmp_path / "ringlight.conf"
    rules.write_text((UNITS / "ringlight.tmpfiles").read_text().replace("ringlight ringlight", "root root"))
    run("systemd-tmpfiles", "--create", f"--root={tmp_path}", str(rules))
    assert (tmp_path / "var/lib/ringlight").stat().st_mode & 0o777 == 0o750
    for inbox in ("var/lib/ringlight/inbox", "var/lib/ringlight/inbox/refused"):
        assert (tmp_path / inbox).stat().st_mode & 0o7777 == 0o2770
