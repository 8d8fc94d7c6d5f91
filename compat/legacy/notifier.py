"""The websocket side: echo to the sender, broadcast to every open subscriber."""

import json
import logging
from collections.abc import Callable
from typing import Any

from geventwebsocket import WebSocketError
from geventwebsocket.resource import WebSocketApplication
from geventwebsocket.websocket import WebSocket

logger = logging.getLogger(__name__)


class Notifier:
    """Sends each message synchronously to each subscriber, in the caller's greenlet."""

    def __init__(self) -> None:
        self.subscribers: list[WebSocket] = []

    def broadcast(self, message_type: str, data: Any, on_failure: Callable[[], None]) -> None:
        """`on_failure` runs if nobody listens, and once more for every subscriber that cannot be reached."""
        text = json.dumps({'type': message_type, 'data': data})
        self.subscribers = [socket for socket in self.subscribers if not socket.closed]
        if not self.subscribers:
            on_failure()
        for socket in list(self.subscribers):
            try:
                socket.send(text)
            except (WebSocketError, OSError) as e:
                logger.warning('could not notify a subscriber: %s', e)
                on_failure()


def subscriber_class(notifier: Notifier) -> type[WebSocketApplication]:
    """geventwebsocket instantiates a class per connection, so the notifier comes in by closure."""

    class Subscriber(WebSocketApplication):
        def on_open(self, *_args: Any, **_kwargs: Any) -> None:
            notifier.subscribers.append(self.ws)

        def on_message(self, message: str | bytes | None, *_args: Any, **_kwargs: Any) -> None:
            if isinstance(message, str):
                self.ws.send(message)

        def on_close(self, *_args: Any, **_kwargs: Any) -> None:
            if self.ws in notifier.subscribers:
                notifier.subscribers.remove(self.ws)

    return Subscriber
