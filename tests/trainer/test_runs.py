import json

import pytest

from edge.errors import UsageError
from trainer.runs import Run


def test_a_run_survives_the_disk(run_folder, tmp_path):
    run = Run.read(run_folder)
    run.write(tmp_path)
    again = Run.read(tmp_path)
    assert {name: getattr(again, name) for name in run.__dataclass_fields__ if name != "tensors"} == {
        name: getattr(run, name) for name in run.__dataclass_fields__ if name != "tensors"
    }
    assert all((again.tensors[name] == run.tensors[name]).all() for name in run.tensors)


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(UsageError, match="no finished training run"):
        Run.read(tmp_path)


def test_a_run_of_another_version_is_refused(run_folder, tmp_path):
    Run.read(run_folder).write(tmp_path)
    facts = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(facts | {"schema": 99}))
    with pytest.raises(UsageError, match="another version"):
        Run.read(tmp_path)


def test_a_training_that_was_cut_off_is_no_run(run_folder, tmp_path, monkeypatch):
    """Prevents an export of new numbers with the facts of an old run."""
    run = Run.read(run_folder)
    run.write(tmp_path)
    monkeypatch.setattr("trainer.runs.np.savez", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        run.write(tmp_path)
    with pytest.raises(UsageError):
        Run.read(tmp_path)
