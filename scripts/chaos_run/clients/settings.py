"""One setting, written natively and by legacy, which keeps it in memory as well."""

import random
import time

from .. import limits
from ..ledger import Row
from ..scene import BRIDGE, DIRECT, FORWARD, NoAnswer, Scene, Worker
from ..wire import Request, Unsent

NAME = 'ui_floating_precision'
LARGEST = 8
SETTINGS = '/api/1/settings'
CACHED = '/api/1/_test/cached-settings'
PAUSE = 0.15


class Settings(Worker):
    """One row for each user. Its values repeat; so of each answer only what can not be is said."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, 'settings')
        self._random = random.Random(f'{scene.seed}:settings')
        self._rows: dict[str, Row] = {}

    def step(self) -> None:
        with self.scene.session.gate.shared(self.scene.stop) as entered:
            user = self.scene.session.user
            if entered and user is not None:
                self._step(user)
        self.pause(PAUSE * self._random.random())

    def _step(self, user: str) -> None:
        row = self._rows.get(user)
        if row is None or row.doubtful:
            row = self._rows[user] = Row(user, 'setting', NAME)  # known from its first acknowledged write on
        value = str(self._random.randint(0, LARGEST))
        way = self._random.choice((BRIDGE, BRIDGE, FORWARD, DIRECT))
        operation = self.scene.ledger.begin(row, value)
        try:
            answer = self.scene.ask(self.client, way, Request.of('PUT', SETTINGS, {'settings': {NAME: int(value)}}), 'write')
        except Unsent:
            self.scene.ledger.undone(row, operation)
            return
        except NoAnswer:
            self.scene.ledger.unknown(row)
            return
        if answer.status == 401:
            self.scene.unauthorised(answer, f'PUT {SETTINGS} ({way})')
        if answer.status != 200:
            self.scene.ledger.unknown(row)
            return
        self.scene.ledger.done(operation)
        shown = str(answer.json['result'][NAME])
        if shown != value:
            self.scene.journal.violated('no acknowledged write is lost', f'PUT {SETTINGS} ({way}) shows {shown}, wrote {value}')
        self._look(user, value, way)

    def _look(self, user: str, value: str, wrote: str) -> None:
        """It is the only one that writes this; so long as nobody is killed it is to be seen everywhere."""
        began = time.monotonic()
        way = self._random.choice((BRIDGE, DIRECT))
        target = self._random.choice((SETTINGS, CACHED))
        while True:
            try:
                answer = self.scene.ask(self.client, DIRECT if target == CACHED else way, Request('GET', target))
            except NoAnswer:
                return
            ended = time.monotonic()
            if answer.status != 200 or self.scene.session.may_be(began, ended) != {user}:
                return
            # In memory it is stale for as long as the package has lost the bridge: docs/compat.md.
            if target == CACHED and not self.scene.weather.calm(began, ended):
                return
            # A request without an answer may still come between.
            if self._rows[user].doubtful or any(spell.kills or spell.cuts for spell in self.scene.weather.during(began - 30, ended)):
                return
            body = answer.json
            found = str((body['result'] if target == SETTINGS else body.get('result', body))[NAME])
            if found == value:
                return
            if answer.variant == 'native' or ended - began > limits.LATE:
                self.scene.journal.violated('no acknowledged write is lost', f'GET {target} shows {found} after {value} was written ({wrote})')
                return
            self.pause(0.05)
