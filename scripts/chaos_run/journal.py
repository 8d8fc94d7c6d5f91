"""What happened when, as lines of JSON, and what did not hold."""

import json
import threading
import time
from pathlib import Path
from typing import Any, TextIO

MOST = 50  # findings that are kept; one fault of the bridge can show in every answer after it


class Journal:
    """Times are seconds since the run began, of the monotonic clock."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.began = time.monotonic()
        self.findings: list[dict[str, Any]] = []
        self.found = threading.Event()
        self._lock = threading.Lock()
        self._out: TextIO = file.open('w', encoding='utf-8')

    def at(self, moment: float) -> float:
        return round(moment - self.began, 3)

    def note(self, event: str, **more: Any) -> None:
        self._write({'t': self.at(time.monotonic()), 'event': event, **more})

    def say(self, event: str, text: str, **more: Any) -> None:
        """A note that is printed as well."""
        self.note(event, text=text, **more)
        print(f'{self.at(time.monotonic()):8.2f}  {text}', flush=True)

    def violated(self, invariant: str, what: str, **more: Any) -> None:
        entry = {'t': self.at(time.monotonic()), 'event': 'violated', 'invariant': invariant, 'what': what, **more}
        with self._lock:
            first = len(self.findings) < MOST
            if first:
                self.findings.append(entry)
        if first:
            self._write(entry)
            print(f'{entry["t"]:8.2f}  VIOLATED {invariant}: {what}', flush=True)
        self.found.set()

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False, default=str)
        with self._lock:
            if not self._out.closed:
                self._out.write(f'{line}\n')
                self._out.flush()

    def close(self) -> None:
        with self._lock:
            self._out.close()
