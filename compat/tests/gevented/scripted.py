"""A bridge that does what a test says, in the same process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from gevent import socket
from gevent.event import AsyncResult
from gevent.queue import Queue

SECONDS = 5


class ScriptedBridge:
    """Answers every POST with what `answers` has for its path; `heard` has them in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[tuple[str, Any]] = []
        self.answers: dict[str, Callable[[Any], tuple[int, Any]]] = {'/notify': lambda said: (200, {'delivered': 1})}
        self.streams: Queue = Queue()
        self.acks: dict[int, AsyncResult] = {}
        self.open: list[socket.socket] = []
        self.id = 0
        self.stream: socket.socket | None = None
        self.accepting: gevent.Greenlet | None = None

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.accepting = gevent.spawn(self._accept)

    def stop(self) -> None:
        """As a bridge that is killed."""
        if self.accepting is not None:
            self.accepting.kill()
        self.listener.close()
        self.path.unlink(missing_ok=True)
        for connection in self.open:
            connection.close()
        self.open.clear()
        self.stream = None

    def said(self, path: str) -> list[Any]:
        return [said for at, said in self.heard if at == path]

    def line(self, **line: Any) -> None:
        text = json.dumps(line) + '\n'
        assert self.stream is not None
        self.stream.sendall(f'{len(text):x}\r\n{text}\r\n'.encode())

    def ask(self, **line: Any) -> Any:
        """Sends a line and gives what it is acknowledged with."""
        self.id += 1
        self.acks[self.id] = AsyncResult()
        self.line(id=self.id, **line)
        return self.acks[self.id].get(timeout=SECONDS)

    def _accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            self.open.append(connection)
            gevent.spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        try:
            while self._one(connection):
                pass
        except OSError:
            pass

    def _one(self, connection: socket.socket) -> bool:
        head = b''
        while b'\r\n\r\n' not in head:
            piece = connection.recv(1)
            if not piece:
                return False
            head += piece
        path = head.split(b' ')[1].decode()
        length = next(
            int(line.split(b':')[1]) for line in head.split(b'\r\n') if line.lower().startswith(b'content-length:')
        )
        body = b''
        while len(body) < length:
            body += connection.recv(length - len(body))
        said = json.loads(body)
        self.heard.append((path, said))
        if path == '/ack' and said['id'] in self.acks:
            self.acks[said['id']].set(said)
        status, answer = self.answers.get(path, lambda said: (200, {}))(said)
        if path == '/attach' and status == 200:
            connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
            self.stream = connection
            self.line(kind='hello', bridge='scripted')
            self.streams.put(said)
            return False
        text = json.dumps(answer).encode()
        connection.sendall(b'HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s' % (status, len(text), text))
        return True


def until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """Lets others run until it holds."""
    with gevent.Timeout(seconds, AssertionError('it did not come true in time')):
        while not (value := condition()):
            gevent.sleep(0.005)
    return value
