"""What happens, and in which order: drawn from the seed, and from nothing else."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PAIRED = 0.3  # share of steps with two faults at once


@dataclass(frozen=True)
class Planned:
    """A fault, `after` seconds into its step, for so many seconds."""

    fault: str
    after: float
    seconds: float
    how: dict[str, Any]

    def shown(self) -> str:
        how = ' '.join(f'{name}={value}' for name, value in self.how.items())
        return f'{self.fault}({how})' + (f' for {self.seconds:.1f} s' if self.seconds else '')


@dataclass(frozen=True)
class Step:
    number: int
    calm: float  # seconds before it
    faults: tuple[Planned, ...]


def steps(seed: int, faults: dict[str, Any]) -> Iterator[Step]:
    """Without end. Each fault comes once before any comes again. `faults` has the kinds by name."""
    dice = random.Random(f'{seed}:schedule')
    deck: list[str] = []
    number = 0

    def draw(beside: str | None = None) -> str | None:
        if not deck:
            deck.extend(faults)
            dice.shuffle(deck)
        fitting = [name for name in deck if beside is None or faults[name].goes_with(faults[beside])]
        if not fitting:
            return None
        deck.remove(fitting[0])
        return fitting[0]

    while True:
        number += 1
        first = draw()
        assert first is not None
        names = [first]
        if dice.random() < PAIRED and deck and (second := draw(first)) is not None:
            names.append(second)
        planned = []
        for at, name in enumerate(names):
            kind = faults[name]
            seconds = round(dice.uniform(*kind.seconds), 2)
            planned.append(Planned(name, round(at * dice.uniform(0.1, 1.0), 2), seconds, kind.draw(dice)))
        yield Step(number, round(dice.uniform(0.6, 1.6), 2), tuple(planned))
