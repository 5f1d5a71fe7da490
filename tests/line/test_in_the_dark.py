"""A box beside a line without light, which no lamp of its own could tell it."""

import pytest
from real_time_bench import Bench

from edge.health import Level
from edge.parts import Reason, State


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path, light={"kind": "none"})
    bench.box.start()
    yield bench
    bench.close()


def test_parts_in_the_dark_are_too_dark_thrown_out_and_the_lamp_is_named(bench):
    """Such parts were said not to lie in their rectangle; with a fixed rectangle the model judged noise."""
    bench.go([20, 230])
    accounts = [record.account for record in bench.records]
    assert {account.state for account in accounts} == {State.UNINSPECTED}
    assert Reason.TOO_DARK in {account.reason for account in accounts}
    assert all(part.ejected for part in bench.line.fallen)
    [check] = [check for check in bench.box.checks() if check.name == "imaging.dark"]
    assert check.level is Level.FAULT
    assert "too dark to be inspected: no light" in check.text
