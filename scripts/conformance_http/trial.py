"""One probe at work: a proxy and an upstream of its own, the clients it opens, and what it may claim of them."""

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from client import Client, Late
from reader import Ended, Malformed
from upstream import SYNC, Script, Upstream
from wire import Answer, Request

if TYPE_CHECKING:
    from targets.base import Running

LAST = '/the-last-one'


class Failed(Exception):
    """The proxy did not do what the probe expects; the text says what it did."""


class NotApplicable(Exception):
    """The proxy gives the probe nothing to judge; the text says why."""


def check(holds: object, otherwise: str) -> None:
    """:raises Failed: it does not hold."""
    if not holds:
        raise Failed(otherwise)


@dataclass(frozen=True)
class Outcome:
    """What came of some bytes on a connection of their own, followed by a plain request for `LAST`."""

    answers: list[Answer]
    """All of that connection, up to its end; without the one to `LAST`."""
    went_on: bool
    """The request for `LAST` was served: the proxy had not ended the connection."""
    forwarded: list[Request]
    """What the upstream was sent, without `LAST`."""

    @property
    def status(self) -> int:
        """Of the first answer; 0 if there was none."""
        return self.answers[0].status if self.answers else 0

    def __str__(self) -> str:
        said = ', '.join(str(answer) for answer in self.answers) or 'no answer'
        up = ', '.join(f'{request} {list(request.faults) or ""}'.strip() for request in self.forwarded) or 'nothing'
        return f'answered {said}; {"kept" if self.went_on else "ended"} the connection; upstream got {up}'


class Trial:
    """What a probe works with."""

    def __init__(self, running: 'Running', upstream: Upstream, patience: float) -> None:
        self.running = running
        self.upstream = upstream
        self.patience = patience
        self.clients: list[Client] = []

    def script(self, script: Script) -> None:
        """What the upstream does on each connection; it echoes the target if nothing is said."""
        self.upstream.script = script

    def client(self, narrow: bool = False) -> Client:
        """A connection to the proxy."""
        client = Client(self.running.address, self.patience, narrow)
        self.clients.append(client)
        return client

    def ask(self, request: str | bytes, method: str = 'GET') -> Answer:
        """One request on a connection of its own, and the answer to it."""
        client = self.client()
        client.send(encoded(request))
        try:
            return client.answer(method)
        except Ended as e:
            raise Failed(f'no answer, but {e}, after {bytes(client.got[:200])!r}') from None
        except Malformed as e:
            raise Failed(f'the answer is malformed: {e}') from None

    def sent(self, request: str | bytes) -> Request:
        """What the upstream is sent for this request, which has to be answered."""
        before = len(self.upstream.requests)
        answer = self.ask(request)
        check(len(self.upstream.requests) > before, f'it was answered {answer}, and nothing went up')
        return self.upstream.requests[-1]

    def outcome(self, request: str | bytes, method: str = 'GET', patient: bool = False) -> Outcome:
        """Sends the bytes, reads an answer, asks for `LAST`, and reads to the end of the connection. `patient`: a proxy
        that waits for more has given no answer, which is no failure by itself."""
        client = self.client()
        client.send(encoded(request))
        answers: list[Answer] = []
        went_on = False
        with contextlib.suppress(Ended, *((Late,) if patient else ())):
            answers.append(client.answer(method))
        if answers and client.reader.ended is None:
            client.send(f'GET {LAST} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'.encode())
            while (answer := client.answer_if_any()) is not None:
                if answer.body == LAST.encode():
                    went_on = True
                    break
                answers.append(answer)
        forwarded = [request for request in self.settled() if request.target != LAST]
        return Outcome(answers, went_on, forwarded)

    def settled(self) -> list[Request]:
        """Everything that went up: a last request is waited for, the proxy ended, every connection read to its end."""
        with contextlib.suppress(Ended, Malformed):
            client = self.client()
            client.send(f'GET {SYNC} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'.encode())
            client.answer()
        return self.ended()

    def ended(self) -> list[Request]:
        """The same without that last request."""
        self.running.kill()
        self.upstream.drained()
        return self.upstream.requests

    def close(self) -> None:
        for client in self.clients:
            client.close()


def encoded(request: str | bytes) -> bytes:
    return request if isinstance(request, bytes) else request.encode('latin-1')
