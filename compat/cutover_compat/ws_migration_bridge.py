"""The websocket's switch, by the name the migration plan gives it."""

from typing import Any

from cutover_compat import cli
from cutover_compat.messages import text_of
from cutover_compat.parts import NOTIFIER


def enable_async_mode() -> None:
    """From now on messages for the websocket go to the bridge."""
    cli.package().parts.switch(NOTIFIER, True)


def disable_async_mode() -> None:
    """From now on they go to the backend's own subscribers, as without this package."""
    cli.package().parts.switch(NOTIFIER, False)


def broadcast_ws_message(message_type: str, data: Any) -> int | None:
    """Sends a message to the bridge's clients and waits until they have it. Gives how many there are; None if the bridge
    is away or the part is off, and nobody got it from here.
    """
    package = cli.package()
    if package.messages is None or not package.hears(NOTIFIER):
        return None
    return package.messages.send(text_of(message_type, data))
