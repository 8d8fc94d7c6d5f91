"""A raw upstream: a TCP server that keeps the very bytes it is sent, and answers what the script of a probe says."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable

from client import Late
from reader import Ended, Reader
from wire import Request, read_request

KEPT = 1 << 20  # bytes of a connection that are kept for the record
SYNC = '/conformance-sync'
Script = Callable[['Incoming'], None]


def answer(body: bytes = b'ok', *lines: str, status: str = '200 OK') -> bytes:
    """An answer with a Content-Length, and these header lines before it."""
    head = ''.join(f'{line}\r\n' for line in lines)
    return f'HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n'.encode('latin-1') + body


class Incoming:
    """One connection from the proxy."""

    def __init__(self, upstream: 'Upstream', sock: socket.socket, number: int) -> None:
        self.upstream = upstream
        self.socket = sock
        self.number = number
        self.received = bytearray()
        self.taken = 0
        self.over = False
        self.was_reset = False
        sock.settimeout(upstream.patience)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self._receive)

    def _receive(self) -> bytes:
        while True:
            try:
                data = self.socket.recv(65_536)
            except TimeoutError:
                # The proxy may keep a connection for as long as it likes.
                if self.upstream.closing:
                    raise Ended(reset=False) from None
                continue
            except OSError:
                self.was_reset = True
                raise Ended(reset=True) from None
            if len(self.received) < KEPT:
                self.received += data
            self.taken += len(data)
            self.upstream.changed()
            return data

    def request(self) -> Request | None:
        """The next request with its body, noted; `None` at the end of the connection."""
        request = read_request(self.reader, self.number)
        while request is not None and request.target == SYNC:
            self.send(answer())
            request = read_request(self.reader, self.number)
        return self._note(request)

    def head(self) -> Request | None:
        """The next request without its body, noted."""
        try:
            raw = self.reader.until(b'\r\n\r\n')
        except Ended:
            return None
        # Parsed by itself: the body is left where it is.
        alone = Reader(lambda: b'')
        alone.buffer += raw
        return self._note(read_request(alone, self.number))

    def _note(self, request: Request | None) -> Request | None:
        if request is not None:
            self.upstream.note(request)
        return request

    def exactly(self, count: int) -> bytes:
        return self.reader.exactly(count)

    def rest(self) -> bytes:
        """Everything until the proxy ends the connection."""
        return self.reader.rest()

    def send(self, data: bytes) -> bool:
        """All of it; gives whether the proxy was still there to take it."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def end_sending(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()


def echo(incoming: Incoming) -> None:
    """Answers every request with its own target."""
    while (request := incoming.request()) is not None:
        incoming.send(answer(request.target.encode('latin-1')))


def always(data: bytes) -> Script:
    """Answers every request with the same bytes."""

    def script(incoming: Incoming) -> None:
        while incoming.request() is not None:
            incoming.send(data)

    return script


def once(data: bytes) -> Script:
    """Answers the first request of each connection, and ends it."""

    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(data)

    return script


class Upstream:
    """Listens on a free port; every connection runs the script. Questions of the proxy's own are no part of the record.

    `own` tells them by their head and answers them, or gives `None` for a request of a client's.
    """

    def __init__(self, patience: float, own: Callable[[bytes], bytes | None]) -> None:
        self.patience = patience
        self.own = own
        self.script: Script = echo
        self.closing = False
        self.requests: list[Request] = []
        self.connections: list[Incoming] = []
        self.subscriptions: list[Incoming] = []
        self._condition = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._all: list[Incoming] = []
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=512)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            incoming = Incoming(self, sock, len(self._all))
            self._all.append(incoming)
            thread = threading.Thread(target=self._serve, args=(incoming,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, incoming: Incoming) -> None:
        try:
            if not self._own(incoming):
                with self._condition:
                    self.connections.append(incoming)
                self.changed()
                self.script(incoming)
            # FIN, then what is still under way is read: a close with unread bytes would be a reset.
            incoming.end_sending()
            incoming.rest()
        except (Ended, Late, OSError):
            pass
        finally:
            incoming.over = True
            incoming.socket.close()
            self.changed()

    def _own(self, incoming: Incoming) -> bool:
        """Serves a connection of the proxy's own, and the run's; gives whether it was one."""
        reader = incoming.reader
        while True:
            try:
                while b'\r\n\r\n' not in reader.buffer:
                    reader.more()
            except Ended:
                return not reader.buffer
            head = bytes(reader.buffer).partition(b'\r\n\r\n')[0] + b'\r\n\r\n'
            said = self.own(head)
            if said is None:
                if head.split(b' ')[1:2] != [SYNC.encode()]:
                    return False
                said = answer()
            reader.exactly(len(head))
            incoming.send(said)
            if said.startswith(b'HTTP/1.1 101'):
                with self._condition:
                    self.subscriptions.append(incoming)
                self.changed()
                incoming.rest()
                return True

    def note(self, request: Request) -> None:
        with self._condition:
            self.requests.append(request)
            self._condition.notify_all()

    def changed(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def wait(self, what: str, wanted: Callable[[], bool]) -> None:
        """Until it is so.

        :raises Late: it was not within the patience of the run.
        """
        with self._condition:
            if not self._condition.wait_for(wanted, self.patience):
                raise Late(f'{what}: not within {self.patience:g} s')

    def stop_listening(self) -> None:
        """Nobody is let in any more; a new connection is refused."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()

    def drained(self) -> None:
        """Every connection was read to its end. The proxy must be gone."""
        self.stop_listening()
        for thread in list(self._threads):
            thread.join(self.patience)

    def close(self) -> None:
        self.closing = True
        self.stop_listening()
        for incoming in list(self._all):
            with contextlib.suppress(OSError):
                incoming.socket.shutdown(socket.SHUT_RDWR)
        self.changed()
        for thread in list(self._threads):
            thread.join(1)
