"""Writers pass side by side; who changes the user waits for them, and keeps them out."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._closed = 0

    @contextmanager
    def shared(self, stop: threading.Event) -> Iterator[bool]:
        """Gives whether it was let in."""
        with self._condition:
            while self._closed and not stop.is_set():
                self._condition.wait(0.2)
            entered = not self._closed
            self._inside += entered
        try:
            yield entered
        finally:
            with self._condition:
                self._inside -= entered
                self._condition.notify_all()

    @contextmanager
    def alone(self, seconds: float) -> Iterator[bool]:
        """Gives whether everybody was out in time; nobody new is let in either way."""
        end = time.monotonic() + seconds
        with self._condition:
            self._closed += 1
            while self._inside and time.monotonic() < end:
                self._condition.wait(0.2)
            out = not self._inside
        try:
            yield out
        finally:
            with self._condition:
                self._closed -= 1
                self._condition.notify_all()
