"""`async_query`: a greenlet per task, ids that count up for the life of the process, results read once."""

import itertools
import logging
from collections.abc import Callable
from typing import Any

import gevent
from gevent import Greenlet

from legacy.errors import ApiError
from legacy.wire import body_of

logger = logging.getLogger(__name__)
Outcome = dict[str, Any]


def outcome_of(work: Callable[[], Any]) -> Outcome:
    """Run a handler inside a task: what the client will find under `outcome`."""
    try:
        return body_of(work())
    except ApiError as e:
        return {**body_of(e.result, e.message), 'status_code': e.status}
    except Exception as e:  # a task must leave an outcome whatever happened
        logger.error('task died: %s', e, exc_info=e)
        return body_of(None, f'The backend query task died unexpectedly: {e}')


class TaskRegistry:
    """Entries stay until their outcome is read, the task is cancelled, or the user logs out."""

    def __init__(self) -> None:
        self._ids = itertools.count()
        self._greenlets: dict[int, Greenlet] = {}

    def __len__(self) -> int:
        return len(self._greenlets)

    def spawn(self, work: Callable[[], Any]) -> int:
        task_id = next(self._ids)
        self._greenlets[task_id] = gevent.spawn(outcome_of, work)
        return task_id

    def pending(self) -> list[int]:
        return [task_id for task_id, greenlet in self._greenlets.items() if not greenlet.dead]

    def completed(self) -> list[int]:
        return [task_id for task_id, greenlet in self._greenlets.items() if greenlet.dead]

    def knows(self, task_id: int) -> bool:
        return task_id in self._greenlets

    def take_outcome(self, task_id: int) -> Outcome | None:
        """The outcome of a finished task, which is forgotten by this; None while it runs."""
        greenlet = self._greenlets[task_id]
        if not greenlet.dead:
            return None
        del self._greenlets[task_id]
        return greenlet.value

    def cancel(self, task_id: int) -> bool:
        """Only a running task can be cancelled; a finished one counts as not found."""
        greenlet = self._greenlets.get(task_id)
        if greenlet is None or greenlet.dead:
            return False
        del self._greenlets[task_id]
        greenlet.kill()
        return True

    def clear(self) -> None:
        """Kill everything except the caller: a logout may itself have been asked for by a task."""
        greenlets = [greenlet for greenlet in self._greenlets.values() if greenlet is not gevent.getcurrent()]
        self._greenlets.clear()
        gevent.killall(greenlets)
