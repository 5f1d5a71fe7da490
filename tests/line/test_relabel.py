"""A box at work is told by its page what a reject really was."""

import json
import urllib.request

import pytest
from real_time_bench import Bench


@pytest.fixture
def bench(tmp_path):
    status = {"host": "127.0.0.1", "port": 0, "operator_may_relabel": True, "token_file": tmp_path / "token"}
    bench = Bench(tmp_path, status=status)
    yield bench
    bench.close()


def test_the_page_of_a_running_box_relabels_a_reject(bench):
    bench.box.start()
    bench.go([230])
    while not bench.box.store.last(1):
        bench.go([230])
    url = f"{bench.box.page.url}api/parts/1/label"
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    with urllib.request.urlopen(urllib.request.Request(url, b'{"good": true}', headers), timeout=30) as answer:
        assert json.load(answer)["label"]["good"] is True
    assert bench.box.store.row(1).label.good
