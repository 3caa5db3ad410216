"""How many looks a second a process does, by what it has used of a processor."""

from __future__ import annotations

import pytest

from reelway.runners.local.share import LEAST, MOST, PART, Share


class Machine:
    """A processor on which one that goes on takes `cost` seconds, beside `other` work."""

    def __init__(self, cost: float, other: float = 0.0) -> None:
        self.cost, self.other = cost, other
        self.at, self.went, self._used = 100.0, 0, 0.0
        self.share = Share(used=lambda: self._used)

    def works(self, seconds: float) -> float:
        """Where as many want to go on as may; how many went, a second."""
        went, end = self.went, self.at + seconds
        while self.at < end:
            if wait := self.share.take(self.at):
                self._used += wait * self.other
                self.at += wait
            else:
                self.went += 1
                self._used += self.cost
        return (self.went - went) / seconds


@pytest.mark.parametrize("cost", [0.001, 0.002])
def test_it_finds_its_part_of_a_processor(cost: float) -> None:
    machine = Machine(cost)
    machine.works(10)
    assert machine.works(60) * cost == pytest.approx(PART, rel=0.1)


def test_what_else_is_done_comes_first_but_for_the_least() -> None:
    machine = Machine(0.001, other=0.3)
    machine.works(20)
    assert machine.works(60) * 0.001 == pytest.approx(PART - 0.3, rel=0.1)
    machine.other = 1.0
    machine.works(20)
    assert machine.works(60) == pytest.approx(LEAST, rel=0.1)
    machine.other = 0.0
    machine.works(30)
    assert machine.works(60) * 0.001 == pytest.approx(PART, rel=0.1)


def test_never_more_than_the_most() -> None:
    machine = Machine(0.0)
    machine.works(30)
    assert machine.works(60) == pytest.approx(MOST, rel=0.05)


def test_rest_saves_nothing_up() -> None:
    """After an idle hour no more go at once than in a moment of work."""
    machine = Machine(0.0)
    machine.works(30)
    machine.at += 3600
    at_once = 0
    while not machine.share.take(machine.at):
        at_once += 1
    assert at_once <= MOST * 0.02 + 1
