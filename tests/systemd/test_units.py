"""The files that systemd reads, read by systemd's own tools."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "systemd"


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def unit(tmp_path) -> Path:
    """The unit with a program that is on this machine, which is all that `verify` may complain of."""
    text = (UNITS / "ringlight.service").read_text(encoding="utf-8")
    file = tmp_path / "ringlight.service"
    file.write_text(text.replace("/opt/ringlight/bin/ringlight", sys.executable), encoding="utf-8")
    return file


@pytest.mark.needs("systemd-analyze")
def test_systemd_accepts_the_unit_without_a_word(unit):
    assert run("systemd-analyze", "verify", "--man=no", str(unit)) == ""


@pytest.mark.needs("systemd-analyze")
def test_a_mistake_in_the_unit_would_be_noticed(unit):
    unit.write_text(unit.read_text().replace("WatchdogSec=10", "WatchDogSecs=10"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "WatchDogSecs" in done.stderr


@pytest.mark.needs("systemd-analyze")
def test_the_service_is_confined(unit):
    """systemd's own exposure score, 0 to 10 (here in tenths): a service without any confinement has 9.6."""
    run("systemd-analyze", "security", "--offline=true", "--threshold=75", "--no-pager", str(unit))


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
