"""Whether everything works again, without a hand: who is logged in is brought in by the conductor, nothing else."""

import time

from .rows import added, deleted
from .scene import BRIDGE, NoAnswer, Scene
from .stack import wait
from .weather import STARVED
from .wire import Client, Request

LOOK = 0.05


class Recovery:
    """Asks until a native read, a native write, and a forwarded request succeed, one after the other."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._client = Client()
        self._number = 0

    def within(self, seconds: float) -> float | None:
        """How long it took; none if it did not come about."""
        began = time.monotonic()
        lacks = 'it was not looked at'
        while not self._scene.stop.is_set():
            lacks = self._lacks()
            if not lacks:
                return time.monotonic() - began
            if time.monotonic() - began > seconds + STARVED * self._scene.weather.starved(began, time.monotonic()):
                self._scene.journal.violated('recovery', f'not within {seconds:.0f} s after the end of the fault: {lacks}')
                return None
            wait(self._scene.stop, LOOK)
        return None

    def _lacks(self) -> str:
        scene = self._scene
        if scene.session.user is None:
            return f'somebody logged in, who may be {sorted(map(str, scene.session.now()))}'
        if not scene.stack.whole():
            status = scene.stack.status() or {}
            shown = {key: status.get(key) for key in ('ready', 'legacy', 'session', 'compat', 'configuration')}
            return f'bridge, legacy and package that know each other: {shown}'
        with scene.session.gate.shared(scene.stop) as entered:
            user = scene.session.user
            if not entered or user is None:
                return 'a user who stays'
            try:
                return self._probe(user)
            except NoAnswer as failure:
                return f'an answer ({failure!r})'

    def _probe(self, user: str) -> str:
        """The rows it writes are gone when it ends, or known to the ledger as in doubt."""
        from .ledger import Row

        scene = self._scene
        for request in (Request('GET', '/api/1/tags'), Request('GET', '/api/1/users')):
            answer = scene.ask(self._client, BRIDGE, request)
            if (answer.status, answer.variant) != (200, 'native'):
                return f'native {request.target}: {answer.shown()}'
        forwarded = scene.ask(self._client, BRIDGE, Request('GET', '/api/1/periodic'))
        if (forwarded.status, forwarded.variant) != (200, 'legacy'):
            return f'forwarded /periodic: {forwarded.shown()}'
        self._number += 1
        row = Row(user, 'tag', f'{user}:recovery:{self._number}')
        for value, request in (('0', added('tag', row.name, '0')), (None, deleted('tag', row.name, 0))):
            operation = scene.ledger.begin(row, value)
            try:
                answer = scene.ask(self._client, BRIDGE, request, 'write')
            except NoAnswer:
                scene.ledger.unknown(row)
                raise
            if answer.status != 200:
                scene.ledger.unknown(row)
                return f'{request.method} {request.target}: {answer.shown()}'
            scene.ledger.done(operation)
            if answer.variant != 'native':
                return f'native {request.method} {request.target}: {answer.shown()}'
        return ''


