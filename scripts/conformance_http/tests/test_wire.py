"""The suite's own reader of messages: what it takes, and what it does not repair."""

import pytest

from reader import Ended, Malformed, Reader
from wire import read_answer, read_request


def reader(data: bytes, piece: int = 1 << 20) -> Reader:
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    return Reader(lambda: pieces.pop(0) if pieces else b'')


@pytest.mark.parametrize('piece', [1, 3, 1000])
def test_an_answer_is_read_however_it_is_cut(piece: int) -> None:
    data = (
        b'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 Very Well\r\nX-A:  b \r\nx-a: c\r\n'
        b'Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n00A\r\n0123456789\r\n0\r\nT: v\r\n\r\nHTTP/1.1 204 X\r\n\r\n'
    )
    source = reader(data, piece)
    answer = read_answer(source)
    assert (answer.status, answer.reason, answer.version) == (200, 'Very Well', '1.1')
    assert [interim.status for interim in answer.interim] == [103]
    assert answer.all('X-A') == ['b', 'c']
    assert (answer.body, answer.framing, answer.complete) == (b'abc0123456789', 'chunked', True)
    assert answer.trailers == ((b'T', b'v'),)
    assert read_answer(source).status == 204


@pytest.mark.parametrize(
    ('data', 'method', 'body', 'framing', 'complete'),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd', 'GET', b'abc', 'length', True),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'GET', b'ab', 'length', False),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'GET', b'abc', 'chunked', False),
        (b'HTTP/1.0 200 OK\r\n\r\nabc', 'GET', b'abc', 'close', True),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', 'HEAD', b'', 'none', True),
        (b'HTTP/1.1 304 X\r\nContent-Length: 3\r\n\r\n', 'GET', b'', 'none', True),
        (b'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n\x81\x00', 'GET', b'', 'none', True),
    ],
)
def test_a_body_ends_where_the_standard_says(
    data: bytes, method: str, body: bytes, framing: str, complete: bool
) -> None:
    answer = read_answer(reader(data), method)
    assert (answer.body, answer.framing, answer.complete) == (body, framing, complete)


@pytest.mark.parametrize(
    'data',
    [
        b'garbage\r\n\r\n',
        b'HTTP/1.1 2000 OK\r\n\r\n',
        b'HTTP/1.1 OK\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nX-A : b\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nX-A: b\rX-B: c\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nX-A: b\0\r\n\r\n',
        b'HTTP/1.1 200 OK\nX-A: b\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc',
        b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc',
        b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n',
        b'HTTP/1.1 100 Continue\r\n\r\n' * 100,
    ],
)
def test_what_is_malformed_is_not_repaired(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_answer(reader(data))


@pytest.mark.parametrize('data', [b'', b'HTTP/1.1 200 OK\r\n', b'HTTP/1.1 100 Continue\r\n\r\n'])
def test_an_end_before_the_final_head_is_an_end(data: bytes) -> None:
    with pytest.raises(Ended):
        read_answer(reader(data))


@pytest.mark.parametrize(
    ('data', 'faults'),
    [
        (b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n', 0),
        (b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab', 0),
        (b'GET /x HTTP/1.1\r\n\r\n', 1),
        (b'GET /x HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n', 1),
        (b'GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4, 4\r\n\r\n', 1),
        (b'GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n', 1),
        (b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 1),
        (b'GET /x HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\n\r\n', 1),
        (b'GET  /x HTTP/1.1\r\nHost: h\r\n\r\n', 1),
        (b'GET /x', 1),
        (b'POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n', 1),
    ],
)
def test_the_faults_of_a_request_are_noted(data: bytes, faults: int) -> None:
    request = read_request(reader(data), 0)
    assert request is not None
    assert len(request.faults) == faults, request.faults


def test_requests_follow_each_other_and_an_end_is_none() -> None:
    source = reader(b'POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\nHost: h\r\n\r\n', 5)
    first, second = read_request(source, 7), read_request(source, 7)
    assert first is not None
    assert second is not None
    assert (first.target, first.body, second.target, second.connection) == ('/1', b'ab', '/2', 7)
    assert read_request(source, 7) is None
