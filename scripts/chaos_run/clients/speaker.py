"""Has legacy say something to all websockets, one message after the other, and knows what was said when."""

import random
import threading
import time
from dataclasses import dataclass

from ..scene import DIRECT, FORWARD, NoAnswer, Scene, Worker
from ..wire import Request, Unsent

TYPE = 'chaos'  # of no known type: never dropped, never superseded
PAUSE = 0.12


@dataclass
class Said:
    sent: float
    told: float | None = None  # when legacy said that it was sent to everybody
    never: bool = False  # it was refused


class Speaker(Worker):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, 'speaker')
        self._random = random.Random(f'{scene.seed}:speaker')
        self._lock = threading.Lock()
        self.said: dict[int, Said] = {}

    def step(self) -> None:
        number = len(self.said) + 1
        message = {'type': TYPE, 'data': {'number': number, 'fill': 'x' * self._random.choice((0, 0, 100, 20_000))}}
        with self._lock:
            said = self.said[number] = Said(time.monotonic())
        way = self._random.choice((DIRECT, FORWARD))
        try:
            answer = self.scene.ask(self.client, way, Request.of('POST', '/api/1/_test/broadcast', message), 'body')
        except Unsent:
            said.never = True
            self.pause(PAUSE)
            return
        except NoAnswer:
            return
        if answer.status == 200:
            said.told = answer.ended
        elif answer.status == 503 and answer.own_failure:
            said.never = True
        self.pause(PAUSE * self._random.random())

    def certain(self, first: int, last: int) -> dict[int, Said]:
        """What was certainly said, of these."""
        with self._lock:
            return {n: self.said[n] for n in range(first, last + 1) if n in self.said and self.said[n].told is not None}

    def get(self, number: int) -> Said | None:
        with self._lock:
            return self.said.get(number)
