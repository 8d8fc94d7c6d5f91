"""What the backend itself leaves behind: the rows that each step of a recording changes, as a file for tests.

    {"login": ROWS, "sequences": {"0": [ROWS, …], …}}

`login` is what the login changes of the data that are copied, `sequences` what each step changes after it. ROWS is
{"user.tags": {"13": [value, …], "2": null}}: by table and rowid, the row as it is now, or null if it is gone. A value is
JSON's, {"blob": hex}, or {"masked": type, "as": text} for what is another one in each run: in the text, <now> stands for
a time within the run and <1> for the first new identifier of the sequence."""

import json
import time
from pathlib import Path
from typing import Any

from . import answers
from .dump import Row, Table, Tables
from .masks import SLACK, TOKEN, Masks
from .process import CouldNotRun
from .run import Track, track
from .sequences import Sequence
from .side import Setting
from .tables import known_identifiers, same_row

Rows = dict[str, dict[str, Any]]


class Naming:
    """Stands for what differs from run to run, within one sequence."""

    def __init__(self, known: set[str], began: float) -> None:
        self._known, self._began = known, began
        self._names: dict[str, str] = {}

    def value(self, value: Any) -> Any:
        if isinstance(value, bytes):
            return {'blob': value.hex()}
        if value is None:
            return None
        text = str(value)
        shown = TOKEN.sub(lambda token: self._name(token[0]), text)
        if shown == text:
            return value
        return {'masked': {int: 'integer', float: 'real', str: 'text'}[type(value)], 'as': shown}

    def _name(self, token: str) -> str:
        if '-' not in token:
            seconds = int(token) / (1000 if len(token) == 13 else 1)
            return '<now>' if self._began - SLACK <= seconds <= time.time() + SLACK else token
        return token if token in self._known else self._names.setdefault(token, f'<{len(self._names) + 1}>')


def changes(before: Tables, after: Tables, naming: Naming) -> Rows:
    found: Rows = {}
    for name in sorted({*before, *after}):
        empty = Table([], {})
        old, new = before.get(name, empty).rows, after.get(name, empty).rows
        rows = {rowid: new.get(rowid) for rowid in sorted({*old, *new}) if not _same(old.get(rowid), new.get(rowid))}
        if rows:
            found[name] = {str(r): None if row is None else [naming.value(v) for v in row] for r, row in rows.items()}
    return found


def _same(one: Row | None, other: Row | None) -> bool:
    return one is not None and other is not None and same_row(one, other)


def of(sequence: Sequence, setting: Setting, data: Tables) -> tuple[Rows, list[Rows]]:
    """What the login changed of the data, and each step after it."""
    began = time.time()
    done = track(sequence, setting, each=True)
    _as_recorded(sequence, done)
    login = changes(data, done.states[0], Naming(known_identifiers(data), began))
    naming = Naming(known_identifiers(done.states[0]), began)
    steps = [changes(*states, naming) for states in zip(done.states, done.states[1:], strict=False)]
    return login, steps


def _as_recorded(sequence: Sequence, done: Track) -> None:
    """Rows of a backend that answers otherwise than it was recorded would prove nothing."""
    for step, answer in zip(sequence.steps, done.answers, strict=True):
        recorded = step.recorded
        if recorded and not recorded.volatile and answers.compare(step.route, recorded.answer, answer, Masks()):
            raise CouldNotRun(f'sequence {sequence.name} step {step.number}: the backend does not answer as recorded')


def write(file: Path, found: dict[str, tuple[Rows, list[Rows]]]) -> None:
    """With a line for each step, so that a change of it can be read."""
    login = next(iter(found.values()))[0]
    lines = ['{', f' "login": {json.dumps(login)},', ' "sequences": {']
    for at, (name, (_, steps)) in enumerate(found.items(), 1):
        lines += [f'  {json.dumps(name)}: [', ',\n'.join(f'   {json.dumps(step)}' for step in steps)]
        lines.append('  ]' if at == len(found) else '  ],')
    file.write_text('\n'.join([*lines, ' }', '}', '']))
