"""compat/legacy: websocket messages go to the bridge. Its notifier tells the sender what became of a message, so the
sender waits for it, as it does for the sockets of clients.
"""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded, replace
from cutover_compat.hooks.rotki_notifier import is_ours
from cutover_compat.messages import text_of
from cutover_compat.parts import NOTIFIER
from cutover_compat.shape import find, parameters

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE = 'legacy.notifier'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))


def change(module: ModuleType, package: 'Package') -> None:
    package.parts.need(NOTIFIER, MODULE)
    parameters(module, 'Notifier.broadcast', 'self', 'message_type', 'data', 'on_failure')
    find(module, 'Delivery.delivered')
    find(module, 'Delivery.failed')

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def broadcast(self: Any, message_type: str, data: Any, on_failure: Callable[[], None]) -> Any:
            delivered = None
            if package.hears(NOTIFIER) and package.messages is not None:
                delivered = guarded('handing a message over', lambda: package.messages.send(text_of(message_type, data)))
            if not delivered:
                return original(self, message_type, data, on_failure)
            if not self.under_way:
                self.subscribers = [subscriber for subscriber in self.subscribers if not subscriber.ws.closed]
            direct = [subscriber for subscriber in self.subscribers if not is_ours(subscriber.ws)]
            if not direct:
                return module.Delivery(delivered, 0)
            others = original(SimpleNamespace(subscribers=direct, under_way=0), message_type, data, lambda: None)
            return module.Delivery(delivered + others.delivered, 0)

        return broadcast

    replace(module.Notifier, 'broadcast', make)
    package.parts.place(NOTIFIER, MODULE)
