import pytest

from edge.web.talk import roll_command


class Line:
    """A web of which one roll is under way."""

    def __init__(self):
        self.name, self.number = "", 1

    def start_roll(self, name: str) -> int:
        self.name, self.number = name, self.number + 1
        return self.number

    def end_roll(self) -> int | None:
        number, self.number = self.number, 0
        return number or None


def test_a_roll_is_begun_by_name_and_ended():
    line = Line()
    assert roll_command(line, {"action": "start", "name": "R-17"}) == {"roll": 2}
    assert line.name == "R-17"
    assert roll_command(line, {"action": "end"}) == {"roll": 2}
    with pytest.raises(ValueError, match="no roll"):
        roll_command(line, {"action": "end"})


@pytest.mark.parametrize(
    "arguments",
    [{}, {"action": "stop"}, {"action": "start", "name": 7}, {"action": "start", "name": "x" * 65},
     {"action": "start", "name": "a\nb"}, {"action": "start", "when": "now"}],
)  # fmt: skip
def test_what_is_no_request_is_refused_in_words(arguments):
    line = Line()
    with pytest.raises(ValueError, match=r"send|text"):
        roll_command(line, arguments)
    assert line.number == 1
