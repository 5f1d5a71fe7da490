"""What all tests share: programs that may be absent, and a real MQTT broker."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile("ringlight", deadline=None)
hypothesis.settings.load_profile("ringlight")

# Debian keeps daemons where the PATH of an ordinary user does not look.
PROGRAM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
SIGNAL_TIMEOUT_S = 30.0


def find_program(name: str) -> str | None:
    return shutil.which(name, path=PROGRAM_PATH)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if find_program(program) is None:
                pytest.skip(f"{program} is not installed: apt-get install {program}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A real mosquitto on 127.0.0.1 that keeps its port and its sessions when it is stopped and started again.

    `users` maps names to passwords; without it everybody may come in.
    """

    def __init__(self, folder: Path, users: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._log: list[str] = []
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if users else 'true'}",
            "persistence true",
            f"persistence_location {folder}/",
            "log_dest stderr",  # stdout would be buffered, and its words late
            # Started by root it would change to a user who may not write here.
            "user root",
        ]
        if users:
            lines.append(f"password_file {self._passwords(users)}")
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")

    def start(self) -> Broker:
        """Starts it and waits until it says that it runs."""
        program = find_program("mosquitto")
        assert program, "mark the test with @pytest.mark.needs('mosquitto')"
        self._process = subprocess.Popen(
            [program, "-c", str(self._config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        running = threading.Event()
        self._log = []
        threading.Thread(target=self._read, args=(self._process, running), daemon=True).start()
        if not running.wait(SIGNAL_TIMEOUT_S) or not any(line.endswith(" running") for line in self._log):
            self.kill()
            raise RuntimeError(f"mosquitto does not start: {self._log}")
        return self

    def stop(self) -> None:
        """Asks it to end, which saves the sessions of its clients."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(SIGNAL_TIMEOUT_S)
            self._process = None

    def _read(self, process: subprocess.Popen[str], running: threading.Event) -> None:
        for line in process.stdout or ():
            self._log.append(line.strip())
            if line.rstrip().endswith(" running"):
                running.set()
        running.set()

    def _passwords(self, users: dict[str, str]) -> Path:
        file, tool = self._folder / "passwords", find_program("mosquitto_passwd")
        assert tool, "mosquitto_passwd comes with mosquitto"
        file.touch(mode=0o600)
        for name, password in users.items():
            subprocess.run([tool, "-b", str(file), name, password], check=True, capture_output=True)
        return file


@pytest.fixture(name="free_port")
def free_port_fixture() -> Callable[[], int]:
    """Gives ports of 127.0.0.1 on which nobody listens."""
    return free_port


@pytest.fixture(scope="session")
def broker_type() -> type[Broker]:
    """The `Broker` class, for tests that need one with users, or more than one."""
    return Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running mosquitto that lets everybody in. Mark the test with `needs("mosquitto")`."""
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder).start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set that nobody may change."""
    from small_dataset import write_small_dataset

    return write_small_dataset(tmp_path_factory.mktemp("data") / "stripes")


@pytest.fixture(scope="session")
def run_folder(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of a few layers with random weights: what is tested with it is the way, not the accuracy."""
    # Imported here: the box's tests share this file, and run where there is no torch.
    from small_dataset import SIDE

    from trainer.padim import Settings
    from trainer.train import train

    out = tmp_path_factory.mktemp("run")
    train(
        dataset,
        out,
        backbone="resnet18",
        layers=["layer2"],
        weights="random",
        size=SIDE,
        settings=Settings(shrinkage=0.3),
    )
    return out
