"""A websocket through the bridge: what is said while it is connected comes, each once, in order."""

import contextlib
import itertools
import json
import socket
import time

import websocket

from .. import limits
from ..scene import Scene, Worker
from .speaker import TYPE, Speaker

_addresses = itertools.count(2)
PAUSE = 0.1
HANDSHAKE = limits.ANSWER['body']


class Listener(Worker):
    """Chance decides whether the bridge serves it or passes it on; the admin API shows by its address which it is."""

    def __init__(self, scene: Scene, number: int, speaker: Speaker) -> None:
        super().__init__(scene, f'listener {number}')
        self.speaker = speaker
        self.messages = self.connections = 0
        self.served: dict[str, int] = {'bridge': 0, 'tunnel': 0}
        self._ws: websocket.WebSocket | None = None
        self._since = 0.0
        self._served = 'tunnel'
        self._heard: set[int] = set()
        self._last = 0

    def step(self) -> None:
        if self._ws is None:
            self._connect()
        else:
            self._hear()

    def _connect(self) -> None:
        address = self.scene.stack.bridge
        began = time.monotonic()
        if address is None:
            self.pause(PAUSE)
            return
        number = next(_addresses)
        own = f'127.0.{1 + number // 250 % 250}.{1 + number % 250}'
        try:
            with contextlib.ExitStack() as undo:
                connection = undo.enter_context(socket.socket())
                connection.bind((own, 0))
                connection.settimeout(HANDSHAKE)
                connection.connect(address)
                self._ws = websocket.create_connection(
                    f'ws://{address[0]}:{address[1]}//ws/', socket=connection, timeout=HANDSHAKE
                )
                undo.pop_all()
        except (OSError, websocket.WebSocketException) as failure:
            ended = time.monotonic()
            if self.scene.weather.calm(began, ended) and not self.scene.stop.is_set():
                self.scene.journal.violated('calm', f'a websocket is refused although nothing is broken: {failure!r}')
            stalled = self.scene.weather.stalled(began, ended)
            if isinstance(failure, TimeoutError | websocket.WebSocketTimeoutException) and not stalled:
                self.scene.journal.violated('no hang', f'a websocket: no answer for {ended - began:.1f} s')
            self.pause(PAUSE)
            return
        self._since = time.monotonic()
        self._heard, self._last = set(), 0
        self.connections += 1
        seen = self.scene.stack.status('/api/notifier')
        here = bool(seen) and any(queue['address'] == own for queue in seen['queues'])
        self._served = 'bridge' if here else 'tunnel'
        self.served[self._served] += 1
        self._ws.settimeout(0.2)

    def _hear(self) -> None:
        assert self._ws is not None
        try:
            text = self._ws.recv()
        except websocket.WebSocketTimeoutException:
            return
        except (OSError, websocket.WebSocketException) as failure:
            self._ended(failure)
            return
        if not text:
            self._ended(websocket.WebSocketConnectionClosedException('a close frame'))
            return
        message = json.loads(text)
        if message['type'] == TYPE:
            self._number(message['data']['number'])

    def _ended(self, failure: Exception) -> None:
        now = time.monotonic()
        spells = self.scene.weather.during(now - limits.SILENCE - limits.LOAD, now)
        if self._served == 'bridge' and not any('bridge' in spell.kills or spell.stalls for spell in spells):
            if not self.scene.stop.is_set():
                self.scene.journal.violated('websockets', f'{self.name}: a client of the bridge was let go: {failure!r}')
        elif self.scene.weather.calm(now - 1.0, now) and not self.scene.stop.is_set():
            self.scene.journal.violated('websockets', f'{self.name}: a tunnel ended although nothing is broken: {failure!r}')
        self._drop()

    def _drop(self) -> None:
        if self._ws is not None:
            # Not in order: legacy does not survive an end while it writes (docs/notifier.md).
            self._ws.shutdown()
        self._ws = None

    def _number(self, number: int) -> None:
        self.messages += 1
        said = self.speaker.get(number)
        # What was said before anybody listened waits in legacy's queue, and comes with what is missed at the next gap.
        certain = said is not None and said.told is not None and said.sent > self._since
        if number in self._heard:
            self._violated(f'message {number} came twice')
        elif number < self._last and certain:
            self._violated(f'message {number} came after {self._last}')
        self._heard.add(number)
        if number > self._last:
            self._missed(self._last + 1 if self._last else 1, number - 1)
            self._last = number

    def _missed(self, first: int, last: int) -> None:
        for number, said in self.speaker.certain(first, last).items():
            if said.sent > self._since and number not in self._heard:
                self._violated(f'message {number} did not come, and {last + 1} did')

    def _violated(self, what: str) -> None:
        self.scene.journal.violated('websockets', f'{self.name} ({self._served}), connected at {self.scene.journal.at(self._since)}: {what}')

    def end(self) -> None:
        """What was said has to come, soon."""
        end = time.monotonic() + limits.DELIVERY
        while self._ws is not None and time.monotonic() < end:
            certain = self.speaker.certain(1, len(self.speaker.said))
            missing = [n for n, said in certain.items() if said.sent > self._since and n not in self._heard]
            if not missing:
                break
            self._hear()
        else:
            if self._ws is not None:
                self._violated(f'messages {missing[:10]} did not come within {limits.DELIVERY:.0f} s')
        self._drop()
