"""Messages for the user: pushed over the websocket, or queued for `GET /messages` if nobody listens."""

import json
from collections import deque
from enum import StrEnum
from typing import Any

from legacy.notifier import Delivery, Notifier


class MessageType(StrEnum):
    LEGACY = 'legacy'
    DATA_MIGRATION_STATUS = 'data_migration_status'
    PROGRESS_UPDATES = 'progress_updates'
    CALENDAR_REMINDER = 'calendar_reminder'
    REFRESH_BALANCES = 'refresh_balances'


class MessagesAggregator:
    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier
        self.warnings: deque[str] = deque()
        self.errors: deque[str] = deque()

    def add_warning(self, text: str) -> Delivery:
        return self._add_text('warning', text, self.warnings)

    def add_error(self, text: str) -> Delivery:
        return self._add_text('error', text, self.errors)

    def _add_text(self, verbosity: str, text: str, missed: deque[str]) -> Delivery:
        return self.notifier.broadcast(
            MessageType.LEGACY,
            {'verbosity': verbosity, 'value': text},
            on_failure=lambda: missed.append(text),
        )

    def add_message(self, message_type: str, data: Any) -> Delivery:
        """Without a listener the whole message ends up as a JSON string among the *errors*, whatever its type."""
        return self.notifier.broadcast(
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
