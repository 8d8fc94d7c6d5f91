"""Adds, edits, deletes and reads back rows of its own, by every way there is."""

import random
import time

from .. import limits
from ..ledger import Row
from ..rows import KINDS, MOST, added, deleted, edited, id_of, shown, shows
from ..scene import BRIDGE, DIRECT, FORWARD, NoAnswer, Scene, Worker
from ..wire import Answer, Unsent

WAYS = (BRIDGE, BRIDGE, BRIDGE, FORWARD, DIRECT)
PAUSE = 0.05


class Writer(Worker):
    def __init__(self, scene: Scene, name: str) -> None:
        super().__init__(scene, name)
        self._random = random.Random(f'{scene.seed}:{name}')
        self._rows: dict[str, list[Row]] = {}  # by user, those it is sure of
        self._number = 0

    def step(self) -> None:
        with self.scene.session.gate.shared(self.scene.stop) as entered:
            user = self.scene.session.user
            if entered and user is not None:
                self._step(user)
        self.pause(PAUSE * self._random.random())

    def _step(self, user: str) -> None:
        mine = self._rows.setdefault(user, [])
        kind = self._random.choice(KINDS)
        own = [row for row in mine if row.kind == kind]
        if len(own) < MOST[kind] and self._random.random() < 0.6:
            self._number += 1
            row = Row(user, kind, f'{user}:{self.name}:{self._number}')
            mine.append(row)
            self._write(mine, row, '0')
        elif own:
            row = self._random.choice(own)
            drawn = self._random.random()
            if drawn < 0.35:
                self._write(mine, row, None)
            elif drawn < 0.65 and kind != 'event':
                self._number += 1
                self._write(mine, row, str(self._number))
            else:
                self._read_back(user, row)

    def _write(self, mine: list[Row], row: Row, value: str | None) -> None:
        fresh = not row.operations
        request = (
            deleted(row.kind, row.name, row.id) if value is None
            else added(row.kind, row.name, value) if fresh
            else edited(row.kind, row.name, value, row.id)
        )  # fmt: skip
        way = self._random.choice(WAYS)
        what = f'{request.method} {row.kind} {row.name!r} to {value!r} ({way})'
        ledger = self.scene.ledger
        operation = ledger.begin(row, value)
        answer: Answer | None = None
        try:
            answer = self.scene.ask(self.client, way, request, 'write')
        except Unsent:
            ledger.undone(row, operation)
            self._forget_if_never(mine, row)
            return
        except NoAnswer:
            pass
        if answer is not None and answer.status == 200:
            if fresh:
                row.id = id_of(row.kind, answer.json['result'])
            ledger.done(operation)
            if value is None:
                mine.remove(row)
        elif answer is not None and self._refused(answer, what):
            ledger.undone(row, operation)
            self._forget_if_never(mine, row)
        else:
            ledger.unknown(row)
            mine.remove(row)  # looked at again at the end

    def _forget_if_never(self, mine: list[Row], row: Row) -> None:
        if not row.operations:
            mine.remove(row)

    def _refused(self, answer: Answer, what: str) -> bool:
        """Whether it says for sure that nothing was done. What may not be refused is noted."""
        if answer.status == 401:
            self.scene.unauthorised(answer, what)
            return True
        if answer.status == 503 and answer.own_failure:
            return True
        if answer.status == 409 and b'limit of' in answer.body:
            return True
        if answer.status == 409 and b'DB error' in answer.body and not self.scene.weather.calm(answer.began, answer.ended):
            return True  # no room, or locked
        if answer.status < 500:
            self.scene.journal.violated('no acknowledged write is lost', f'{what}: refused: {answer.shown()}')
            return True
        return False

    def _read_back(self, user: str, row: Row) -> None:
        """By either side: natively at once, of legacy as soon as its open statements are through."""
        way = self._random.choice((BRIDGE, BRIDGE, DIRECT, FORWARD))
        began = time.monotonic()
        while True:
            try:
                answer = self.scene.ask(self.client, way, shows(row.kind, row.name))
            except NoAnswer:
                return
            what = f'reading {row.kind} {row.name!r} ({way})'
            if answer.status == 401:
                self.scene.unauthorised(answer, what)
            if answer.status != 200:
                return
            if self.scene.session.may_be(began, answer.ended) != {user}:
                return  # legacy has gone meanwhile
            texts = [seen.text for seen in shown(row.kind, answer.json['result']) if seen.name == row.name]
            value = texts[0] if len(texts) == 1 else None if not texts else f'{len(texts)} times'
            if value == row.value:
                return
            if answer.variant == 'native' or time.monotonic() - began > limits.LATE:
                self.scene.journal.violated(
                    'no acknowledged write is lost',
                    f'{what}: {value!r} instead of {row.value!r}, {time.monotonic() - began:.1f} s after it was first asked: '
                    f'{answer.shown()}',
                )
                return
            self.pause(PAUSE)

