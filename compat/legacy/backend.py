"""What one process holds in memory. Handlers get at it through `backend()`."""

from pathlib import Path
from typing import cast

from flask import current_app

from legacy.db.globaldb import open_global_db
from legacy.messages import MessagesAggregator
from legacy.notifier import Notifier
from legacy.session import Session
from legacy.tasks import TaskRegistry

EXTENSION = 'legacy'


class Backend:
    def __init__(self, data_dir: Path, log_level: str = 'WARNING') -> None:
        self.data_dir = data_dir
        self.log_level = log_level
        self.notifier = Notifier()
        self.messages = MessagesAggregator(self.notifier)
        self.tasks = TaskRegistry()
        self.global_db = open_global_db(data_dir)
        self.session = Session(data_dir, self.global_db, self.messages)

    def logout(self) -> None:
        """Tasks die first, so that none of them runs into a closed connection."""
        self.tasks.clear()
        self.session.logout()
        self.messages.drain()

    def close(self) -> None:
        if self.session.user is not None:
            self.logout()
        self.global_db.close()


def backend() -> Backend:
    return cast(Backend, current_app.extensions[EXTENSION])
