"""The websocket side: echo to the sender, broadcast to every open subscriber."""

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from gevent.lock import BoundedSemaphore
from geventwebsocket import WebSocketError
from geventwebsocket.resource import WebSocketApplication

logger = logging.getLogger(__name__)


class Delivery(NamedTuple):
    delivered: int
    """Subscribers whose socket took the whole frame, which is not to say that they have read it."""
    failed: int
    """Times the failure callback ran: once per subscriber that could not be reached, once if there is none."""


class Subscriber(WebSocketApplication):
    """One connection. Its reader echoes while broadcasts come from other greenlets, so sends take turns."""

    def __init__(self, ws: Any) -> None:
        super().__init__(ws)
        self.turn = BoundedSemaphore()

    def send(self, message: str | bytes) -> None:
        """Blocks, for as long as the client does not read."""
        with self.turn:
            self.ws.send(message)

    def on_message(self, message: str | bytes | None, *_args: Any, **_kwargs: Any) -> None:
        """The last one is `None`, from a connection that has ended; whatever ends it has set `closed`."""
        if message is None:
            return
        try:
            self.send(message)
        except WebSocketError as e:
            logger.warning('could not echo: %s', e)


class Notifier:
    """Sends each message synchronously to one subscriber after the other, in the caller's greenlet.

    Nothing happens when a connection ends: broadcasts skip what is closed, and take it off the list in the end.
    """

    def __init__(self) -> None:
        self.subscribers: list[Subscriber] = []
        self.under_way = 0

    def broadcast(self, message_type: str, data: Any, on_failure: Callable[[], None]) -> Delivery:
        """`on_failure` runs if nobody listens, and for every subscriber that cannot be reached."""
        text = json.dumps({'type': message_type, 'data': data})
        delivered = failed = 0
        self.under_way += 1
        try:
            # The list itself, no copy: who connects while a send blocks is reached too.
            for subscriber in self.subscribers:
                if subscriber.ws.closed:
                    continue
                try:
                    subscriber.send(text)
                    delivered += 1
                except WebSocketError as e:
                    logger.warning('could not notify a subscriber: %s', e)
                    on_failure()
                    failed += 1
        finally:
            self.under_way -= 1
        if not self.under_way:  # else another broadcast is in the middle of this list
            self.subscribers = [subscriber for subscriber in self.subscribers if not subscriber.ws.closed]
        if delivered == failed == 0:
            on_failure()
            failed = 1
        return Delivery(delivered, failed)


def subscriber_class(notifier: Notifier) -> type[Subscriber]:
    """geventwebsocket instantiates a class per connection, so the notifier comes in by closure."""

    class Subscribed(Subscriber):
        def on_open(self, *_args: Any, **_kwargs: Any) -> None:
            notifier.subscribers.append(self)

    return Subscribed
