"""Bytes from a socket, in pieces of a known end."""

from collections.abc import Callable


class Malformed(Exception):
    """Bytes that are no HTTP/1 message; the text says where."""


class Ended(Exception):
    """The connection ended first."""

    def __init__(self, reset: bool) -> None:
        super().__init__('reset' if reset else 'end of the connection')
        self.reset = reset


class Reader:
    """Bytes from a socket, taken in pieces of a known end. `receive` gives b'' at the end and raises `Ended`."""

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self.buffer = bytearray()
        self.ended: Ended | None = None

    def more(self) -> None:
        """Waits for at least a byte.

        :raises Ended: there is none, and will be none.
        """
        if self.ended is not None:
            raise self.ended
        try:
            data = self._receive()
        except Ended as e:
            self.ended = e
            raise
        if not data:
            self.ended = Ended(reset=False)
            raise self.ended
        self.buffer += data

    def until(self, mark: bytes) -> bytes:
        """Up to the mark and with it."""
        while (at := self.buffer.find(mark)) < 0:
            self.more()
        return self.exactly(at + len(mark))

    def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            self.more()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def rest(self) -> bytes:
        """Everything up to the end, in whichever way it ends."""
        try:
            while True:
                self.more()
        except Ended:
            pass
        data = bytes(self.buffer)
        self.buffer.clear()
        return data
