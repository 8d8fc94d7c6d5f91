"""What follows an answer: bytes too many, and bodies that are none."""

from expect import same
from reader import Malformed
from registry import MUST, theme
from trial import Trial, check
from upstream import Incoming, Script, answer
from wire import Answer

probe = theme('excess', 'What follows an answer')


def first_then(first: bytes) -> Script:
    """Answers the very first request with these bytes and every later one with its target."""
    state = {'first': True}

    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            now, state['first'] = state['first'], False
            incoming.send(first if now else answer(request.target.encode()))

    return script


def ask_then_another(trial: Trial, first: bytes, method: str = 'GET') -> tuple[Answer | None, Answer]:
    """The first answer as far as it is one, and that of another client after it."""
    trial.script(first_then(first))
    client = trial.client()
    client.send(f'{method} /first HTTP/1.1\r\nHost: h\r\n\r\n'.encode())
    try:
        one = client.answer_if_any(method)
    except Malformed:
        one = None
    return one, trial.ask('GET /another HTTP/1.1\r\nHost: h\r\n\r\n')


EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'


for _id, _first, _name in [
    ('garbage', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokgarbage', 'Bytes behind an answer'),
    ('second', b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' + EVIL, 'A second answer to one request'),
    (
        'chunked',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n' + EVIL,
        'A second answer behind a chunked one',
    ),
    ('204', b'HTTP/1.1 204 NO CONTENT\r\n\r\n' + EVIL, 'An answer behind a 204'),
    ('304', b'HTTP/1.1 304 NOT MODIFIED\r\nContent-Length: 44\r\n\r\n' + EVIL, 'An answer behind a 304'),
]:

    @probe(
        f'answers-excess-{_id}',
        f'{_name} reach{"" if "Bytes" in _name else "es"} no other client',
        level=MUST,
        source='RFC 9112 6.3; LESSONS 24, 26',
        expects='the next client gets its own answer',
    )
    def _(trial: Trial, first: bytes = _first) -> None:
        one, another = ask_then_another(trial, first)
        check(one is not None, 'the first request was not answered')
        same('the next answer', another.body, b'/another')


@probe(
    'answers-excess-head',
    'A body behind an answer to HEAD reaches no other client',
    level=MUST,
    source='RFC 9112 6.3; LESSONS 26',
    expects='the next client gets its own answer',
)
def _(trial: Trial) -> None:
    _, another = ask_then_another(trial, b'HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n' + EVIL, 'HEAD')
    same('the next answer', another.body, b'/another')


@probe(
    'answers-unsolicited',
    'An answer that comes while nobody asked reaches nobody',
    level=MUST,
    source='RFC 9112 6.3, 9.2; LESSONS 26',
    expects='the next client gets its own answer',
)
def _(trial: Trial) -> None:
    sent: list[int] = []

    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            incoming.send(answer(request.target.encode()))
            if request.target == '/warm':
                incoming.upstream.wait('the client has its answer', lambda: bool(answered))
                incoming.send(EVIL)
                sent.append(1)
                incoming.upstream.changed()

    answered: list[int] = []
    trial.script(script)
    trial.ask('GET /warm HTTP/1.1\r\nHost: h\r\n\r\n')
    answered.append(1)
    trial.upstream.changed()
    trial.upstream.wait('it was sent', lambda: bool(sent))
    got = trial.ask('GET /next HTTP/1.1\r\nHost: h\r\n\r\n')
    check(b'evil' not in got.body, f'{got} {got.body!r}')


for _status in (204, 304):

    @probe(
        f'answers-{_status}-length',
        f'A {_status} comes down without a body, whatever it announces',
        level=MUST,
        source='RFC 9110 8.6, 15.3.5, 15.4.5; RFC 9112 6.3; LESSONS 24',
        expects='no body; behind it the next answer' + ('; no Content-Length' if _status == 204 else ''),
    )
    def _(trial: Trial, status: int = _status) -> None:
        def script(incoming: Incoming) -> None:
            while (request := incoming.request()) is not None:
                incoming.send(
                    f'HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\n'.encode()
                    if request.target == '/first'
                    else answer(b'next')
                )

        trial.script(script)
        client = trial.client()
        client.send(b'GET /first HTTP/1.1\r\nHost: h\r\n\r\n')
        got = client.answer()
        same('the status', got.status, status)
        check(status == 304 or not got.has('content-length'), f'{got.raw!r}')
        client.send(b'GET /next HTTP/1.1\r\nHost: h\r\n\r\n')
        same('the next answer', client.answer().body, b'next')


@probe(
    'answers-204-chunked',
    'A 204 comes down without Transfer-Encoding',
    level=MUST,
    source='RFC 9112 6.1',
    expects='none, and behind it the next answer',
)
def _(trial: Trial) -> None:
    trial.script(first_then(b'HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'))
    client = trial.client()
    client.send(b'GET /first HTTP/1.1\r\nHost: h\r\n\r\n')
    got = client.answer()
    check(got.status in (204, 502) and (got.status == 502 or not got.has('transfer-encoding')), f'{got.raw!r}')
    same('the next answer', trial.ask('GET /next HTTP/1.1\r\nHost: h\r\n\r\n').body, b'/next')
