"""A belt of 100 mm/s with one pulse a millimetre."""

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import EncoderBelt
from edge.inspector.quiet import Quiet


class Line:
    def __init__(self, **settings):
        self.belt = EncoderBelt(1.0, 100.0, stall_ns=200 * NS_PER_MS)
        self.quiet = Quiet(self.belt, **settings)
        self.now, self.said = 0, []

    def travel(self, mm):
        for _ in range(mm):
            self.now += 10 * NS_PER_MS
            self.belt.tick(self.now)
            self.look()
        return self

    def stand(self, seconds):
        for _ in range(seconds * 10):
            self.now += 100 * NS_PER_MS
            self.look()
        return self

    def look(self):
        self.said += [text for text in [self.quiet.poll(self.now)] if text]

    def part(self):
        self.quiet.came(self.belt.position(self.now))
        return self


def test_travel_without_a_part_is_told_once_until_one_comes():
    line = Line(most_mm=500.0).travel(490)
    assert line.said == []
    line.travel(600)
    assert len(line.said) == 1
    assert "more than 500 mm" in line.said[0]
    assert line.quiet.too_long
    line.part()
    assert not line.quiet.too_long
    assert len(line.travel(510).said) == 2


def test_parts_in_time_are_no_trouble():
    line = Line(most_mm=500.0, most_ns=5 * NS_PER_S)
    for _ in range(5):
        line.travel(450).part()
    assert line.said == []


def test_time_counts_while_the_belt_runs():
    line = Line(most_ns=5 * NS_PER_S).travel(300).stand(60)
    assert line.said == []
    line.travel(250)
    assert "more than 5 s of running belt" in line.said[0]


def test_nobody_looks_unless_asked_to():
    assert Line().travel(3000).said == []
