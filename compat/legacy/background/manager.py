"""The scheduler: every ten seconds a turn, in which tasks that are due are started, a few at a time."""

import logging
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from gevent import Greenlet
from gevent.event import Event
from gevent.lock import Semaphore

from legacy.background import assets, calendar
from legacy.background.greenlets import GreenletManager
from legacy.background.last_runs import is_due
from legacy.messages import MessagesAggregator
from legacy.tasks import TaskRegistry

if TYPE_CHECKING:
    from legacy.session import Session

logger = logging.getLogger(__name__)
TURN_SECONDS = 10
MOST_TASKS = 2
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
Candidate = Callable[[], list[Greenlet] | None]
"""Starts its task if it is due."""


class TaskManager:
    def __init__(
        self,
        max_tasks_num: int,
        greenlet_manager: GreenletManager,
        api_tasks: TaskRegistry,
        session: 'Session',
        messages: MessagesAggregator,
    ) -> None:
        self.max_tasks_num = max_tasks_num
        self.greenlet_manager = greenlet_manager
        self.api_tasks = api_tasks
        self.session = session
        self.messages = messages
        self.should_schedule = False
        """Not before the user has seen the balances: a login may have upgrades to do."""
        self.last_calendar_reminder_check = 0
        self.running_greenlets: dict[Candidate, list[Greenlet]] = {}
        self.potential_tasks: list[Candidate] = [
            self._maybe_trigger_calendar_reminder,
            self._maybe_delete_past_calendar_events,
            self._maybe_update_owned_assets,
            self._maybe_detect_new_spam_tokens,
        ]
        self.schedule_lock = Semaphore()
        """A logout holds it: nothing is started meanwhile."""
        self._given_now: int | None = None

    def run(self, stop: Event) -> None:
        """Until then, a turn every few seconds."""
        while not stop.wait(TURN_SECONDS):
            try:
                self.schedule()
            except Exception as e:  # noqa: BLE001  (the next turn may be better)
                logger.error('a turn of the scheduler failed: %s', e, exc_info=e)

    def schedule(self, now: int | None = None) -> list[Greenlet]:
        """One turn; gives what it has started. `now` is for tests."""
        if not self.should_schedule:
            return []
        with self.schedule_lock:
            if not self.should_schedule:  # there was a logout
                return []
            self._given_now = now
            try:
                return self._schedule()
            finally:
                self._given_now = None

    def _schedule(self) -> list[Greenlet]:
        """Tasks of clients that nobody has collected take slots too."""
        self.greenlet_manager.clear_finished()
        self.running_greenlets = {
            candidate: greenlets
            for candidate, greenlets in self.running_greenlets.items()
            if any(not greenlet.dead for greenlet in greenlets)
        }
        slots = self.max_tasks_num - len(self.greenlet_manager.greenlets) - len(self.api_tasks)
        started: list[Greenlet] = []
        random.shuffle(self.potential_tasks)
        for candidate in self.potential_tasks:
            if slots <= 0:
                break
            if candidate in self.running_greenlets:
                continue
            greenlets = candidate()
            if greenlets is not None:
                self.running_greenlets[candidate] = greenlets
                started.extend(greenlets)
                slots -= 1
        return started

    def clear(self) -> None:
        """At logout. For the next user it is as new."""
        running, self.running_greenlets = self.running_greenlets, {}
        for greenlets in running.values():
            gevent.killall(greenlets)
        self.should_schedule = False
        self.last_calendar_reminder_check = 0

    def _now(self) -> int:
        return int(time.time()) if self._given_now is None else self._given_now

    def _maybe_trigger_calendar_reminder(self) -> list[Greenlet] | None:
        now = self._now()
        if now - self.last_calendar_reminder_check < 5 * MINUTE:
            return None
        reminders = calendar.due_reminders(self.session.db, now)
        if not reminders:
            return None
        self.last_calendar_reminder_check = now
        return [
            self.greenlet_manager.spawn_and_track(
                after_seconds=None,
                task_name='Notify calendar reminders',
                exception_is_error=True,
                method=calendar.notify,
                db=self.session.db,
                messages=self.messages,
                reminders=reminders,
            ),
        ]

    def _maybe_delete_past_calendar_events(self) -> list[Greenlet] | None:
        db, now = self.session.db, self._now()
        if not is_due(db, calendar.LAST_DELETION, DAY, now):
            return None
        return [
            self.greenlet_manager.spawn_and_track(
                after_seconds=None,
                task_name='Delete old calendar entries',
                exception_is_error=True,
                method=calendar.delete_past,
                db=db,
                now=now,
            ),
        ]

    def _maybe_update_owned_assets(self) -> list[Greenlet] | None:
        db, now = self.session.db, self._now()
        if not is_due(db, assets.LAST_OWNED, HOUR, now):
            return None
        return [
            self.greenlet_manager.spawn_and_track(
                after_seconds=None,
                task_name='Update owned assets in globaldb',
                exception_is_error=True,
                method=assets.update_owned,
                db=db,
                global_db=self.session.global_db,
                now=now,
            ),
        ]

    def _maybe_detect_new_spam_tokens(self) -> list[Greenlet] | None:
        db, now = self.session.db, self._now()
        if not is_due(db, assets.LAST_SPAM, 6 * HOUR, now):
            return None
        return [
            self.greenlet_manager.spawn_and_track(
                after_seconds=None,
                task_name='Detect spam assets in globaldb',
                exception_is_error=True,
                method=assets.detect_spam,
                db=db,
                global_db=self.session.global_db,
                messages=self.messages,
                now=now,
            ),
        ]
