"""Messages for the user: pushed over the websocket, or queued for `GET /messages` if nobody listens."""

import json
from collections import deque
from enum import StrEnum
from typing import Any

from legacy.notifier import Notifier


class MessageType(StrEnum):
    LEGACY = 'legacy'
    DATA_MIGRATION_STATUS = 'data_migration_status'
    PROGRESS_UPDATES = 'progress_updates'


class MessagesAggregator:
    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self.warnings: deque[str] = deque()
        self.errors: deque[str] = deque()

    def add_warning(self, text: str) -> None:
        self.notifier.broadcast(
            MessageType.LEGACY,
            {'verbosity': 'warning', 'value': text},
            on_failure=lambda: self.warnings.append(text),
        )

    def add_message(self, message_type: str, data: Any) -> None:
        """Without a listener the whole message ends up as a JSON string among the *errors*, whatever its type."""
        self.notifier.broadcast(
            message_type,
            data,
            on_failure=lambda: self.errors.append(json.dumps({'type': message_type, 'data': data})),
        )

    def drain(self) -> tuple[list[str], list[str]]:
        """Warnings and errors in the order they came; reading empties both."""
        warnings, errors = list(self.warnings), list(self.errors)
        self.warnings.clear()
        self.errors.clear()
        return warnings, errors
