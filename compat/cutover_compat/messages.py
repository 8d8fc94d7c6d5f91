"""Messages on their way to the bridge, in order, from a greenlet of their own: who sends one never waits, so nothing
else runs in the middle of what the sender is doing.
"""

import json
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event

from cutover_compat import log

if TYPE_CHECKING:
    from cutover_compat.link import Link

LARGEST_COUNT, LARGEST_BYTES = 10_000, 64 << 20
SEND_SECONDS = 10.0
"""The bridge answers once its clients have been written to, or have it in their queues."""
Done = Callable[[int | None], None]
"""Hears how many clients have it; None if the bridge can not be reached."""


class Messages:
    def __init__(self, link: 'Link') -> None:
        self.link = link
        self.waiting: deque[tuple[str, bool, Done]] = deque()
        self.bytes = 0
        self.work = Event()
        self.idle = Event()
        self.idle.set()
        self.sender: gevent.Greenlet | None = None

    def put(self, text: str, to_bridge: bool, done: Done) -> bool:
        """Does not wait. Gives whether it was taken; it is not if too much waits already. One that is not for the bridge
        just waits for those before it.
        """
        if len(self.waiting) >= LARGEST_COUNT or self.bytes + len(text) > LARGEST_BYTES:
            return False
        self.waiting.append((text, to_bridge, done))
        self.bytes += len(text)
        self.idle.clear()
        self.work.set()
        if self.sender is None or self.sender.dead:
            self.sender = gevent.spawn(self._send_all)
        return True

    def flush(self, seconds: float) -> None:
        """Waits until all of them are through, if there are any, but not for longer than that."""
        if not self.idle.is_set() and gevent.getcurrent() is not self.sender:
            self.idle.wait(seconds)

    def send(self, text: str) -> int | None:
        """Now, and waits for it."""
        if not self.link.attached:
            return None
        try:
            said = self.link.client.post('/notify', text, SEND_SECONDS)
            return int(said['delivered'])
        except Exception as e:  # noqa: BLE001
            log.once('notify', f'cutover: a message did not reach the bridge, it goes the old way: {e!r}')
            return None

    def _send_all(self) -> None:
        while True:
            while self.waiting:
                text, to_bridge, done = self.waiting[0]
                delivered = self.send(text) if to_bridge else None
                try:
                    done(delivered)
                except Exception as e:  # noqa: BLE001
                    log.once('message', f'cutover: what follows a message failed: {e!r}', e)
                self.waiting.popleft()
                self.bytes -= len(text)
            self.idle.set()
            self.work.clear()
            self.work.wait()


def text_of(message_type: str, data: Any) -> str:
    return json.dumps({'type': message_type, 'data': data})
