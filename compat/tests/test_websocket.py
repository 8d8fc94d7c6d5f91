"""The notifier: echo, broadcast, the queue for those who poll, upgrades elsewhere."""

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import websocket
from harness import Legacy, wait_for

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER


@contextmanager
def client(legacy: Legacy, path: str = '/ws') -> Iterator[websocket.WebSocket]:
    connection = websocket.create_connection(f'ws://127.0.0.1:{legacy.port}{path}', timeout=20)
    try:
        # the echo proves that the server has subscribed us
        connection.send('hello')
        assert connection.recv() == 'hello'
        yield connection
    finally:
        connection.close()


def test_echo_goes_to_the_sender_only(legacy: Legacy) -> None:
    with client(legacy) as one, client(legacy, '/ws/anything?x=1') as two:
        one.send('für mich')
        assert one.recv() == 'für mich'
        legacy.call('POST', '/_test/broadcast', {'type': 'legacy', 'data': {'verbosity': 'warning', 'value': 'ö'}})
        for connection in (one, two):
            assert connection.recv() == '{"type": "legacy", "data": {"verbosity": "warning", "value": "\\u00f6"}}'
        assert legacy.call('GET', '/messages').result == {'warnings': [], 'errors': []}


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


def test_a_closed_client_no_longer_counts(legacy: Legacy) -> None:
    with client(legacy):
        pass

    def queued() -> bool:
        legacy.call('POST', '/_test/broadcast', {'type': 'refresh_balances', 'data': {}})
        return legacy.call('GET', '/messages').result['errors'] != []

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
