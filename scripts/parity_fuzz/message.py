"""HTTP/1.1 on a raw socket: every byte of the request is ours, and of the answer nothing is tidied up."""

import shlex
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT = 120.0
TRANSPORT = {'date', 'connection'}


@dataclass(frozen=True)
class Request:
    """A request, without Host and Content-Length, which are added when it is sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def encoded(self, host: str) -> bytes:
        headers = [('Host', host), *self.headers]
        if self.body is not None:
            headers.append(('Content-Length', str(len(self.body))))
        head = ''.join(f'{name}: {value}\r\n' for name, value in headers)
        return f'{self.method} {self.target} HTTP/1.1\r\n{head}\r\n'.encode() + (self.body or b'')

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def curl(self, base: str, host: str) -> str:
        """The same request as a line for a shell. Bytes that are no text go through printf."""
        words = ['curl', '-gisS', '--path-as-is']
        if self.method == 'HEAD':
            words += ['-I'] if self.body is None else ['-X', 'HEAD', '-m', '5']  # -I takes no body
        elif self.method != 'GET' or self.body is not None:
            words += ['-X', self.method]
        own = [] if host == urlsplit(base).netloc else [('Host', host)]
        for name, value in (*own, *self.headers):
            words += ['-H', f'{name}: {value}' if value else f'{name};']
        if self.body is not None and self.header('content-type') is None:
            words += ['-H', 'Content-Type:']
        line = shlex.join([*words, base + self.target])
        if self.body is None:
            return line
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            text = '\0'
        if '\0' not in text:
            return f'{line} --data-binary {shlex.quote(text)}'
        octal = ''.join(f'\\{byte:03o}' for byte in self.body)
        return f"printf '{octal}' | {line} --data-binary @-"


@dataclass(frozen=True)
class Answer:
    """An answer. Header names are spelled as they came, in their order."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b''

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def contract(self) -> tuple[tuple[str, str], ...]:
        """The headers that are compared: transport and the bridge's own left out."""
        return tuple(
            (name, value)
            for name, value in self.headers
            if name.lower() not in TRANSPORT and not name.lower().startswith('x-cutover-')
        )


class Unreachable(Exception):
    """No answer came, on a fresh connection too."""


@dataclass
class Side:
    """One of the two sides, on a connection that is kept alive. One thread at a time."""

    base: str
    host: str  # the Host header, the same on both sides
    _socket: socket.socket | None = None
    _unread: bytearray = field(default_factory=bytearray)

    def ask(self, request: Request) -> Answer:
        """One exchange. A kept connection may have been closed meanwhile; reads can be sent again."""
        try:
            if self._socket is not None:
                return self._exchange(request)
        except OSError:
            self.close()
        try:
            return self._exchange(request)
        except OSError as error:
            self.close()
            raise Unreachable(f'{self.base}: {error}') from error

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._unread.clear()

    def _exchange(self, request: Request) -> Answer:
        if self._socket is None:
            url = urlsplit(self.base)
            self._socket = socket.create_connection((url.hostname, url.port or 80), TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request.encoded(self.host))
        status, reason, headers = self._head()
        while 100 <= status < 200:
            status, reason, headers = self._head()
        answer = Answer(status, reason, headers)
        answer = Answer(status, reason, headers, self._body(request, answer))
        if (answer.header('connection') or '').lower() == 'close':
            self.close()
        return answer

    def _head(self) -> tuple[int, str, tuple[tuple[str, str], ...]]:
        lines = self._until(b'\r\n\r\n').decode('latin-1').split('\r\n')
        _, status, reason = (lines[0] + '  ').split(' ', 2)
        pairs = (line.split(':', 1) for line in lines[1:] if line)
        return int(status), reason.strip(), tuple((name, value.strip()) for name, value in pairs)

    def _body(self, request: Request, answer: Answer) -> bytes:
        if request.method == 'HEAD' or answer.status in (204, 304):
            return b''
        if (length := answer.header('content-length')) is not None:
            return self._exactly(int(length))
        if 'chunked' in (answer.header('transfer-encoding') or '').lower():
            return self._chunks()
        raise OSError('an answer without a length')

    def _chunks(self) -> bytes:
        body = b''
        while size := int(self._until(b'\r\n').split(b';')[0], 16):
            body += self._exactly(size)
            self._exactly(2)
        while self._until(b'\r\n') != b'\r\n':
            pass
        return body

    def _until(self, mark: bytes) -> bytes:
        while (at := self._unread.find(mark)) < 0:
            self._more()
        return self._exactly(at + len(mark))

    def _exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._more()
        taken = bytes(self._unread[:count])
        del self._unread[:count]
        return taken

    def _more(self) -> None:
        assert self._socket is not None
        if not (read := self._socket.recv(1 << 16)):
            raise ConnectionError('the connection ended early')
        self._unread += read
