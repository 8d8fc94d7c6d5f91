"""Large bodies both ways, through the link: whole and right, or seen to be broken off."""

import hashlib
import random

from ..scene import BRIDGE, NoAnswer, Scene, Worker
from ..wire import Broken, Request

LARGEST = 1 << 20
PAUSE = 0.2


class Bulk(Worker):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, 'bulk')
        self._random = random.Random(f'{scene.seed}:bulk')
        self.whole = self.broken = 0

    def step(self) -> None:
        try:
            self._random.choice((self._bytes, self._chunks, self._upload))()
        except NoAnswer:
            pass
        self.pause(PAUSE * self._random.random())

    def _bytes(self) -> None:
        size, seed = self._random.randint(1, LARGEST), self._random.randrange(1 << 30)
        expected = random.Random(seed).randbytes(size)
        self._get(f'/api/1/_test/bytes?n={size}&seed={seed}', expected)

    def _chunks(self) -> None:
        count, size = self._random.randint(1, 20), self._random.randint(1, 30_000)
        expected = b''.join(bytes([ord('a') + i % 26]) * size for i in range(count))
        self._get(f'/api/1/_test/chunked?chunks={count}&size={size}&delay_ms={self._random.choice((0, 5))}', expected)

    def _get(self, target: str, expected: bytes) -> None:
        try:
            answer = self.scene.ask(self.client, BRIDGE, Request('GET', target), 'body')
        except Broken as broken:
            if broken.status == 200:
                self.broken += 1
                if not expected.startswith(broken.body):
                    self.scene.journal.violated('no wrong byte', f'{target}: wrong bytes before it broke off')
            raise
        if answer.status == 200:
            self.whole += 1
            if answer.body != expected:
                self.scene.journal.violated('no wrong byte', f'{target}: {len(answer.body)} bytes, not the {len(expected)} expected')
        elif not answer.own_failure:
            self.scene.journal.violated('no wrong byte', f'{target}: {answer.shown()}')

    def _upload(self) -> None:
        body = self._random.randbytes(self._random.randint(1, LARGEST))
        headers = (('Content-Type', 'application/octet-stream'),)
        answer = self.scene.ask(self.client, BRIDGE, Request('POST', '/api/1/_test/upload', body, headers), 'body')
        if answer.status == 200:
            self.whole += 1
            said = answer.json['result']
            if (said['bytes'], said['sha256']) != (len(body), hashlib.sha256(body).hexdigest()):
                self.scene.journal.violated('no wrong byte', f'an upload of {len(body)} bytes arrived as {said}')
