"""What the Python servers of scripts/bench ws share: the message (that of bench/ws/src/message.rs) and the orders."""

import json
import time
from typing import Any, NamedTuple

MESSAGE_TYPE = 'legacy'
BYTES = 1024
FRAME = json.dumps({'type': MESSAGE_TYPE, 'data': {'verbosity': 'warning', 'value': ''}})
DIGITS = 20
FILLING = ('0123456789abcdef' * (BYTES // 16))[:BYTES - len(FRAME) - 2 * (DIGITS + 1)]


def data(number: int) -> dict[str, str]:
    """A warning, published now."""
    return {'verbosity': 'warning', 'value': f'{number:020d} {time.monotonic_ns():020d} {FILLING}'}


def text(number: int) -> str:
    """All of the message, as legacy writes it."""
    return json.dumps({'type': MESSAGE_TYPE, 'data': data(number)})


class Messages(NamedTuple):
    """Messages to publish."""

    first: int
    messages: int
    per_second: float | None

    def numbers(self) -> range:
        return range(self.first, self.first + self.messages)

    def wait(self, number: int, began: float) -> float:
        """Seconds until a message is to be published; without a pace at once."""
        if self.per_second is None:
            return 0.0
        return max(0.0, began + (number - self.first) / self.per_second - time.monotonic())


def messages_of(order: dict[str, Any]) -> Messages:
    return Messages(order['first'], order['messages'], order.get('per_second'))
