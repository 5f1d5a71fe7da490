"""The arrows between the packages: export → trainer → edge. Nothing points out of the box."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "torchvision", "timm", "trainer", "export", "sklearn", "onnx"}


def imports(file: Path) -> set[str]:
    """Top-level names that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize(("package", "banned"), [("edge", HEAVY), ("trainer", {"export"})])
def test_no_import_points_the_wrong_way(package, banned):
    assert files(package)
    wrong = {str(file.relative_to(ROOT)): imports(file) & banned for file in files(package) if imports(file) & banned}
    assert wrong == {}


def loaded_after(code: str) -> set[str]:
    """Top-level names of the modules that are loaded after running `code` in a fresh interpreter."""
    tail = "\nimport sys; print('MODULES', *{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.rsplit("MODULES", 1)[1].split())


def test_importing_the_box_loads_next_to_nothing():
    loaded = loaded_after("import edge")
    assert not loaded & (HEAVY | {"numpy", "cv2", "flask", "onnxruntime", "pydantic", "gpiozero", "paho"})


def test_asking_run_for_help_loads_no_workstation_room():
    loaded = loaded_after(
        "import contextlib, edge.cli\nwith contextlib.suppress(SystemExit): edge.cli.main(['run', '--help'])"
    )
    assert not loaded & HEAVY


def test_the_whole_box_runs_without_torch():
    """A box that pulled in torch to score a picture: 6.6 GB installed, ten seconds to start."""
    assert not loaded_after("import edge.box, edge.virtual.demo.stage") & HEAVY


def test_pickle_is_nowhere():
    for package in ("edge", "trainer", "export"):
        for file in files(package):
            assert not imports(file) & {"pickle", "joblib", "dill", "cloudpickle", "shelve"}, file
