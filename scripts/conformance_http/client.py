"""A raw client: sends the very bytes that it is given, and reads what comes back."""

import contextlib
import socket
import struct
import time

from reader import Ended, Reader
from wire import Answer, read_answer


class Late(Exception):
    """Something did not happen within the patience of the run; the text says what."""


class Client:
    """One connection to the proxy. Everything sent and received is kept, for the report of a failure."""

    def __init__(self, address: tuple[str, int], patience: float, narrow: bool = False) -> None:
        """`narrow` gives it a receive buffer of a few kilobytes, so that it soon has taken all it can."""
        self.patience = patience
        self.sent = bytearray()
        self.got = bytearray()
        self.socket = socket.socket()
        if narrow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(patience)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = Reader(self._receive)

    def _receive(self) -> bytes:
        try:
            data = self.socket.recv(65_536)
        except TimeoutError:
            raise Late(f'nothing came for {self.patience:g} s') from None
        except OSError:
            raise Ended(reset=True) from None
        self.got += data[:4096]
        return data

    def send(self, data: bytes) -> None:
        """All of it. A peer that has closed already is no fault: its answer may be waiting."""
        self.sent += data[:4096]
        try:
            self.socket.sendall(data)
        except TimeoutError:
            raise Late(f'the proxy took no more bytes for {self.patience:g} s') from None
        except OSError:
            pass

    def answer(self, method: str = 'GET') -> Answer:
        """The next answer, see `wire.read_answer`."""
        return read_answer(self.reader, method)

    def answer_if_any(self, method: str = 'GET') -> Answer | None:
        """The next answer; `None` if the connection ends before its head is whole."""
        try:
            return self.answer(method)
        except Ended:
            return None

    def exactly(self, count: int) -> bytes:
        return self.reader.exactly(count)

    def rest(self) -> bytes:
        """Everything until the proxy ends the connection."""
        return self.reader.rest()

    def was_reset(self) -> bool:
        """Reads to the end; whether that was a reset."""
        self.rest()
        return bool(self.reader.ended and self.reader.ended.reset)

    def end_sending(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Goes away without a goodbye."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.close()

    def close(self) -> None:
        self.socket.close()

    def drip(self, data: bytes, pause: float, longest: float) -> bool:
        """Sends byte by byte, again and again, until the proxy ends the connection or says something; gives whether it
        did before `longest` seconds were over."""
        until = time.monotonic() + longest
        at = 0
        self.socket.settimeout(pause)
        try:
            while time.monotonic() < until:
                try:
                    self.socket.sendall(data[at % len(data) :][:1])
                except OSError:
                    return True
                at += 1
                # The pause between two bytes is the wait for an answer to them.
                try:
                    self.reader.more()
                except Late:
                    continue
                except Ended:
                    pass
                return True
            return False
        finally:
            self.socket.settimeout(self.patience)
