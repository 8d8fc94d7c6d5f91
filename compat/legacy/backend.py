"""What one process holds in memory. Handlers get at it through `backend()`."""

from pathlib import Path
from typing import cast

import gevent
from flask import current_app
from gevent.event import Event

from legacy.background.greenlets import GreenletManager
from legacy.background.manager import MOST_TASKS, TaskManager
from legacy.db.globaldb import open_global_db
from legacy.messages import MessagesAggregator
from legacy.notifier import Notifier
from legacy.session import Session
from legacy.tasks import TaskRegistry

EXTENSION = 'legacy'


class Backend:
    def __init__(self, data_dir: Path, log_level: str = 'WARNING', disable_task_manager: bool = False) -> None:
        self.data_dir = data_dir
        self.log_level = log_level
        self.disable_task_manager = disable_task_manager
        self.notifier = Notifier()
        self.messages = MessagesAggregator(self.notifier)
        self.tasks = TaskRegistry()
        self.global_db = open_global_db(data_dir)
        self.session = Session(data_dir, self.global_db, self.messages)
        self.greenlet_manager = GreenletManager(self.messages)
        self.task_manager = TaskManager(MOST_TASKS, self.greenlet_manager, self.tasks, self.session, self.messages)
        self.stopping = Event()

    def start(self) -> None:
        """Background tasks have their turns from now on."""
        if not self.disable_task_manager:
            gevent.spawn(self.task_manager.run, self.stopping)

    def logout(self) -> None:
        """Tasks die first, so that none of them runs into a closed connection."""
        with self.task_manager.schedule_lock:
            self.tasks.clear()
            self.task_manager.clear()
            self.greenlet_manager.clear()
            self.session.logout()
            self.messages.drain()

    def close(self) -> None:
        self.stopping.set()
        if self.session.user is not None:
            self.logout()
        self.global_db.close()


def backend() -> Backend:
    return cast(Backend, current_app.extensions[EXTENSION])
