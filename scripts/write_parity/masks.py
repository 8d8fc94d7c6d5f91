"""What may differ between two runs of the same, each with its reason. Everything else is a difference."""

import re
import time
from collections import Counter
from typing import Any

UUID = r'[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
TOKEN = re.compile(rf'({UUID}|\b\d{{13}}\b|\b\d{{10}}\b)')
IDENTIFIER = re.compile(UUID)
SLACK = 2  # seconds before and after, for clocks that are rounded

NOW = 'now'
IDENTIFIERS = 'new identifiers'
REASONS = {
    NOW: 'Both values are times (seconds or milliseconds) within this run, such as settings.last_write_ts.',
    IDENTIFIERS: 'Both are random identifiers that the data did not have before; each stands for the same other one.',
}


class Masks:
    """Of one sequence: its span of time, and which new identifier of one side is which of the other."""

    def __init__(self) -> None:
        self.known: set[str] = set()  # identifiers that are no new ones
        self._began = time.time()
        self._forth: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self.hits: Counter[str] = Counter()

    def same(self, one: Any, other: Any) -> bool:
        if type(one) is not type(other):
            return False
        if one == other:
            return True
        if isinstance(one, str):
            return self._texts(one, other)
        if isinstance(one, (int, float)) and self._is_now(one) and self._is_now(other):
            self.hits[NOW] += 1
            return True
        return False

    def _texts(self, one: str, other: str) -> bool:
        ours, theirs = TOKEN.split(one), TOKEN.split(other)
        if len(ours) != len(theirs) or ours[::2] != theirs[::2]:
            return False
        pairs: list[tuple[str, str]] = []
        times = 0
        for a, b in zip(ours[1::2], theirs[1::2], strict=True):
            if a == b:
                continue
            if '-' in a and '-' in b:
                pairs.append((a, b))
            elif '-' not in a + b and self._is_now(int(a)) and self._is_now(int(b)):
                times += 1
            else:
                return False
        if not self._renamed(pairs):
            return False
        self.hits[NOW] += times
        return True

    def _renamed(self, pairs: list[tuple[str, str]]) -> bool:
        forth, back = dict(self._forth), dict(self._back)
        for a, b in pairs:
            if a in self.known or b in self.known or forth.setdefault(a, b) != b or back.setdefault(b, a) != a:
                return False
        self._forth, self._back = forth, back
        self.hits[IDENTIFIERS] += len(pairs)
        return True

    def _is_now(self, value: float) -> bool:
        span = (self._began - SLACK, time.time() + SLACK)
        return span[0] <= value <= span[1] or span[0] <= value / 1000 <= span[1]


def identifiers(values: list[Any]) -> set[str]:
    """The identifiers in some values."""
    return {found for value in values if isinstance(value, str) for found in IDENTIFIER.findall(value)}
