"""What a client asks before it sends a body."""

from dataclasses import replace

from expect import same
from registry import HOUSE, MUST, theme
from trial import Trial, check
from upstream import Incoming, answer

probe = theme('expectations', 'Expect: 100-continue')


@probe(
    'bodies-expect',
    'A client that waits for 100 (Continue) is told to go on, and answered',
    level=MUST,
    source='RFC 9110 10.1.1; LESSONS 21',
    expects='100 before the body, the body goes up, one answer',
)
def _(trial: Trial) -> None:
    trial.script(continuing)
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
    line = client.reader.until(b'\r\n\r\n')
    check(line.startswith(b'HTTP/1.1 100'), f'{line!r}')
    client.send(b'hello')
    same('the answer', client.answer().status, 200)
    same('the body', trial.upstream.requests[0].body, b'hello')


def continuing(incoming: Incoming) -> None:
    """As an upstream that says 100 where it is asked to."""
    while (head := incoming.head()) is not None:
        if head.has('expect'):
            incoming.send(b'HTTP/1.1 100 Continue\r\n\r\n')
        body = incoming.exactly(int(head.get('content-length') or 0))
        incoming.upstream.requests[-1] = replace(head, body=body, complete=True)
        incoming.send(answer())


@probe(
    'bodies-expect-not-forwarded',
    'The proxy answers Expect itself and does not hand it on',
    level=HOUSE,
    source='LESSONS 21, gevent issue 2075',
    expects='no Expect goes up',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello')
    client.answer()
    check(not trial.upstream.requests[0].has('expect'), 'it went up')


@probe(
    'bodies-expect-http-1-0',
    'A client of HTTP/1.0 is never told to go on',
    level=MUST,
    source='RFC 9110 10.1.1',
    expects='no 100 before the answer',
)
def _(trial: Trial) -> None:
    got = trial.ask('POST /x HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello')
    check(got.status == 200 and not got.interim, f'{got} after {[str(interim) for interim in got.interim]}')


@probe(
    'bodies-expect-none',
    'An expectation without a body is answered at once',
    level=MUST,
    source='RFC 9110 10.1.1',
    expects='the answer',
)
def _(trial: Trial) -> None:
    same('the answer', trial.ask('GET /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n').status, 200)
