"""HTTP/1.1 over a Unix socket, with the standard library, whose sockets are the backend's: under gevent a wait is a
switch to others. Imported when the backend has patched it, not before.
"""

import http.client
import json
import socket
from http.client import HTTPException
from typing import Any

__all__ = ['Client', 'HTTPException', 'Refused', 'UnixConnection', 'answer']


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__('bridge', timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self.path)
        except BaseException:
            self.close()
            raise


class Refused(Exception):
    """The bridge answered, and not with 200."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f'{status}: {why}')
        self.status = status


def answer(response: http.client.HTTPResponse) -> Any:
    """What a short answer holds."""
    body = response.read()
    try:
        said = json.loads(body) if body else None
    except ValueError:
        said = None
    if response.status != 200:
        why = said.get('error') if isinstance(said, dict) else response.reason
        raise Refused(response.status, str(why))
    return said


class Client:
    """Requests one after the other or side by side, over connections that are kept."""

    KEPT = 4

    def __init__(self, path: str) -> None:
        self.path = path
        self.idle: list[UnixConnection] = []

    def post(self, target: str, body: str, timeout: float) -> Any:
        """A kept connection may have ended meanwhile; then, and only if nothing came of it, it is tried on a new one."""
        while self.idle:
            connection = self.idle.pop()
            try:
                return self._ask(connection, target, body, timeout)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                connection.close()
        return self._ask(UnixConnection(self.path, timeout), target, body, timeout)

    def _ask(self, connection: UnixConnection, target: str, body: str, timeout: float) -> Any:
        kept = False
        try:
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request('POST', target, body.encode(), {'Content-Type': 'application/json'})
            response = connection.getresponse()
            said = answer(response)
            kept = not response.will_close and len(self.idle) < self.KEPT
            return said
        except Refused:
            kept = not response.will_close and len(self.idle) < self.KEPT
            raise
        finally:
            if kept:
                self.idle.append(connection)
            elif connection.sock is not None:
                connection.close()

    def clear(self) -> None:
        """Closes what is kept, when the other side is gone."""
        idle, self.idle = self.idle, []
        for connection in idle:
            connection.close()
