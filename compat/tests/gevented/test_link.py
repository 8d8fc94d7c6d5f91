"""The connection to the bridge: made, used, lost and made again, without anybody waiting for it."""

import os
import time
from typing import Any

import gevent
import pytest
from gevent.event import Event

from cutover_compat import zone
from cutover_compat.package import Package
from cutover_compat.parts import CACHES
from scripted import ScriptedBridge, until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('cutover_compat.link.FIRST_RETRY', 0.02)


def add_cache(package: Package, name: str) -> list[Any]:
    dropped: list[Any] = []
    package.caches[name] = dropped.append
    package.parts.place(CACHES, name)
    return dropped


def test_it_introduces_itself_and_says_what_has_changed_since(package: Package, attached: ScriptedBridge) -> None:
    said = attached.said('/attach')[0]
    assert (said['version'], said['pid'], said['backend']) == (1, os.getpid(), 'unknown')
    assert said['parts'] == {'notifier': False, 'session': False, 'caches': [], 'transactions': False, 'tasks': []}
    begin, offset = said['zone'][0]
    assert begin == zone.BEGIN and offset == time.localtime(begin).tm_gmtoff
    add_cache(package, 'assets')
    until(lambda: attached.said('/parts') and attached.said('/parts')[-1]['caches'] == ['assets'])


def test_caches_are_dropped_before_that_is_acknowledged(package: Package, attached: ScriptedBridge) -> None:
    assets, settings = add_cache(package, 'assets'), add_cache(package, 'settings')
    stale = [{'name': 'assets', 'keys': ['ETH']}, {'name': 'settings', 'keys': None}]
    assert attached.ask(kind='invalidate', caches=stale) == {'id': 1, 'ok': True, 'error': None}
    assert (assets, settings) == ([['ETH']], [None])


def test_what_can_not_be_dropped_is_said_and_the_rest_is_dropped(
    package: Package,
    attached: ScriptedBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assets = add_cache(package, 'assets')

    def fail(_: Any) -> None:
        raise KeyError('broken')

    package.caches['settings'] = fail
    for _ in range(2):
        stale = [{'name': 'of tomorrow'}, {'name': 'settings'}, {'name': 'assets'}]
        said = attached.ask(kind='invalidate', caches=stale)
        assert not said['ok']
        assert 'of tomorrow' in said['error']
        assert 'broken' in said['error']
    assert assets == [None, None]
    assert len(caplog.records) == 1, 'once'
    package.parts.switch(CACHES, False)
    assert 'the part is off' in attached.ask(kind='invalidate', caches=[{'name': 'assets'}])['error']


def test_parts_are_switched_by_the_bridge_and_it_hears_of_it_before_the_acknowledgement(
    package: Package,
    attached: ScriptedBridge,
) -> None:
    add_cache(package, 'assets')
    assert attached.ask(kind='part', name='caches', on=False)['ok']
    assert attached.said('/parts')[-1]['caches'] == []
    assert attached.ask(kind='part', name='caches', on=True)['ok']
    assert attached.said('/parts')[-1]['caches'] == ['assets']
    assert 'no part' in attached.ask(kind='part', name='tea', on=True)['error']


def test_what_is_not_known_is_passed_over(package: Package, attached: ScriptedBridge) -> None:
    attached.line(kind='ping')
    attached.line(kind='of tomorrow', id=99)
    assert attached.ask(kind='invalidate', caches=[])['ok']
    assert [said['id'] for said in attached.said('/ack')] == [1]


def test_it_connects_again_whenever_the_bridge_comes_back(package: Package, attached: ScriptedBridge) -> None:
    assert package.link is not None
    dropped = add_cache(package, 'assets')
    for _ in range(3):
        del dropped[:]
        attached.stop()
        until(lambda: not package.link.attached)
        until(lambda: dropped == [None])
        attached.start()
        until(lambda: package.link.attached)
        assert dropped == [None, None], 'what was not told meanwhile is as good as told'
        assert attached.ask(kind='invalidate', caches=[])['ok']


def test_nonsense_ends_the_connection_and_it_is_made_again(package: Package, attached: ScriptedBridge) -> None:
    assert attached.stream is not None
    attached.stream.sendall(b'3\r\n{]\n\r\n')
    until(lambda: len(attached.said('/attach')) == 2)
    attached.stream.sendall(b'zz\r\n')
    until(lambda: len(attached.said('/attach')) == 3)
    until(lambda: package.link is not None and package.link.attached)


def test_a_bridge_that_refuses_is_asked_again(
    package: Package,
    bridge: ScriptedBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge.answers['/attach'] = lambda _: (409, {'error': 'process 7 is attached'})
    package.start()
    until(lambda: len(bridge.said('/attach')) >= 3)
    assert [record.getMessage().count('process 7 is attached') for record in caplog.records] == [1]
    del bridge.answers['/attach']
    until(lambda: package.link is not None and package.link.attached)


def test_whatever_it_was_saying_ends_with_it(
    package: Package,
    bridge: ScriptedBridge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = Event()
    bridge.answers['/parts'] = lambda _: (asked.set(), gevent.sleep(60))
    package.start()
    assert asked.wait(5)
    link = package.link
    assert link is not None
    link.stop()
    bridge.stop()
    gevent.idle()
    assert caplog.records == []
    assert not link._saying


def test_a_bridge_that_says_nothing_is_given_up(
    package: Package,
    bridge: ScriptedBridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('cutover_compat.link.SILENCE_SECONDS', 0.05)
    package.start()
    until(lambda: len(bridge.said('/attach')) >= 3)


def test_nobody_else_waits_while_the_bridge_does_not_answer(package: Package, bridge: ScriptedBridge) -> None:
    def hang(_: Any) -> tuple[int, Any]:
        gevent.sleep(60)
        return 500, {}

    bridge.answers['/attach'] = hang
    package.start()
    until(lambda: bridge.said('/attach'))
    began = time.monotonic()
    for _ in range(100):
        gevent.sleep(0)
    assert time.monotonic() - began < 0.5
    assert not package.hears('notifier')
