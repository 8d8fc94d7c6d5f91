"""Interim answers of the upstream."""

from expect import same
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, always, answer

probe = theme('interim', 'Interim answers')

GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'
HINTS = b'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'

for _id, _interim, _name in [
    ('100', b'HTTP/1.1 100 Continue\r\n\r\n', '100'),
    ('102', b'HTTP/1.1 102 Processing\r\n\r\n', '102'),
    ('103', HINTS, '103'),
    ('several', b'HTTP/1.1 100 Continue\r\n\r\n' + HINTS + HINTS, 'several interim answers'),
    ('unknown', b'HTTP/1.1 142 Whatever\r\nX-Odd: 1\r\n\r\n', 'an interim answer that nobody knows'),
]:

    @probe(
        f'interim-{_id}',
        f'The final answer behind {_name} is the answer',
        level=MUST,
        source='RFC 9110 15.2; LESSONS 22',
        expects='200 with its body, and its header alone',
    )
    def _(trial: Trial, interim: bytes = _interim) -> None:
        trial.script(always(interim + answer()))
        client = trial.client()
        for _ in range(2):
            client.send(GET.encode())
            got = client.answer()
            same('the answer', (got.status, got.body), (200, b'ok'))
            check(not got.has('link') and not got.has('x-odd'), 'a line of the interim answer came with the final one')


@probe(
    'interim-103-forwarded',
    '103 (Early Hints) is passed on',
    level=SHOULD,
    source='RFC 9110 15.2 (of a proxy)',
    expects='103 comes down before the final answer',
)
def _(trial: Trial) -> None:
    trial.script(always(HINTS + answer()))
    got = trial.ask(GET)
    check([interim.status for interim in got.interim] == [103], f'before it came {[str(i) for i in got.interim]}')


@probe(
    'interim-http-1-0',
    'A client of HTTP/1.0 is never sent an interim answer',
    level=MUST,
    source='RFC 9110 15.2',
    expects='the final answer alone',
)
def _(trial: Trial) -> None:
    trial.script(always(HINTS + answer()))
    got = trial.ask('GET /x HTTP/1.0\r\nHost: h\r\n\r\n')
    check(got.status == 200 and not got.interim, f'{got} after {[str(interim) for interim in got.interim]}')


@probe(
    'interim-flood',
    'An upstream that sends nothing but interim answers holds nobody for ever',
    level=HOUSE,
    source='LESSONS 36',
    expects='a gateway error',
    answer_timeout=1,
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            for _ in range(100_000):
                if not incoming.send(b'HTTP/1.1 100 Continue\r\n\r\n' * 10):
                    return

    trial.script(script)
    client = trial.client()
    client.send(GET.encode())
    got = client.answer_if_any()
    check(got is None or got.status in (502, 504), f'it was answered {got}')
