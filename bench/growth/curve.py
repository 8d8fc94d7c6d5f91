"""A curve: what a figure is at each size of something, and how much it grows from the smallest to the largest."""

from typing import NamedTuple

from judged import Bar, Chart, Requirement, Spread, short
from rounds import Rounds, median


class Point(NamedTuple):
    """A figure at one size: the median of the rounds, and their range."""

    size: int
    value: float
    spread: Spread | None = None


class Curve(NamedTuple):
    """Points by size, from the smallest to the largest."""

    what: str
    of: str  # what the sizes count
    unit: str
    points: list[Point]
    bound: float | None = None  # of the growth; None where it is stated and not bounded
    states_last: bool = False  # what is of interest is the figure at the largest size

    @property
    def growth(self) -> float:
        return self.points[-1].value / self.points[0].value

    def requirement(self) -> Requirement:
        first, last = self.points[0], self.points[-1]
        each = None
        if first.spread and last.spread:
            each = (last.spread[0] / first.spread[1], last.spread[1] / first.spread[0])
        if self.states_last:
            return Requirement(f'{self.what}, {last.size:,} {self.of}', 'for the record', last.value,
                               f'{short(last.value)} {self.unit}', last.spread, None)
        text = f'{self.growth:.2f}× ({short(first.value)} → {short(last.value)} {self.unit})'
        return Requirement(
            f'{self.what}: {first.size:,} → {last.size:,} {self.of}', f'≤ {self.bound:g}×' if self.bound else 'for the record',
            self.growth, text, each, self.growth <= self.bound if self.bound else None,
        )

    def chart(self) -> Chart:
        bars = [Bar(f'{point.size:,} {self.of}', point.value, point.spread) for point in self.points]
        return Chart(self.what, self.unit, bars)

    def row(self) -> list[str]:
        return [self.what, self.unit, *(short(point.value) for point in self.points), f'{self.growth:.2f}×']


def point(size: int, rounds: Rounds, name: str, figure: str, scale: float = 1.0) -> Point:
    each = [turn[figure] * scale for turn in rounds[name]]
    return Point(size, median(rounds, name, figure) * scale, (min(each), max(each)))
