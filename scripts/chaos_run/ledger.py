"""What clients were told of each row: what an answer may show, and what it must not.

A row has one writer, who has one request on it under way at a time. A request that got no answer may take effect at any
time after it was sent, once; so it counts as under way for ever.
"""

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Operation:
    value: str | None  # the text that the row is to have; none: it is to be gone
    sent: float
    told: float | None = None  # when it was acknowledged


@dataclass
class Row:
    user: str
    kind: str
    name: str
    id: int = 0
    operations: list[Operation] = field(default_factory=list)
    doubtful: bool = False  # a request on it got no answer

    def may_be(self, began: float, ended: float) -> set[str | None]:
        """The values that a read may show which was asked and answered then."""
        told = [one for one in self.operations if one.told is not None and one.told <= began]
        last = max(told, key=lambda one: one.told or 0.0) if told else None
        values = {last.value if last else None}
        for one in self.operations:
            if one.sent <= ended and (one.told is None or one.told > began):
                values.add(one.value)
        return values

    @property
    def value(self) -> str | None:
        """As its writer knows it."""
        told = [one for one in self.operations if one.told is not None]
        return told[-1].value if told else None


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, str, str], Row] = {}

    def begin(self, row: Row, value: str | None) -> Operation:
        """Before it is sent."""
        operation = Operation(value, time.monotonic())
        with self._lock:
            self._rows[row.user, row.kind, row.name] = row
            row.operations.append(operation)
        return operation

    def done(self, operation: Operation) -> None:
        with self._lock:
            operation.told = time.monotonic()

    def undone(self, row: Row, operation: Operation) -> None:
        """It was refused, and must never show."""
        with self._lock:
            row.operations.remove(operation)

    def unknown(self, row: Row) -> None:
        with self._lock:
            row.doubtful = True

    def row(self, user: str, kind: str, name: str) -> Row | None:
        with self._lock:
            return self._rows.get((user, kind, name))

    def rows(self, user: str, kind: str) -> list[Row]:
        with self._lock:
            return [row for row in self._rows.values() if row.user == user and row.kind == kind]

    def wrong(self, user: str, kind: str, found: dict[str, list[str]], began: float, ended: float) -> list[str]:
        """What an answer shows of this user's rows, by name, and should not; or does not, and should.

        Of a row whose request got no answer nothing is expected but that it is there once at most."""
        said = []
        with self._lock:
            rows = {row.name: row for row in self._rows.values() if row.user == user and row.kind == kind}
            for name, row in rows.items():
                texts = found.get(name, [])
                if len(texts) > 1:
                    said.append(f'{kind} {name!r} is there {len(texts)} times: {texts}')
                    continue
                value = texts[0] if texts else None
                may = row.may_be(began, ended)
                if value not in may:
                    said.append(f'{kind} {name!r} is {value!r}, and can only be {sorted(map(str, may))}')
            for name in found.keys() - rows.keys():
                said.append(f'{kind} {name!r} was never written')
        return said

    def doubtful(self, user: str, name: str) -> bool:
        """Whether a request on a row of this name got no answer: it may have come too late, in another's session."""
        with self._lock:
            return any(row.name == name and row.user == user and row.doubtful for row in self._rows.values())

    def counts(self) -> dict[str, int]:
        with self._lock:
            operations = [one for row in self._rows.values() for one in row.operations]
            return {
                'rows': len(self._rows),
                'acknowledged': sum(one.told is not None for one in operations),
                'unanswered': sum(one.told is None for one in operations),
            }
