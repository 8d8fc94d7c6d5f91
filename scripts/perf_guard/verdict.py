"""Counts beside what is written down."""

from dataclasses import dataclass
from enum import Enum

from .figures import Figures

BOUND = 0.05


class Kind(Enum):
    """What a count means."""

    SAME = 'within 5 %'
    MORE = 'MORE'
    FEWER = 'fewer'
    NEW = 'not written down'
    GONE = 'no such path'


FAILS = {Kind.MORE, Kind.NEW, Kind.GONE}


@dataclass(frozen=True)
class Verdict:
    """One path."""

    name: str
    before: int | None
    now: int | None

    @property
    def growth(self) -> float:
        """As a share of what is written down; 0 where one of the two is missing."""
        return (self.now - self.before) / self.before if self.before and self.now is not None else 0.0

    @property
    def kind(self) -> Kind:
        if self.before is None:
            return Kind.NEW
        if self.now is None:
            return Kind.GONE
        if self.growth > BOUND:
            return Kind.MORE
        return Kind.FEWER if self.growth < -BOUND else Kind.SAME

    def advice(self) -> list[str]:
        """What to do about it, in lines."""
        accept = f'scripts/perf-guard --accept {self.name}'
        match self.kind:
            case Kind.MORE:
                return [
                    f'{self.name}: {self.now:,} instructions a round in place of {self.before:,}, {self.growth:+.1%}.',
                    f'  Make it cheaper, or say why it is worth that: {accept} --note "why"',
                ]
            case Kind.FEWER:
                return [
                    f'{self.name}: {self.now:,} instructions a round in place of {self.before:,}, {self.growth:+.1%}.',
                    f'  Write it down, so that it stays: {accept}',
                ]
            case Kind.NEW:
                return [f'{self.name}: {self.now:,} instructions a round, and none are written down: {accept}']
            case Kind.GONE:
                return [f'{self.name}: is written down, and there is no such path any more: {accept}']
        return []


def judged(figures: Figures, counts: dict[str, int], names: list[str]) -> list[Verdict]:
    """These paths, in their order."""
    written = figures.paths
    return [Verdict(name, written[name].instructions if name in written else None, counts.get(name)) for name in names]


def needs_note(figures: Figures, counts: dict[str, int], names: list[str]) -> list[str]:
    """Those of the paths to be accepted that became more, however little: creeping is growth as well."""
    written = figures.paths
    return [name for name in names if name in written and counts.get(name, 0) > written[name].instructions]
