from trainer.progress import progress


def test_everything_is_handed_on_and_the_end_is_told(capsys):
    assert list(progress(iter(range(25)), "fit", 25)) == list(range(25))
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "fit: 25/25"
    assert len(lines) <= 11
