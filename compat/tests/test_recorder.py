"""`--record`: what the server made of the bytes it was sent."""

import hashlib
import json
import socket
from pathlib import Path

from harness import Legacy


def test_every_request_the_server_parses_is_written_down_and_so_is_what_it_takes_for_one(tmp_path: Path) -> None:
    records = tmp_path / 'records'
    legacy = Legacy(tmp_path / 'data', '--record', str(records))
    try:
        with socket.create_connection(('127.0.0.1', legacy.port), timeout=20) as client:
            client.sendall(
                b'POST /api/1/_test/echo?a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
                b'GET /api/1/ping HTTP/1.1\r\nHost: h\r\nX-A:  b \r\n\r\n'
                b'no request\r\n'
            )
            answers = b''.join(iter(lambda: client.recv(65536), b''))
        with socket.create_connection(('127.0.0.1', legacy.port), timeout=20) as client:
            client.sendall(b'PUT /api/1/_test/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab')
            client.shutdown(socket.SHUT_WR)
            assert client.recv(65536).startswith(b'HTTP/1.1 500 ')
    finally:
        legacy.stop()
    assert [b'X-Legacy-Record: %d\r\n' % number in answers for number in (1, 2, 3)] == [True, True, False]
    chunked, ping, refused, broken = (json.loads(line) for line in records.read_text().splitlines())
    assert (chunked['method'], chunked['target'], chunked['body_bytes']) == ('POST', '/api/1/_test/echo?a', 3)
    assert chunked['body_sha256'] == hashlib.sha256(b'abc').hexdigest()
    assert ping['headers'] == [['Host', 'h'], ['X-A', 'b']]
    assert (refused['refused'], refused['line'], refused['headers']) == ('400', 'no request', [])
    assert {record['connection'] for record in (chunked, ping, refused)} == {chunked['connection']}
    assert broken['method'] == 'PUT' and 'broken' in broken and 'body_sha256' not in broken
