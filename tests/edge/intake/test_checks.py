import pytest
from afar import box_config

from edge.health import Level
from edge.intake.checks import look_at_ways_in
from edge.token import make_token


@pytest.fixture
def config(tmp_path):
    (tmp_path / "inbox" / "refused").mkdir(parents=True)
    make_token(tmp_path / "token")
    return box_config(tmp_path)


def found(config):
    return [(check.name, check.level) for check in look_at_ways_in(config)]


def test_nothing_is_said_where_nothing_is_wrong(config):
    assert found(config) == []


def test_a_box_without_a_token_is_no_fault(config, tmp_path):
    (tmp_path / "token").unlink()
    assert found(config) == [("token", Level.INFO)]


def test_a_token_that_others_read_or_that_is_none_is_told(config, tmp_path):
    (tmp_path / "token").chmod(0o640)
    assert found(config) == [("token", Level.WARNING)]
    (tmp_path / "token").write_text("oops")
    assert found(config) == [("token", Level.WARNING)] * 2


def test_what_the_inbox_refused_is_told_with_its_reason(config, tmp_path):
    (tmp_path / "inbox" / "refused" / "m.ringlight.txt").write_text("m.ringlight was refused: nobody signed it\n")
    (check,) = look_at_ways_in(config)
    assert (check.level, check.text) == (Level.WARNING, "m.ringlight was refused: nobody signed it")
    assert "m.ringlight.txt" in check.mend
