"""Looks at what all writers wrote, at any time: also while users change."""

import random

from .. import limits
from ..database import PASSWORDS
from ..rows import shown, shows
from ..scene import BRIDGE, DIRECT, FORWARD, NOBODY, NoAnswer, Scene, Worker
from ..wire import Answer, Request

PAUSE = 0.04


class Reader(Worker):
    def __init__(self, scene: Scene, name: str) -> None:
        super().__init__(scene, name)
        self._random = random.Random(f'{scene.seed}:{name}')

    def step(self) -> None:
        drawn = self._random.random()
        try:
            if drawn < 0.75:
                self._rows(self._random.choice(('tag', 'note', 'entry')))
            elif drawn < 0.9:
                self._users()
            else:
                self._ping()
        except NoAnswer:
            self.pause(PAUSE)
        self.pause(PAUSE * self._random.random())

    def _rows(self, kind: str) -> None:
        way = self._random.choice((BRIDGE, BRIDGE, BRIDGE, FORWARD, DIRECT))
        asked = shows(kind)
        request = Request(asked.method, asked.target, asked.body, (*asked.headers, ('x-user', f'u{self._random.randrange(20)}')))
        answer = self.scene.ask(self.client, way, request)
        what = f'{request.method} {request.target} ({way})'
        if answer.status == 401:
            self.scene.unauthorised(answer, what)
        if answer.status != 200:
            return
        self._judge(kind, answer, what)

    def _judge(self, kind: str, answer: Answer, what: str) -> None:
        seen = shown(kind, answer.json['result'])
        owners = {row.name.removeprefix('only ') for row in seen if row.name.startswith('only ')}
        if len(owners) != 1:
            self.scene.journal.violated('nobody else\'s rows', f'{what}: whose it is can not be told: {sorted(owners)}: {answer.shown()}')
            return
        (owner,) = owners
        self.scene.someone(answer, {owner}, what)
        # What got no answer may have been done later than its writer was in.
        strangers = {
            row.user for row in seen if row.user not in (None, owner) and not self.scene.ledger.doubtful(row.user, row.name)
        }
        if strangers:
            self.scene.journal.violated('nobody else\'s rows', f'{what}: rows of {strangers} in an answer for {owner}: {answer.shown()}')
        found: dict[str, list[str]] = {}
        for row in seen:
            if row.user == owner and not row.name.startswith('only '):
                found.setdefault(row.name, []).append(row.text)
        # Legacy shows what there was when its oldest open statement began.
        since = answer.began if answer.variant == 'native' else answer.began - limits.LATE
        for wrong in self.scene.ledger.wrong(owner, kind, found, since, answer.ended)[:3]:
            self.scene.journal.violated('no acknowledged write is lost', f'{what} by {answer.variant}: {wrong}')

    def _users(self) -> None:
        way = self._random.choice((BRIDGE, BRIDGE, DIRECT))
        answer = self.scene.ask(self.client, way, Request('GET', '/api/1/users'))
        if answer.status != 200:
            return
        users = answer.json['result']
        inside = {name for name, state in users.items() if state == 'loggedin'} or {NOBODY}
        may = self.scene.session.may_be(answer.began, answer.ended)
        if not inside <= may:
            may_be = sorted(map(str, may))
            self.scene.journal.violated('who is in is followed', f'GET /users ({way}): {inside} while {may_be} may be: {answer.shown()}')
        if set(users) != set(PASSWORDS):
            self.scene.journal.violated('no wrong byte', f'GET /users ({way}): {answer.shown()}')

    def _ping(self) -> None:
        """Native without anything behind it: nothing but the bridge's own end keeps it from an answer."""
        answer = self.scene.ask(self.client, BRIDGE, Request('GET', '/api/1/ping'))
        if answer.own_failure or answer.variant != 'native' and not self.scene.weather.calm(answer.began, answer.ended):
            return  # before legacy was asked for the first time the bridge does not know which CORS headers it sends
        if (answer.status, answer.variant, answer.body) != (200, 'native', b'{"result": true, "message": ""}'):
            self.scene.journal.violated('native routes are native', f'GET /ping: {answer.shown()}')
