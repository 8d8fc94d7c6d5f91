"""How two states of the databases differ."""

from dataclasses import dataclass
from typing import Any

from .dump import Row, Table, Tables
from .masks import Masks, identifiers

MISSING = '(no such row)'


@dataclass(frozen=True)
class Difference:
    """One cell, or one row that only one side has; then there is no column, and one value is None."""

    table: str
    rowid: int | None
    column: str | None
    direct: Any
    bridge: Any

    def __str__(self) -> str:
        if self.rowid is None:
            return f'{self.table}: direct {self.direct}, bridge {self.bridge}'
        where = f'{self.table} rowid {self.rowid}'
        if self.column is None:
            side, row = ('direct', self.direct) if self.bridge is None else ('bridge', self.bridge)
            return f'{where}: only {side}: {_short(row)}'
        return f'{where} {self.column}: direct {_short(self.direct)}, bridge {_short(self.bridge)}'


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 160 else f'{text[:157]}...'


def same_row(one: Row, other: Row) -> bool:
    """By value and type: 1 is not 1.0."""
    return one == other and all(map(_same_type, one, other))


def _same_type(one: Any, other: Any) -> bool:
    return type(one) is type(other)


def compare(direct: Tables, bridge: Tables, masks: Masks) -> list[Difference]:
    found: list[Difference] = []
    for name in sorted({*direct, *bridge}):
        one, other = direct.get(name), bridge.get(name)
        if one is None or other is None:
            found.append(Difference(name, None, None, *('missing' if t is None else 'there' for t in (one, other))))
        elif one.columns != other.columns:
            found.append(Difference(name, None, None, one.columns, other.columns))
        elif one is not other:
            found += _rows(name, one, other, masks)
    return found


def _rows(name: str, one: Table, other: Table, masks: Masks) -> list[Difference]:
    found: list[Difference] = []
    for rowid in sorted({*one.rows, *other.rows}):
        ours, theirs = one.rows.get(rowid), other.rows.get(rowid)
        if ours is None or theirs is None:
            found.append(Difference(name, rowid, None, ours, theirs))
        elif not same_row(ours, theirs):
            for column, a, b in zip(one.columns, ours, theirs, strict=True):
                if not masks.same(a, b):
                    found.append(Difference(name, rowid, column, a, b))
    return found


def known_identifiers(tables: Tables) -> set[str]:
    return identifiers([value for table in tables.values() for row in table.rows.values() for value in row])


def size(tables: Tables) -> int:
    return sum(len(table.rows) for table in tables.values())
