"""benches/hot_paths.json: instructions per round of each path, and why some of them became more."""

import dataclasses
import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .conditions import ROOT, Conditions

FILE = ROOT / 'benches/hot_paths.json'
KEPT = 5  # changes that a path remembers


class Unreadable(Exception):
    """The file is not as this script writes it."""


@dataclass(frozen=True)
class Change:
    """A figure that was replaced."""

    date: str
    before: int
    after: int
    note: str | None


@dataclass(frozen=True)
class Figure:
    """One path."""

    instructions: int
    history: tuple[Change, ...] = ()

    def changed(self, after: int, note: str | None, date: str) -> Self:
        """With another count; the newest changes come first."""
        change = Change(date, self.instructions, after, note)
        return dataclasses.replace(self, instructions=after, history=(change, *self.history)[:KEPT])


@dataclass(frozen=True)
class Figures:
    """All of them, and under which conditions they were counted."""

    counted_with: Conditions = field(default_factory=dict)
    paths: dict[str, Figure] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        try:
            raw = json.loads(file.read_text())
            return cls(dict(raw['counted_with']), {name: _figure(entry) for name, entry in raw['paths'].items()})
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f'{file}: {type(error).__name__}: {error}') from error

    def write(self, file: Path) -> None:
        paths = {name: _raw(figure) for name, figure in self.paths.items()}
        file.write_text(json.dumps({'counted_with': self.counted_with, 'paths': paths}, indent=2) + '\n')

    def accepting(
        self, counts: dict[str, int], names: Iterable[str], note: str | None, conditions: Conditions, order: list[str]
    ) -> Self:
        """With these paths as they were counted; one that there is no more goes."""
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        paths = dict(self.paths)
        for name in names:
            if name not in counts:
                paths.pop(name, None)
            elif name in paths:
                paths[name] = paths[name].changed(counts[name], note, date)
            else:
                paths[name] = Figure(counts[name])
        known = sorted(paths, key=lambda name: order.index(name) if name in order else len(order))
        return dataclasses.replace(self, counted_with=conditions, paths={name: paths[name] for name in known})


def _figure(raw: dict[str, Any]) -> Figure:
    history = tuple(Change(**change) for change in raw.get('history', []))
    return Figure(int(raw['instructions']), history)


def _raw(figure: Figure) -> dict[str, Any]:
    raw: dict[str, Any] = {'instructions': figure.instructions}
    if figure.history:
        raw['history'] = [dataclasses.asdict(change) for change in figure.history]
    return raw
