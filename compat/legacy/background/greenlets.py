"""Greenlets with a name, and what becomes of one that fails."""

import logging
from collections.abc import Callable
from typing import Any

import gevent
from gevent import Greenlet

from legacy.messages import MessagesAggregator

logger = logging.getLogger(__name__)


class GreenletManager:
    def __init__(self, messages: MessagesAggregator) -> None:
        self.messages = messages
        self.greenlets: list[Greenlet] = []

    def spawn_and_track(
        self,
        after_seconds: float | None,
        task_name: str,
        exception_is_error: bool,
        method: Callable[..., Any],
        **kwargs: Any,
    ) -> Greenlet:
        """At once, or after some seconds. If it fails, the user hears of it only where that is an error."""
        greenlet = gevent.spawn_later(after_seconds or 0, method, **kwargs)
        greenlet.task_name = task_name
        greenlet.exception_is_error = exception_is_error
        greenlet.link_exception(self._failed)
        self.greenlets.append(greenlet)
        return greenlet

    def has_task(self, name: str) -> bool:
        """Whether one is under way whose name begins with this."""
        return any(not greenlet.dead and greenlet.task_name.startswith(name) for greenlet in self.greenlets)

    def clear_finished(self) -> None:
        self.greenlets = [greenlet for greenlet in self.greenlets if not greenlet.dead]

    def clear(self) -> None:
        """Kills all of them."""
        greenlets, self.greenlets = self.greenlets, []
        gevent.killall(greenlets)

    def _failed(self, greenlet: Greenlet) -> None:
        text = f'{greenlet.task_name} died with exception: {greenlet.exception}'
        if not greenlet.exception_is_error:
            logger.warning('%s, which is no error', text)
            return
        logger.error('%s', text, exc_info=greenlet.exception)
        self.messages.add_error(f'{text}. Check the logs for more details')
