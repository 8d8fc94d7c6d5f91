"""Messages for the websocket: to the bridge while it is there, the old way otherwise, each once and in order."""

import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import gevent
import pytest

from cutover_compat.package import Package
from cutover_compat.parts import NOTIFIER
from scripted import ScriptedBridge, until


class Socket:
    """A subscriber of the backend's own."""

    closed = False

    def __init__(self, agent: str = 'a browser') -> None:
        self.environ = {'HTTP_USER_AGENT': agent}
        self.sent: list[Any] = []

    def send(self, text: str) -> None:
        self.sent.append(json.loads(text)['data'])


@pytest.fixture
def notifier(package: Package, attached: ScriptedBridge, load: Callable[[str], ModuleType]) -> Any:
    notifier = load('rotkehlchen.api.websockets.notifier').RotkiNotifier()
    load('rotkehlchen.user_messages')
    assert package.hears(NOTIFIER)
    return notifier


def ways() -> tuple[list[Any], dict[str, Any]]:
    """What comes of a message, in order, and callbacks that note it."""
    came: list[Any] = []
    callbacks = {
        'success_callback': lambda n: came.append(f'got {n}'),
        'success_callback_args': {'n': 1},
        'failure_callback': lambda n: came.append(f'missed {n}'),
        'failure_callback_args': {'n': 2},
    }
    return came, callbacks


def data_of(bridge: ScriptedBridge) -> list[Any]:
    return [said['data'] for said in bridge.said('/notify')]


def test_a_message_goes_to_the_bridge_and_its_sender_does_not_wait(notifier: Any, attached: ScriptedBridge) -> None:
    came, callbacks = ways()
    data = {'value': 'ö'}
    others = gevent.spawn(came.append, 'another greenlet')
    notifier.broadcast('legacy', data, **callbacks)
    assert came == [], 'nothing else has run'
    data['value'] = 'changed afterwards'
    until(lambda: 'got 1' in came)
    assert attached.said('/notify') == [{'type': 'legacy', 'data': {'value': 'ö'}}]
    assert sorted(came) == ['another greenlet', 'got 1']
    others.join()


def test_what_nobody_gets_at_the_bridge_goes_the_old_way(notifier: Any, attached: ScriptedBridge) -> None:
    attached.answers['/notify'] = lambda _: (200, {'delivered': 0})
    came, callbacks = ways()
    notifier.broadcast('a', 1, **callbacks)
    until(lambda: came == ['missed 2'])
    socket = Socket('cutover/1')
    notifier.subscribe(socket)
    notifier.broadcast('a', 2, **callbacks)
    until(lambda: came == ['missed 2', 'got 1'])
    assert socket.sent == [2], 'the bridge keeps what comes by its subscription'


def test_who_is_connected_to_the_backend_itself_gets_it_too_and_the_bridge_gets_it_once(
    notifier: Any,
    attached: ScriptedBridge,
) -> None:
    direct, subscription, gone = Socket(), Socket('cutover/1'), Socket()
    for socket in (direct, subscription, gone):
        notifier.subscribe(socket)
    gone.closed = True
    came, callbacks = ways()
    notifier.broadcast('a', 1, **callbacks)
    until(lambda: direct.sent)
    assert (direct.sent, subscription.sent, gone.sent, came) == ([1], [], [], ['got 1'])
    assert notifier.subscribers == [direct, subscription, gone]


def test_while_the_bridge_is_away_messages_go_the_old_way_at_once(
    package: Package,
    notifier: Any,
    attached: ScriptedBridge,
) -> None:
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    came, callbacks = ways()
    notifier.broadcast('a', 1, **callbacks)
    assert came == ['missed 2']
    attached.start()
    until(lambda: package.hears(NOTIFIER))
    notifier.broadcast('a', 2, **callbacks)
    until(lambda: data_of(attached) == [2])


def test_when_the_bridge_dies_in_the_middle_no_message_is_lost_and_the_order_is_kept(
    package: Package,
    notifier: Any,
    attached: ScriptedBridge,
) -> None:
    socket = Socket()
    notifier.subscribe(socket)

    def die(said: Any) -> tuple[int, Any]:
        if said['data'] == 3:
            attached.stop()
        return 200, {'delivered': 0}

    attached.answers['/notify'] = die
    for number in range(6):
        notifier.broadcast('a', number)
    until(lambda: package.link is not None and not package.link.attached)
    # Behind those that wait, whichever way they go.
    for number in range(6, 9):
        notifier.broadcast('a', number)
    until(lambda: len(socket.sent) == 9)
    assert socket.sent == list(range(9))


def test_what_is_no_json_is_the_originals_to_refuse(notifier: Any, attached: ScriptedBridge) -> None:
    came, callbacks = ways()
    notifier.broadcast('a', {1, 2}, **callbacks)
    assert came == ['missed 2']
    assert attached.said('/notify') == []


def test_the_part_is_switched_at_run_time(package: Package, notifier: Any, attached: ScriptedBridge) -> None:
    came, callbacks = ways()
    notifier.broadcast('a', 1, **callbacks)
    package.parts.switch(NOTIFIER, False)
    notifier.broadcast('a', 2, **callbacks)
    until(lambda: came == ['got 1', 'missed 2'])
    notifier.broadcast('a', 3, **callbacks)
    assert came[2:] == ['missed 2'], 'at once'
    package.parts.switch(NOTIFIER, True)
    notifier.broadcast('a', 4, **callbacks)
    until(lambda: data_of(attached) == [1, 4])


def test_who_reads_the_queue_sees_what_was_sent_before(notifier: Any, attached: ScriptedBridge, load: Any) -> None:
    aggregator = load('rotkehlchen.user_messages').MessagesAggregator()
    aggregator.rotki_notifier = notifier

    def slow(_: Any) -> tuple[int, Any]:
        gevent.sleep(0.02)
        return 200, {'delivered': 0}

    attached.answers['/notify'] = slow
    for number in range(3):
        aggregator.add_message('a', number)
    assert aggregator.consume_errors() == [0, 1, 2]
    assert aggregator.consume_errors() == []


def test_too_many_messages_go_the_old_way(notifier: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('cutover_compat.messages.LARGEST_COUNT', 2)
    came, callbacks = ways()
    for number in range(3):
        notifier.broadcast('a', number, **callbacks)
    assert came == ['missed 2']
    until(lambda: sorted(came) == ['got 1', 'got 1', 'missed 2'])


def test_an_error_of_ours_is_said_once_and_the_old_way_is_taken(
    package: Package,
    notifier: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(package.messages, 'put', lambda *_: 1 / 0)
    came, callbacks = ways()
    for _ in range(3):
        notifier.broadcast('a', 1, **callbacks)
    assert came == ['missed 2'] * 3
    assert len(caplog.records) == 1


def test_a_callback_that_fails_does_not_stop_the_others(notifier: Any, attached: ScriptedBridge) -> None:
    def fail() -> None:
        raise RuntimeError('mine')

    notifier.broadcast('a', 1, success_callback=fail)
    came, callbacks = ways()
    notifier.broadcast('a', 2, **callbacks)
    until(lambda: came == ['got 1'])


def test_the_switch_of_the_migration_plan_and_its_function(
    package: Package,
    notifier: Any,
    attached: ScriptedBridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cutover_compat import cli, ws_migration_bridge

    with pytest.raises(RuntimeError, match='was not started with'):
        ws_migration_bridge.enable_async_mode()
    monkeypatch.setattr(cli, '_package', package)
    attached.answers['/notify'] = lambda _: (200, {'delivered': 7})
    assert ws_migration_bridge.broadcast_ws_message('a', [1]) == 7
    ws_migration_bridge.disable_async_mode()
    assert not package.hears(NOTIFIER)
    assert ws_migration_bridge.broadcast_ws_message('a', [1]) is None
    ws_migration_bridge.enable_async_mode()
    attached.answers['/notify'] = lambda _: (500, {'error': 'broken'})
    assert ws_migration_bridge.broadcast_ws_message('a', [1]) is None


def test_a_socket_without_a_request_is_nobodys_subscription() -> None:
    from cutover_compat.hooks.rotki_notifier import is_ours

    assert not is_ours(SimpleNamespace(environ=None))
    assert not is_ours(SimpleNamespace(environ={}))
