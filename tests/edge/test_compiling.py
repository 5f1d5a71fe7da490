"""An engine is compiled in the inactive slot, apart from the box, and the slot that is overwritten forgets its own."""

import signal
import sys
import threading

import pytest
from flashing import Bay
from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.clock import NS_PER_MS, NS_PER_S, RealClock, VirtualClock
from edge.compiling import Compiler, compile_apart, compile_before_start
from edge.config.models import ModelConfig
from edge.errors import SlotError
from edge.model import Model
from edge.providers import CPU, TENSORRT
from edge.slots.self_test import self_test
from edge.virtual.providers import VirtualOrt

CONFIG = ModelConfig(providers=(TENSORRT, CPU))


class Child:
    """A compiler that ends after so many seconds; it leaves an engine if it ends well."""

    def __init__(self, clock, seconds=0.0, code=0, words=""):
        self.done, self._end, self.killed = threading.Event(), (code, words), False
        clock.at(round(seconds * NS_PER_S), self.done.set)

    def outcome(self):
        return self._end

    def kill(self):
        self.killed = True


@pytest.fixture
def ort(monkeypatch) -> VirtualOrt:
    made = VirtualOrt(TENSORRT)
    monkeypatch.setitem(sys.modules, "onnxruntime", made)
    return made


@pytest.fixture
def bundle(tmp_path) -> Bundle:
    return Bundle.read(write_small_bundle(tmp_path / "m.ringlight"))


def compiled(bundle, **ends) -> list[str]:
    clock, said = VirtualClock(), []
    compile_apart(bundle, CONFIG, clock, said.append, lambda config: Child(clock, **ends))
    return said


def test_it_says_how_long_it_takes(ort, bundle):
    """An engine build blocked a line for nine minutes without a word."""
    assert compiled(bundle, seconds=25) == [
        "compiling for TensorrtExecutionProvider: this can take minutes",
        "compiling for TensorrtExecutionProvider: 10 s",
        "compiling for TensorrtExecutionProvider: 20 s",
    ]


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ({"code": 1, "words": "first\nno kernel for Cast"}, "could not compile it: no kernel for Cast"),
        ({"code": -signal.SIGKILL}, "signal 9 ended it.*model.workspace_mb"),
        ({"seconds": 4000.0}, "for an hour without an end"),
    ],
)
def test_a_compiler_that_fails_says_why(ort, bundle, ends, says):
    with pytest.raises(SlotError, match=says):
        compiled(bundle, **ends)


def test_what_was_compiled_before_is_not_compiled_again(ort, bundle):
    Model.of(bundle, CONFIG)
    assert compiled(bundle) == []


def test_a_provider_that_compiles_nothing_costs_nothing(bundle):
    compile_apart(bundle, ModelConfig(), VirtualClock(), pytest.fail, lambda config: pytest.fail("started"))


def test_without_a_place_for_the_engine_the_model_is_refused(ort, bundle):
    """It would be compiled in the box's own process, with parts on the belt."""
    (bundle.path.parent / "engines").write_text("a file in the way")
    with pytest.raises(SlotError, match="takes no files"):
        compiled(bundle)


def test_a_box_that_starts_without_its_engine_has_systemd_wait(ort, bundle, monkeypatch):
    """After a new driver the start took longer than systemd waits, and was ended again and again."""
    told, child = [], Child(VirtualClock())
    child.done.set()
    monkeypatch.setattr("edge.compiling.notify", told.append)
    monkeypatch.setattr("edge.compiling.Compiler", lambda config: child)
    compile_before_start(bundle, CONFIG)
    assert told == ["EXTEND_TIMEOUT_USEC=60000000"]


def test_a_box_that_starts_where_no_engine_can_be_kept_goes_on(ort, bundle, monkeypatch):
    (bundle.path.parent / "engines").write_text("a file in the way")
    monkeypatch.setattr("edge.compiling.Compiler", lambda config: pytest.fail("started"))
    compile_before_start(bundle, CONFIG)


def test_the_real_process_loads_the_model_and_ends_well(bundle):
    child = Compiler(ModelConfig(bundle=bundle.path))
    assert RealClock().wait(child.done, 60_000 * NS_PER_MS)
    assert child.outcome() == (0, "")


def test_the_real_process_says_what_is_wrong(tmp_path):
    child = Compiler(ModelConfig(bundle=tmp_path / "gone.ringlight"))
    assert RealClock().wait(child.done, 60_000 * NS_PER_MS)
    code, words = child.outcome()
    assert code == 1
    assert "gone.ringlight" in words


def test_the_self_test_tells_where_the_model_runs(bundle):
    said = []
    self_test(bundle.path, ModelConfig(), 1e6, VirtualClock(), say=said.append)
    assert said == ["CPUExecutionProvider runs, as asked: CPU runs 6 of 6 nodes"]


def test_installing_over_a_slot_removes_its_old_engines(tmp_path):
    bay = Bay(tmp_path)
    bay.flash()
    engine = bay.slots.bundle("b").parent / "engines" / "old" / "trt.engine"
    engine.parent.mkdir(parents=True)
    engine.write_bytes(b"engine")
    bay.flash()
    assert not engine.exists()
    assert bay.slots.bundle("b").exists()


def test_a_flashed_slot_is_loaded_with_the_engine_that_its_self_test_left(ort, tmp_path, monkeypatch):
    """The engine was built twice: for the self-test, and again with the line waiting."""
    bay = Bay(tmp_path)

    def compiler(config):
        Model.load(config)
        child = Child(VirtualClock())
        child.done.set()
        return child

    monkeypatch.setattr("edge.compiling.Compiler", compiler)
    bay.flash(prove=lambda path: self_test(path, CONFIG, 1e6, VirtualClock()))
    [folder] = ort.compiled
    assert folder.is_relative_to(bay.slots.bundle("b").parent / "engines")
    assert Model.load(CONFIG.model_copy(update={"bundle": bay.slots.bundle("b")})).runtime.running == TENSORRT
    assert ort.compiled == [folder]
