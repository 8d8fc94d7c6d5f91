"""Somebody who asks a native route all the while, and looks at the memory of the bridge."""

import multiprocessing
import multiprocessing.connection
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

PAUSE_SECONDS = 0.005
GIVEN_UP_SECONDS = 10.0
REQUEST = b'GET /api/1/ping HTTP/1.1\r\nHost: bridge\r\n\r\n'


class Seen(NamedTuple):
    """While it was looked at."""

    asked: int
    others: int  # answers that were no native 200, or none at all
    p50_ms: float
    p99_ms: float
    longest_ms: float


def ask(connection: socket.socket) -> bool:
    """One question; whether a handler answered it."""
    connection.sendall(REQUEST)
    answer = b''
    while b'\r\n\r\n' not in answer:
        part = connection.recv(4096)
        if not part:
            return False
        answer += part
    head, _, body = answer.partition(b'\r\n\r\n')
    fields = dict(line.lower().split(b': ', 1) for line in head.split(b'\r\n')[1:])
    while len(body) < int(fields[b'content-length']):
        body += connection.recv(4096)
    return head.startswith(b'HTTP/1.1 200 ') and fields.get(b'x-cutover-variant') == b'native'


def probe(address: tuple[str, int], ending: multiprocessing.connection.Connection) -> None:
    times: list[float] = []
    others = 0
    connection = None
    while not ending.poll(PAUSE_SECONDS):
        began = time.perf_counter()
        try:
            connection = connection or socket.create_connection(address, GIVEN_UP_SECONDS)
            others += not ask(connection)
        except OSError:
            others += 1
            connection = None
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))] if times else float('inf')  # noqa: E731
    ending.send(Seen(len(times), others, at(0.5), at(0.99), at(1.0)))


class Watch:
    """Watches while the `with` that it stands in lasts; then `seen` is there."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(':')
        self.ending, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=probe, args=((host, int(port)), theirs), daemon=True)
        self.seen: Seen | None = None

    def __enter__(self) -> Self:
        self.process.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.ending.send('end')
        self.seen = self.ending.recv()
        self.process.join()


def memory_mib(pid: int, name: str) -> float:
    """VmRSS, what is resident now; VmHWM, the most that was."""
    for line in Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith(f'{name}:'):
            return int(line.split()[1]) / 1024
    raise ValueError(f'/proc/{pid}/status has no {name}')
