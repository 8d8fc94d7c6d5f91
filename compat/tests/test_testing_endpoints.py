"""The endpoints below `/_test`, which other test suites rely on."""

import hashlib
import http.client
import json
import random
import threading
import time

from harness import Legacy


def test_slow_lets_others_through_and_busy_does_not(shared: Legacy) -> None:
    def ping_seconds_during(endpoint: str) -> float:
        thread = threading.Thread(target=shared.call, args=('GET', f'/_test/{endpoint}?seconds=1'))
        thread.start()
        time.sleep(0.3)
        begin = time.monotonic()
        assert shared.call('GET', '/ping').status == 200
        elapsed = time.monotonic() - begin
        thread.join()
        return elapsed

    assert ping_seconds_during('slow') < 0.4
    assert ping_seconds_during('busy') > 0.4


def test_chunked_arrives_as_it_is_made(shared: Legacy) -> None:
    connection = http.client.HTTPConnection('127.0.0.1', shared.port, timeout=20)
    connection.request('GET', '/api/1/_test/chunked?chunks=3&size=5&delay_ms=300')
    response = connection.getresponse()
    assert response.getheader('Transfer-Encoding') == 'chunked'
    begin = time.monotonic()
    assert response.read(5) == b'aaaaa'
    assert time.monotonic() - begin < 0.25
    assert response.read() == b'bbbbbccccc'
    assert time.monotonic() - begin > 0.5
    connection.close()


def test_bytes(shared: Legacy) -> None:
    answer = shared.call('GET', '/_test/bytes?n=70000&seed=7')
    assert answer.header('Content-Length') == '70000'
    assert answer.body == random.Random(7).randbytes(70000)


def test_raw_upload(shared: Legacy) -> None:
    body = random.Random(1).randbytes(300_000)
    digest = hashlib.sha256(body).hexdigest()
    assert shared.raw('POST', '/api/1/_test/upload', body).result == {
        'bytes': len(body), 'sha256': digest, 'content_length': str(len(body)), 'transfer_encoding': None,
    }
    connection = http.client.HTTPConnection('127.0.0.1', shared.port, timeout=20)
    connection.request('POST', '/api/1/_test/upload', iter([body[:1000], body[1000:]]), encode_chunked=True, headers={
        'Transfer-Encoding': 'chunked',
    })
    assert json.loads(connection.getresponse().read())['result'] == {
        'bytes': len(body), 'sha256': digest, 'content_length': None, 'transfer_encoding': 'chunked',
    }
    connection.close()


def test_multipart_upload(shared: Legacy) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xc3\xb6\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1,2\n\r\n--b--\r\n'
    )
    result = shared.raw('POST', '/api/1/_test/upload', body, [('Content-Type', 'multipart/form-data; boundary=b')]).result
    assert result['form'] == {'note': 'ö'}
    assert result['files'] == {
        'file': {'filename': 'a.csv', 'bytes': 4, 'sha256': hashlib.sha256(b'1,2\n').hexdigest()},
    }
    assert result['content_length'] == str(len(body))


def test_expect_continue(shared: Legacy) -> None:
    connection = http.client.HTTPConnection('127.0.0.1', shared.port, timeout=20)
    connection.putrequest('POST', '/api/1/_test/upload')
    connection.putheader('Content-Length', '3')
    connection.putheader('Expect', '100-continue')
    connection.endheaders()
    assert connection.sock.recv(25) == b'HTTP/1.1 100 Continue\r\n\r\n'
    connection.send(b'abc')
    assert json.loads(connection.getresponse().read())['result']['bytes'] == 3
    connection.close()


def test_echo_shows_the_request_as_it_came(shared: Legacy) -> None:
    headers = [('X-Twice', 'one'), ('x-twice', 'two'), ('Cookie', 'a=1'), ('X-Under_score', 'kept')]
    for method in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE'):
        result = shared.raw(method, '//api/1/_test/ech%6f?q=%C3%B6&q=2', b'{bad', headers).result
        assert result['method'] == method
        assert result['target'] == '//api/1/_test/ech%6f?q=%C3%B6&q=2'
        assert result['query_string'] == 'q=%C3%B6&q=2'
        assert [tuple(header) for header in result['headers'] if header[0] not in ('Host', 'Content-Length')] == headers
        assert (result['body_bytes'], result['body_sha256']) == (4, hashlib.sha256(b'{bad').hexdigest())


def test_repeated_headers(shared: Legacy) -> None:
    headers = shared.call('GET', '/_test/repeat-headers').headers
    assert [value for name, value in headers if name == 'Set-Cookie'] == [
        'first=1; Path=/',
        'second="two, with a comma"; Path=/; HttpOnly',
    ]
    assert [value for name, value in headers if name == 'X-Repeated'] == ['one', 'two']
