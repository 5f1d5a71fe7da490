import pytest

from edge.cli import main
from edge.token import read_token


@pytest.fixture
def box_toml(tmp_path):
    file = tmp_path / "box.toml"
    file.write_text('[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[status]\ntoken_file = "token"\n')
    return str(file)


def test_the_first_call_makes_the_token_and_the_next_prints_the_same(box_toml, capsys, tmp_path):
    assert main(["token", "--config", box_toml]) == 0
    first = capsys.readouterr()
    assert first.out.strip() == read_token(tmp_path / "token")
    assert f"made {tmp_path / 'token'}" in first.err
    assert main(["token", "--config", box_toml]) == 0
    assert capsys.readouterr() == (first.out, "")


def test_a_renewed_one_is_another(box_toml, capsys):
    main(["token", "--config", box_toml])
    old = capsys.readouterr().out
    assert main(["token", "--renew", "--config", box_toml]) == 0
    assert capsys.readouterr().out != old


def test_a_damaged_file_is_kept_and_named(box_toml, capsys, tmp_path):
    (tmp_path / "token").write_text("oops")
    assert main(["token", "--config", box_toml]) == 2
    assert "--renew" in capsys.readouterr().err
    assert (tmp_path / "token").read_text() == "oops"
