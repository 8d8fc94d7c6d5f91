"""Header lines on their way down."""

from expect import same, without
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check
from upstream import Incoming, always, answer

probe = theme('answer-headers', 'Headers on their way down')

GET = 'GET /x HTTP/1.1\r\nHost: h\r\n\r\n'


@probe(
    'down-connection',
    'Connection of an answer, and what it names, ends at the proxy',
    level=MUST,
    source='RFC 9110 7.6.1; LESSONS 1',
    expects='neither comes down',
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'ok', 'Connection: keep-alive, X-Named', 'X-Named: 1', 'X-Kept: 1')))
    got = trial.ask(GET)
    without(got, 'x-named')
    check('x-named' not in got.tokens('connection'), f'Connection: {got.all("connection")}')
    same('X-Kept', got.all('x-kept'), ['1'])


@probe(
    'down-connection-lines',
    'Every Connection line of an answer is read',
    level=MUST,
    source='RFC 9110 7.6.1, 5.3; LESSONS 2',
    expects='nothing that one of them names comes down',
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'', 'Connection: x-a', 'X-A: 1', 'connection: X-B', 'X-B: 1', 'X-B: 2')))
    without(trial.ask(GET), 'x-a', 'x-b')


for _name, _value in [('Keep-Alive', 'timeout=5'), ('Proxy-Connection', 'x'), ('TE', 'x'), ('Upgrade', 'h2c')]:

    @probe(
        f'down-hop-{_name.lower()}',
        f'{_name} of an answer ends at the proxy',
        level=SHOULD,
        source='RFC 9110 7.6.1; LESSONS 1',
        expects='it does not come down',
    )
    def _(trial: Trial, name: str = _name, value: str = _value) -> None:
        trial.script(always(answer(b'ok', f'{name}: {value}')))
        got = trial.ask(GET)
        check(value not in got.all(name), f'{name}: {got.all(name)}')


for _name in ('Proxy-Authenticate', 'Trailer'):

    @probe(
        f'down-hop-{_name.lower()}',
        f'{_name} of an answer ends at the proxy',
        level=HOUSE,
        source='LESSONS 1',
        expects='it does not come down',
    )
    def _(trial: Trial, name: str = _name) -> None:
        trial.script(always(answer(b'ok', f'{name}: x')))
        without(trial.ask(GET), name)


@probe(
    'down-date',
    'An answer without Date is given one',
    level=MUST,
    source='RFC 9110 6.6.1',
    expects='exactly one Date comes down',
)
def _(trial: Trial) -> None:
    same('Date lines', len(trial.ask(GET).all('date')), 1)


@probe('down-date-kept', 'The Date of an answer stays', level=HOUSE, source='RFC 9110 6.6.1', expects='the same Date')
def _(trial: Trial) -> None:
    date = 'Fri, 01 Jan 2027 00:00:00 GMT'
    trial.script(always(answer(b'ok', f'Date: {date}')))
    same('Date', trial.ask(GET).all('date'), [date])


@probe('down-server-kept', 'The Server of an answer stays', level=HOUSE, source='LESSONS 1', expects='the same Server')
def _(trial: Trial) -> None:
    trial.script(always(answer(b'ok', 'sERVER: x')))
    same('Server', trial.ask(GET).all('server'), ['x'])


@probe(
    'down-unknown',
    'Fields that the proxy does not know come down',
    level=SHOULD,
    source='RFC 9110 5.1 (of a proxy)',
    expects='name and value',
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'ok', 'X-Unknown: a; b="c, d"', 'X-Empty:')))
    got = trial.ask(GET)
    same('X-Unknown', got.all('x-unknown'), ['a; b="c, d"'])
    same('X-Empty', got.all('x-empty'), [''])


@probe(
    'down-set-cookie',
    'Set-Cookie lines are never joined, and keep their order',
    level=SHOULD,
    source='RFC 9110 5.3 (of a proxy)',
    expects='the lines of the upstream',
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'ok', 'Set-Cookie: a=1; Path=/', 'X-R: 1', 'Set-Cookie: b="2, 3"', 'X-R: 2')))
    got = trial.ask(GET)
    same('Set-Cookie', got.all('set-cookie'), ['a=1; Path=/', 'b="2, 3"'])
    same('X-R', ', '.join(got.all('x-r')), '1, 2')


@probe(
    'down-obs-text',
    'Bytes beyond ASCII in values come down unchanged',
    level=SHOULD,
    source='RFC 9110 5.5',
    expects='the same bytes',
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'ok', 'X-A: \xe9\xff \x80')))
    same('X-A', trial.ask(GET).all('x-a'), ['\xe9\xff \x80'])


@probe(
    'down-as-sent',
    'Names keep their case, and lines their order',
    level=HOUSE,
    source='LESSONS 1',
    expects='the lines of the upstream, in one piece',
)
def _(trial: Trial) -> None:
    lines = ['sERVER: x', 'X-Zulu: 1', 'mimetype: a/b', 'set-cookie: a=1', 'X_Under: kept', 'x-Alpha: 1']
    trial.script(always(answer(b'ok', *lines)))
    got = trial.ask(GET)
    check('\r\n'.join(lines).encode() in got.raw, f'{got.raw!r}')


STATUSES = [
    (299, ''),
    (300, 'MULTIPLE CHOICES'),
    (404, 'NOT FOUND'),
    (409, "CONFLICT (really; 'truly')"),
    (542, 'UNKNOWN'),
    (599, 'x'),
]


@probe(
    'down-status',
    'Statuses come down as they are, those that nobody knows too',
    level=MUST,
    source='RFC 9110 15; RFC 9112 4',
    expects='the same status',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        while (request := incoming.request()) is not None:
            status, reason = STATUSES[int(request.target[1:])]
            incoming.send(answer(b'body', status=f'{status} {reason}'))

    trial.script(script)
    for number, (status, _) in enumerate(STATUSES):
        got = trial.ask(f'GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n')
        same('status and body', (got.status, got.body), (status, b'body'))


@probe(
    'down-reason', 'Reason phrases come down as they are', level=HOUSE, source='RFC 9112 4', expects='the same phrase'
)
def _(trial: Trial) -> None:
    trial.script(always(answer(b'body', status="409 CONFLICT (really; 'truly')")))
    same('the phrase', trial.ask(GET).reason, "CONFLICT (really; 'truly')")


@probe(
    'down-not-coded',
    'A body is not coded anew',
    level=SHOULD,
    source='RFC 9110 7.7 (of a proxy); LESSONS 34',
    expects='the bytes of the upstream, Cache-Control: no-transform',
)
def _(trial: Trial) -> None:
    body = b'x' * 5000
    trial.script(always(answer(body, 'Content-Type: text/html', 'Cache-Control: no-transform')))
    got = trial.ask('GET /x HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip, br, deflate\r\n\r\n')
    same('the body', got.body == body and not got.has('content-encoding'), True)
