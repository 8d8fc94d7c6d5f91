"""rotki: websocket messages go to the bridge, in order, without a wait for the sender.

rotki's notifier sends to one socket after the other in the caller's greenlet, in the middle of a database transaction at
times, and does not switch to others while it does. Nor does this: a message is put into a queue, and its callbacks run
when it is through. Whoever reads the queued messages (`GET /messages`, a logout) has the queue emptied first.
"""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded, replace
from cutover_compat.messages import text_of
from cutover_compat.parts import NOTIFIER
from cutover_compat.shape import find, parameters

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE, MESSAGES = 'rotkehlchen.api.websockets.notifier', 'rotkehlchen.user_messages'
OURS = 'cutover/'
"""The bridge's own subscription names itself so."""
FLUSH_SECONDS = 0.5
CALLBACKS = ('success_callback', 'success_callback_args', 'failure_callback', 'failure_callback_args')


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change_notifier(module, package))
    finder.add(MESSAGES, lambda module: change_messages(module, package))


def change_notifier(module: ModuleType, package: 'Package') -> None:
    package.parts.need(NOTIFIER, MODULE)
    parameters(module, 'RotkiNotifier.broadcast', 'self', 'message_type', 'to_send_data', *CALLBACKS)
    parameters(module, 'RotkiNotifier.subscribe', 'self', 'websocket')
    find(module, 'process_result')

    def make(original: Callable[..., None]) -> Callable[..., None]:
        def broadcast(
            self: Any,
            message_type: Any,
            to_send_data: Any,
            success_callback: Callable[..., Any] | None = None,
            success_callback_args: dict[str, Any] | None = None,
            failure_callback: Callable[..., Any] | None = None,
            failure_callback_args: dict[str, Any] | None = None,
        ) -> None:
            callbacks = (success_callback, success_callback_args, failure_callback, failure_callback_args)
            taken = wanted(package) and guarded(
                'handing a message over', hand_over, package, module, original, self, message_type, to_send_data, callbacks,
            )
            if not taken:
                original(self, message_type, to_send_data, *callbacks)

        return broadcast

    replace(module.RotkiNotifier, 'broadcast', make)
    package.parts.place(NOTIFIER, MODULE)


def wanted(package: 'Package') -> bool:
    """While older messages are on their way, newer ones go behind them, wherever they lead."""
    return package.messages is not None and (package.hears(NOTIFIER) or not package.messages.idle.is_set())


def hand_over(
    package: 'Package',
    module: ModuleType,
    original: Callable[..., None],
    notifier: Any,
    message_type: Any,
    data: Any,
    callbacks: tuple[Any, ...],
) -> bool:
    # As it is now: the sender may go on to change it. What is no JSON the original sees to.
    data = module.process_result({'data': data})['data']
    try:
        text = text_of(message_type, data)
    except TypeError:
        return False

    def done(delivered: int | None) -> None:
        if not delivered:
            original(notifier, message_type, data, *callbacks)
            return
        success, arguments = callbacks[:2]
        if success is not None:
            success(**(arguments or {}))
        direct = [socket for socket in notifier.subscribers if not socket.closed and not is_ours(socket)]
        if direct:
            # Who is connected to the backend itself gets it from there.
            original(SimpleNamespace(subscribers=direct, locks=notifier.locks), message_type, data)

    assert package.messages is not None
    return package.messages.put(text, package.hears(NOTIFIER), done)


def is_ours(socket: Any) -> bool:
    return (socket.environ or {}).get('HTTP_USER_AGENT', '').startswith(OURS)


def change_messages(module: ModuleType, package: 'Package') -> None:
    package.parts.need(NOTIFIER, MESSAGES)
    names = ('consume_warnings', 'consume_errors')
    for name in names:
        parameters(module, f'MessagesAggregator.{name}', 'self')

    def make(original: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
        def consume(self: Any) -> list[str]:
            if package.messages is not None:
                guarded('waiting for messages', package.messages.flush, FLUSH_SECONDS)
            return original(self)

        return consume

    for name in names:
        replace(module.MessagesAggregator, name, make)
    package.parts.place(NOTIFIER, MESSAGES)
