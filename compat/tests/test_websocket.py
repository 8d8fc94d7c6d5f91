"""The notifier: echo, broadcast, the queue for those who poll, upgrades elsewhere."""

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import websocket
from harness import Legacy, wait_for

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER

# More than the kernel takes for a client that does not read.
LARGE = {'type': 'progress_updates', 'data': 'x' * (8 << 20)}
LARGE_TEXT = json.dumps(LARGE)
SMALL = {'type': 'refresh_balances', 'data': {}}
SMALL_TEXT = json.dumps(SMALL)
UNREAD = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]


@contextmanager
def client(legacy: Legacy, path: str = '/ws', sockopt: list[Any] | None = None) -> Iterator[websocket.WebSocket]:
    connection = websocket.create_connection(
        f'ws://127.0.0.1:{legacy.port}{path}',
        timeout=20,
        sockopt=sockopt or [],
        skip_utf8_validation=True,  # it takes a second for a large message; decoding looks at them as well
    )
    try:
        # the echo proves that the server has subscribed us
        connection.send('hello')
        assert connection.recv() == 'hello'
        yield connection
    finally:
        connection.close()


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Threads for requests that are held up."""
    with ThreadPoolExecutor() as threads:
        yield threads


def broadcast(legacy: Legacy, message: dict[str, Any] = SMALL) -> Any:
    return legacy.call('POST', '/_test/broadcast', message).result


def held_up(legacy: Legacy, aside: ThreadPoolExecutor, first: websocket.WebSocket) -> Future[Any]:
    """A large broadcast that waits for the client which is next after `first`, and does not read."""
    request = aside.submit(broadcast, legacy, LARGE)
    assert first.recv() == LARGE_TEXT
    # Legacy goes from one client to the next without a pause. If it answers others now, it is held up.
    assert legacy.call('GET', '/ping').status == 200
    assert not request.done()
    return request


def reset(connection: websocket.WebSocket) -> None:
    """Ends it without a goodbye. Legacy could not stand one while it is blocked on the connection."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connection.shutdown()


def test_echo_goes_to_the_sender_only(legacy: Legacy) -> None:
    with client(legacy) as one, client(legacy, '/ws/anything?x=1') as two:
        one.send('für mich')
        assert one.recv() == 'für mich'
        legacy.call('POST', '/_test/broadcast', {'type': 'legacy', 'data': {'verbosity': 'warning', 'value': 'ö'}})
        for connection in (one, two):
            assert connection.recv() == '{"type": "legacy", "data": {"verbosity": "warning", "value": "\\u00f6"}}'
        assert legacy.call('GET', '/messages').result == {'warnings': [], 'errors': []}


def test_binary_messages_are_echoed_as_binary(legacy: Legacy) -> None:
    with client(legacy) as connection:
        for payload in (b'', b'\x00\xff', bytes(70_000)):
            connection.send_binary(payload)
            assert connection.recv_data() == (websocket.ABNF.OPCODE_BINARY, payload)


def test_a_broadcast_says_how_many_took_it_and_how_often_it_was_queued(legacy: Legacy) -> None:
    assert broadcast(legacy) == {'delivered': 0, 'queued': 1}
    with client(legacy):
        assert broadcast(legacy) == {'delivered': 1, 'queued': 0}
        with client(legacy):
            assert broadcast(legacy) == {'delivered': 2, 'queued': 0}


def test_texts_are_legacy_messages_to_clients_and_bare_in_the_queues(legacy: Legacy) -> None:
    texts = ({'value': 'one'}, {'value': 'two', 'verbosity': 'warning'}, {'value': 'three', 'verbosity': 'error'})
    for text in texts:
        assert legacy.call('POST', '/_test/warn', text).result == {'delivered': 0, 'queued': 1}
    assert legacy.call('GET', '/messages').result == {'warnings': ['one', 'two'], 'errors': ['three']}
    with client(legacy) as connection:
        for text in texts:
            assert legacy.call('POST', '/_test/warn', text).result == {'delivered': 1, 'queued': 0}
        assert [connection.recv() for _ in texts] == [
            '{"type": "legacy", "data": {"verbosity": "warning", "value": "one"}}',
            '{"type": "legacy", "data": {"verbosity": "warning", "value": "two"}}',
            '{"type": "legacy", "data": {"verbosity": "error", "value": "three"}}',
        ]


def test_without_clients_messages_are_queued_as_errors(legacy: Legacy) -> None:
    for number in (1, 2):
        legacy.call('POST', '/_test/broadcast', {'type': 'history_events_status', 'data': number})
    assert legacy.call('GET', '/messages').text == json.dumps({
        'result': {
            'warnings': [],
            'errors': [json.dumps({'type': 'history_events_status', 'data': number}) for number in (1, 2)],
        },
        'message': '',
    })
    assert legacy.call('GET', '/messages').text == '{"result": {"warnings": [], "errors": []}, "message": ""}'


def test_a_head_of_the_messages_empties_the_queues_too(legacy: Legacy) -> None:
    broadcast(legacy)
    legacy.call('POST', '/_test/warn', {'value': 'unseen'})
    head = legacy.call('HEAD', '/messages')
    assert (head.status, head.body) == (200, b'')
    assert int(head.header('Content-Length') or 0) > len('{"result": {"warnings": [], "errors": []}, "message": ""}')
    assert legacy.call('GET', '/messages').result == {'warnings': [], 'errors': []}


def test_who_connects_while_a_broadcast_is_held_up_gets_it_too(legacy: Legacy, aside: ThreadPoolExecutor) -> None:
    with client(legacy) as first, client(legacy, sockopt=UNREAD) as stalled:
        request = held_up(legacy, aside, first)
        with client(legacy) as late:
            assert stalled.recv() == LARGE_TEXT
            assert late.recv() == LARGE_TEXT
            assert request.result() == {'delivered': 3, 'queued': 0}


def test_an_echo_waits_until_the_broadcast_is_whole(legacy: Legacy, aside: ThreadPoolExecutor) -> None:
    with client(legacy) as first, client(legacy, sockopt=UNREAD) as stalled:
        request = held_up(legacy, aside, first)
        stalled.send('mine')
        assert stalled.recv() == LARGE_TEXT
        assert stalled.recv() == 'mine'
        assert request.result() == {'delivered': 2, 'queued': 0}


def test_a_message_is_queued_for_each_client_that_it_could_not_reach(legacy: Legacy, aside: ThreadPoolExecutor) -> None:
    with client(legacy) as first, client(legacy, sockopt=UNREAD) as stalled, client(legacy) as last:
        request = held_up(legacy, aside, first)
        second = aside.submit(broadcast, legacy)
        assert first.recv() == SMALL_TEXT
        reset(stalled)
        assert sorted([last.recv(), last.recv()]) == sorted([LARGE_TEXT, SMALL_TEXT])
        assert request.result() == second.result() == {'delivered': 2, 'queued': 1}
        assert sorted(legacy.call('GET', '/messages').result['errors']) == sorted([LARGE_TEXT, SMALL_TEXT])


def test_overlapping_broadcasts_leave_everybody_subscribed(legacy: Legacy, aside: ThreadPoolExecutor) -> None:
    with client(legacy):
        pass
    with client(legacy) as first, client(legacy, sockopt=UNREAD) as stalled, client(legacy) as last:
        request = held_up(legacy, aside, first)
        second = aside.submit(broadcast, legacy)
        assert first.recv() == SMALL_TEXT
        for connection in (stalled, last):
            assert connection.recv() == LARGE_TEXT
            assert connection.recv() == SMALL_TEXT
        assert request.result() == second.result() == {'delivered': 3, 'queued': 0}
        assert broadcast(legacy) == {'delivered': 3, 'queued': 0}
        for connection in (first, stalled, last):
            assert connection.recv() == SMALL_TEXT


def test_a_closed_client_no_longer_counts(legacy: Legacy) -> None:
    with client(legacy):
        pass

    def queued() -> bool:
        return broadcast(legacy) == {'delivered': 0, 'queued': 1}

    wait_for(queued)


def test_first_login_reports_its_migration(legacy: Legacy) -> None:
    with client(legacy) as connection:
        legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
        messages = [json.loads(connection.recv()) for _ in range(3)]
        assert {message['type'] for message in messages} == {'data_migration_status'}
        assert [message['data']['current_migration']['current_step'] for message in messages] == [1, 2, 3]


def test_async_tasks_report_progress(session: Legacy) -> None:
    with client(session) as connection:
        session.call('GET', '/_test/slow?seconds=0.1&async_query=true')
        message = json.loads(connection.recv())
        assert (message['type'], message['data']['subtype']) == ('progress_updates', 'multiple_prices_query_status')


def test_upgrade_elsewhere_gets_101_and_an_empty_close_frame(legacy: Legacy) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection(('127.0.0.1', legacy.port), timeout=20) as connection:
        connection.sendall((
            'GET /api/1/ping HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
            f'Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n'
        ).encode())
        received = b''
        while piece := connection.recv(4096):
            received += piece
    head, _, frames = received.partition(b'\r\n\r\n')
    assert head.startswith(b'HTTP/1.1 101 Switching Protocols')
    assert frames == b'\x88\x00'


def test_ping_frames_are_answered(legacy: Legacy) -> None:
    with client(legacy) as connection:
        connection.ping('abc')
        opcode, payload = connection.recv_data(control_frame=True)
        assert (opcode, payload) == (websocket.ABNF.OPCODE_PONG, b'abc')
