"""Bodies on their way, and what is asked before them."""

import hashlib

from expect import clean, same
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, always, answer
from wire import read_answer

probe = theme('bodies', 'Bodies')

MEBIBYTE = 1 << 20
FULL = 64 * MEBIBYTE


@probe(
    'bodies-large-up',
    'A megabyte goes up unchanged, with either framing',
    level=MUST,
    source='RFC 9112 6',
    expects='the same bytes, twice',
)
def _(trial: Trial) -> None:
    body = hashlib.sha256(b'seed').digest() * (MEBIBYTE // 32)
    pieces = b''.join(
        b'%x\r\n%b\r\n' % (len(body[at : at + 70_001]), body[at : at + 70_001]) for at in range(0, len(body), 70_001)
    )
    for framing, sent in (
        (f'Content-Length: {len(body)}', body),
        ('Transfer-Encoding: chunked', pieces + b'0\r\n\r\n'),
    ):
        request = trial.sent(f'POST /x HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n'.encode() + sent)
        clean(request)
        check(request.body == body, f'{framing}: {len(request.body)} other bytes')


@probe(
    'bodies-large-down',
    'A megabyte comes down unchanged, with each framing',
    level=MUST,
    source='RFC 9112 6',
    expects='the same bytes, three times',
)
def _(trial: Trial) -> None:
    body = hashlib.sha256(b'seed').digest() * (MEBIBYTE // 32)
    head = 'HTTP/1.1 200 OK\r\n'
    sent = {
        '/length': f'{head}Content-Length: {len(body)}\r\n\r\n'.encode() + body,
        '/chunked': f'{head}Transfer-Encoding: chunked\r\n\r\n'.encode() + b'%x\r\n%b\r\n0\r\n\r\n' % (len(body), body),
        '/close': f'{head}Connection: close\r\n\r\n'.encode() + body,
    }

    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            incoming.send(sent[request.target])
            if request.target == '/close':
                return

    trial.script(script)
    for target in sent:
        got = trial.ask(f'GET {target} HTTP/1.1\r\nHost: h\r\n\r\n')
        check(got.body == body and got.complete, f'{target}: {len(got.body)} other bytes')


@probe(
    'bodies-streamed-down',
    'A piece of an answer comes down before the next one is there',
    level=HOUSE,
    source='LESSONS 34',
    expects='each piece by itself',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is None:
            return
        incoming.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for word in (b'one', b'two'):
            incoming.send(b'3\r\n%b\r\n' % word)
            incoming.upstream.wait('the client has it', lambda word=word: word in seen)
        incoming.send(b'0\r\n\r\n')

    seen: list[bytes] = []
    trial.script(script)
    client = trial.client()
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    client.reader.until(b'\r\n\r\n')
    for word in (b'one', b'two'):
        client.reader.until(word)
        seen.append(word)
        trial.upstream.changed()
    client.reader.until(b'0\r\n\r\n')


@probe(
    'bodies-streamed-up',
    'A piece of a body goes up before the next one is there',
    level=HOUSE,
    source='LESSONS 34',
    expects='each piece by itself',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\n')
    for word in (b'one', b'two'):
        client.send(word)
        trial.upstream.wait(
            f'{word!r} has gone up', lambda word=word: any(word in up.received for up in trial.upstream.connections)
        )
    same('the answer', client.answer().status, 200)


@probe(
    'bodies-early-answer',
    'An answer that comes before the body is whole is passed on at once',
    level=SHOULD,
    source='RFC 9110 7.5, 9.3; LESSONS 27',
    expects='413 with its body, without a hang',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.head() is not None:
            incoming.send(answer(b'big', 'Connection: close', status='413 Content Too Large'))

    trial.script(script)
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx')
    got = client.answer()
    same('the answer', (got.status, got.body), (413, b'big'))


@probe(
    'bodies-held-down',
    'An answer that nobody reads is not piled up',
    level=HOUSE,
    source='LESSONS 34',
    expects='the upstream can not get rid of 64 MiB',
)
def _(trial: Trial) -> None:
    state = {'sent': 0}

    def script(incoming: Incoming) -> None:
        if incoming.request() is None:
            return
        incoming.send(f'HTTP/1.1 200 OK\r\nContent-Length: {FULL}\r\n\r\n'.encode())
        incoming.socket.settimeout(1.0)
        while state['sent'] < FULL:
            try:
                state['sent'] += incoming.socket.send(b'x' * 65_536)
            except OSError:
                break
        state['over'] = 1
        incoming.upstream.changed()

    trial.script(script)
    client = trial.client(narrow=True)
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    trial.upstream.wait('the upstream can send no more', lambda: 'over' in state)
    check(state['sent'] < FULL // 2, f'the proxy took {state["sent"] >> 20} MiB of it')


@probe(
    'bodies-held-up',
    'A body that the upstream does not read is not piled up',
    level=HOUSE,
    source='LESSONS 34',
    expects='the client can not get rid of 64 MiB',
)
def _(trial: Trial) -> None:
    over: list[int] = []

    def script(incoming: Incoming) -> None:
        if incoming.head() is not None:
            incoming.upstream.wait('the client can send no more', lambda: bool(over))

    trial.script(script)
    client = trial.client()
    client.send(f'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: {FULL}\r\n\r\n'.encode())
    sent = 0
    client.socket.settimeout(1.0)
    while sent < FULL:
        try:
            sent += client.socket.send(b'x' * 65_536)
        except OSError:
            break
    over.append(sent)
    trial.upstream.changed()
    check(sent < FULL // 2, f'the proxy took {sent >> 20} MiB of it')


@probe(
    'bodies-head',
    'HEAD is answered with the length and without the body, and the connection goes on',
    level=MUST,
    source='RFC 9110 9.3.2; RFC 9112 6.3; LESSONS 23',
    expects='Content-Length of the upstream, then the next answer',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            if request.method == 'HEAD':
                incoming.send(b'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nX-Kept: 1\r\n\r\n')
            else:
                incoming.send(answer(b'next'))

    trial.script(script)
    client = trial.client()
    client.send(b'HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n')
    got = client.answer('HEAD')
    same('HEAD', (got.status, got.all('content-length'), got.all('x-kept')), (200, ['12345'], ['1']))
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    same('the next answer', client.answer().body, b'next')


@probe(
    'bodies-head-chunked',
    'HEAD of a chunked answer has no body either',
    level=MUST,
    source='RFC 9110 9.3.2; RFC 9112 6.3',
    expects='the next answer comes right behind its head',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            incoming.send(
                b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
                if request.method == 'HEAD'
                else answer(b'next')
            )

    trial.script(script)
    client = trial.client()
    client.send(b'HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n')
    same('HEAD', read_answer(client.reader, 'HEAD').status, 200)
    client.send(b'GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    same('the next answer', client.answer().body, b'next')


@probe(
    'bodies-trailers-down',
    'Trailers of an answer are never taken for its header',
    level=MUST,
    source='RFC 9110 6.5.1; LESSONS 28',
    expects='no trailer in the header that comes down',
)
def _(trial: Trial) -> None:
    trial.script(
        always(
            b'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n'
            b'X-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n'
        )
    )
    got = trial.ask('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    check(got.body == b'ok' and not got.has('x-sum') and not got.has('set-cookie'), f'{got.raw!r}')


@probe(
    'bodies-trailers-down-dropped',
    'Trailers of an answer and their announcement end at the proxy',
    level=HOUSE,
    source='LESSONS 28',
    expects='neither comes down',
)
def _(trial: Trial) -> None:
    trial.script(
        always(
            b'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'
        )
    )
    got = trial.ask('GET /x HTTP/1.1\r\nHost: h\r\n\r\n')
    check(not got.trailers and not got.has('trailer'), f'{got.raw!r} {got.trailers}')
