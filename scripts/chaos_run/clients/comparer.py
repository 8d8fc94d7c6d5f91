"""The same request of legacy, natively, and of legacy again: where legacy agrees with itself, all three are the same."""

import json
import random
import time
from typing import Any

from .. import limits
from ..rows import shows
from ..scene import DIRECT, NATIVE, NoAnswer, Scene, Worker
from ..wire import Answer, Request

OWN = ('date', 'connection')  # and x-cutover-*
REQUESTS = (
    shows('tag'),
    shows('note'),
    shows('entry'),
    Request('GET', '/api/1/ping'),
    Request('GET', '/api/1/users'),
    Request('GET', '/api/1/settings'),
    Request('GET', '/api/1/assets/types'),
    Request('GET', '/api/1/locations/all'),
    Request('GET', '/api/1/assets/ignored'),
    Request('GET', '/api/1/queried_addresses'),
    Request('GET', '/api/1/info'),
)
SETS = ('/api/1/assets/ignored',)
PAUSE = 0.1


class Comparer(Worker):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, 'comparer')
        self._random = random.Random(f'{scene.seed}:comparer')
        self.compared = 0

    def step(self) -> None:
        request = self._random.choice(REQUESTS)
        try:
            if self._differs(request):
                self._again(request)
        except NoAnswer:
            self.pause(PAUSE)
        self.pause(PAUSE * self._random.random())

    def _again(self, request: Request) -> None:
        """Legacy may look at what there was when its oldest open statement began, while others write: docs/compat.md. So
        nobody writes now, and it has its time."""
        self.scene.journal.note('differs, looked at again', request=f'{request.method} {request.target}')
        end = time.monotonic() + limits.LATE
        found: str | None = None
        with self.scene.session.gate.alone(limits.ANSWER['write']) as alone:
            while alone and not self.scene.stop.is_set() and time.monotonic() < end:
                seen = self._differs(request)
                if seen == '':
                    return
                found = seen or found
                self.pause(PAUSE)
        if found:
            self.scene.journal.violated('no wrong byte', found)

    def _differs(self, request: Request) -> str | None:
        """In what; nothing if they are the same, and none if they can not be compared just now."""
        before = self.scene.ask(self.client, DIRECT, request)
        native = self.scene.ask(self.client, NATIVE, request)
        after = self.scene.ask(self.client, DIRECT, request)
        if native.variant != 'native' or len(self.scene.session.may_be(before.began, after.ended)) != 1:
            return None
        one, other, again = (_contract(request, answer) for answer in (before, native, after))
        if one != again:
            return None  # somebody wrote meanwhile
        self.compared += 1
        if one == other:
            return ''
        return f'{request.method} {request.target}: legacy {one!r:.700}, natively {other!r:.700}'


def _contract(request: Request, answer: Answer) -> tuple[Any, ...]:
    headers = [(n, v) for n, v in answer.headers if n.lower() not in OWN and not n.lower().startswith('x-cutover-')]
    body: Any = answer.body
    if request.target in SETS and answer.status == 200:
        parsed = json.loads(answer.body)
        body = {**parsed, 'result': sorted(parsed['result'])}
    return answer.status, answer.reason, headers, body
