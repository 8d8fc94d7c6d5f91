"""HTTP/1.1 on a socket: every request has its answer, or a reason why not, within its bound."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Any

from .weather import Bound

PIECE = 65536
LOOK = 0.25  # seconds between two looks at the bound

Address = tuple[str, int]
Headers = tuple[tuple[str, str], ...]


class NoAnswer(Exception):
    """There is no whole answer."""


class Unsent(NoAnswer):
    """Nobody took the connection: nothing of the request was seen."""


class Broken(NoAnswer):
    """It ended before the answer did. What is there of a body is kept."""

    def __init__(self, why: str, status: int | None = None, body: bytes = b'') -> None:
        super().__init__(why)
        self.status, self.body = status, body


class Hung(NoAnswer):
    """The bound is over."""


class Malformed(NoAnswer):
    """What came is no HTTP."""


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str
    headers: Headers
    body: bytes
    began: float
    ended: float

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name), None)

    @property
    def variant(self) -> str:
        """Who answered. Legacy itself says nothing of it."""
        return self.header('x-cutover-variant') or 'legacy'

    @property
    def own_failure(self) -> str | None:
        """What the bridge says of an answer that it made itself because nobody could give one."""
        return self.header('x-cutover-error')

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def shown(self) -> str:
        marks = ' '.join(f'{n}={v}' for n, v in self.headers if n.lower().startswith('x-cutover'))
        return f'{self.status} {marks} {self.body[:300]!r}'


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    body: bytes | None = None
    headers: Headers = ()

    @classmethod
    def of(cls, method: str, target: str, body: Any = None, **headers: str) -> 'Request':
        """A body is sent as JSON. Underscores of header names stand for hyphens."""
        named = tuple((name.replace('_', '-'), value) for name, value in headers.items())
        if body is None:
            return cls(method, target, None, named)
        return cls(method, target, json.dumps(body).encode(), (*named, ('Content-Type', 'application/json')))

    def encoded(self, host: str, close: bool) -> bytes:
        headers = [('Host', host), *self.headers]
        if close:
            headers.append(('Connection', 'close'))
        if self.body is not None:
            headers.append(('Content-Length', str(len(self.body))))
        head = ''.join(f'{name}: {value}\r\n' for name, value in headers)
        return f'{self.method} {self.target} HTTP/1.1\r\n{head}\r\n'.encode() + (self.body or b'')

    @property
    def repeatable(self) -> bool:
        return self.method == 'GET'


class Client:
    """Keeps one connection, to one address at a time."""

    def __init__(self) -> None:
        self._kept: tuple[Address, socket.socket] | None = None

    def ask(self, address: Address, request: Request, bound: Bound, close: bool = False) -> Answer:
        """Raises NoAnswer. A kept connection that turns out dead is replaced once, if that can do no harm."""
        reused = self._kept is not None and self._kept[0] == address
        try:
            return self._ask(address, request, bound, close)
        except Broken as broken:
            if not (reused and request.repeatable and broken.status is None):
                raise
        return self._ask(address, request, bound, close)

    def _ask(self, address: Address, request: Request, bound: Bound, close: bool) -> Answer:
        kept, self._kept = self._kept, None
        if kept is not None and kept[0] != address:
            kept[1].close()
            kept = None
        began = time.monotonic()
        connection = kept[1] if kept else _connect(address, bound)
        try:
            answer, ends = _exchange(connection, address, request, bound, close, began)
        except BaseException:
            connection.close()
            raise
        if ends:
            connection.close()
        else:
            self._kept = (address, connection)
        return answer

    def close(self) -> None:
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None


def _connect(address: Address, bound: Bound) -> socket.socket:
    while True:
        try:
            connection = socket.create_connection(address, LOOK)
        except TimeoutError:
            if bound.over():
                raise Hung('no connection') from None
            continue
        except OSError as e:
            raise Unsent(str(e)) from None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _exchange(
    connection: socket.socket, address: Address, request: Request, bound: Bound, close: bool, began: float
) -> tuple[Answer, bool]:
    connection.settimeout(LOOK)
    _send(connection, request.encoded(f'{address[0]}:{address[1]}', close), bound)
    reader = _Reader(connection, bound)
    while True:
        status, reason, headers = reader.head()
        if status != 100:
            break
    body = reader.body(status, headers, request.method)
    ends = reader.to_the_end or any(n.lower() == 'connection' and v.lower() == 'close' for n, v in headers)
    return Answer(status, reason, headers, body, began, time.monotonic()), ends or close


def _send(connection: socket.socket, what: bytes, bound: Bound) -> None:
    rest = memoryview(what)
    while rest:
        try:
            rest = rest[connection.send(rest[:PIECE]) :]
        except TimeoutError:
            if bound.over():
                raise Hung('the request is not taken') from None
        except OSError:
            return  # an answer may be there all the same


class _Reader:
    def __init__(self, connection: socket.socket, bound: Bound) -> None:
        self._connection, self._bound = connection, bound
        self._buffer = bytearray()
        self._status: int | None = None
        self.to_the_end = False

    def _more(self, so_far: bytes | bytearray = b'') -> None:
        while True:
            try:
                piece = self._connection.recv(PIECE)
            except TimeoutError:
                if self._bound.over():
                    raise Hung(f'after status {self._status}') from None
                continue
            except OSError as e:
                raise Broken(str(e), self._status, bytes(so_far) + bytes(self._buffer)) from None
            if not piece:
                raise Broken('the connection ended', self._status, bytes(so_far) + bytes(self._buffer))
            self._buffer += piece
            return

    def _line(self, so_far: bytes | bytearray = b'') -> bytes:
        while (at := self._buffer.find(b'\r\n')) < 0:
            self._more(so_far)
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 2]
        return line

    def _exactly(self, count: int, so_far: bytes | bytearray = b'') -> bytes:
        while len(self._buffer) < count:
            self._more(so_far)
        piece = bytes(self._buffer[:count])
        del self._buffer[:count]
        return piece

    def head(self) -> tuple[int, str, Headers]:
        line = self._line().decode('latin-1')
        words = line.split(' ', 2)
        if len(words) < 2 or not words[0].startswith('HTTP/1.') or not words[1].isdigit():
            raise Malformed(f'the status line {line[:200]!r}')
        headers: list[tuple[str, str]] = []
        while line := self._line().decode('latin-1'):
            name, colon, value = line.partition(':')
            if not colon:
                raise Malformed(f'the header line {line[:200]!r}')
            headers.append((name, value.strip()))
        self._status = int(words[1])
        return self._status, words[2] if len(words) > 2 else '', tuple(headers)

    def body(self, status: int, headers: Headers, method: str) -> bytes:
        fields = {name.lower(): value for name, value in headers}
        if method == 'HEAD' or status in (204, 304):
            return b''
        if 'chunked' in fields.get('transfer-encoding', '').lower():
            return self._chunks()
        if (length := fields.get('content-length')) is not None:
            return self._exactly(int(length))
        self.to_the_end = True
        whole = bytearray()
        try:
            while True:
                self._more(whole)
                whole += self._buffer
                self._buffer.clear()
        except Broken as broken:
            if str(broken) != 'the connection ended':
                raise
            return bytes(whole)

    def _chunks(self) -> bytes:
        whole = bytearray()
        while True:
            line = self._line(whole)
            try:
                size = int(line.split(b';')[0], 16)
            except ValueError:
                raise Malformed(f'the size of a chunk: {line[:100]!r}') from None
            if size == 0:
                while self._line(whole):
                    pass
                return bytes(whole)
            whole += self._exactly(size, whole)
            if self._exactly(2, whole) != b'\r\n':
                raise Malformed('a chunk without its end')
