"""Header lines on their way up."""

from expect import clean, same, without
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('request-headers', 'Headers on their way up')


def get(lines: str) -> str:
    return f'GET /x HTTP/1.1\r\nHost: h\r\n{lines}\r\n\r\n'


@probe(
    'up-connection',
    'Connection, and what it names, ends at the proxy',
    level=MUST,
    source='RFC 9110 7.6.1; LESSONS 1',
    expects='neither goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('Connection: keep-alive, X-Named\r\nX-Named: 1\r\nX-Kept: 1'))
    without(request, 'x-named')
    check('x-named' not in request.tokens('connection'), f'Connection: {request.all("connection")}')
    same('X-Kept', request.all('x-kept'), ['1'])


@probe(
    'up-connection-lines',
    'Every Connection line is read',
    level=MUST,
    source='RFC 9110 7.6.1, 5.3; LESSONS 2',
    expects='nothing that one of them names goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent(
        get(
            'Connection: x-a\r\nX-A: 1\r\nconnection: keep-alive ,X-B,,\r\nX-B: 1\r\nCONNECTION:x-c\r\nX-C: 1\r\nX-B: 2'
        )
    )
    without(request, 'x-a', 'x-b', 'x-c')


@probe(
    'up-connection-no-text',
    'A Connection line that is no text still names what ends at the proxy',
    level=HOUSE,
    source='LESSONS 2',
    expects='what it names does not go up',
)
def _(trial: Trial) -> None:
    without(trial.sent(get('Connection: x-a, \xff\r\nX-A: 1')), 'x-a')


for _name, _value in [('Keep-Alive', '5'), ('Proxy-Connection', 'keep-alive'), ('TE', 'gzip'), ('Upgrade', 'h2c')]:

    @probe(
        f'up-hop-{_name.lower()}',
        f'{_name} ends at the proxy though no Connection line names it',
        level=SHOULD,
        source='RFC 9110 7.6.1; LESSONS 1',
        expects='it does not go up',
    )
    def _(trial: Trial, name: str = _name, value: str = _value) -> None:
        without(trial.sent(get(f'{name}: {value}')), name)


for _name, _value in [
    ('Proxy-Authorization', 'Basic eDp5'),
    ('Proxy-Authenticate', 'Basic'),
    ('Trailer', 'X-Sum'),
    ('HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA'),
]:

    @probe(
        f'up-hop-{_name.lower()}',
        f'{_name} ends at the proxy',
        level=HOUSE,
        source='LESSONS 1; RFC 9113 3.1',
        expects='it does not go up',
    )
    def _(trial: Trial, name: str = _name, value: str = _value) -> None:
        named = 'Connection: HTTP2-Settings\r\n' if name.startswith('HTTP2') else ''
        without(trial.sent(get(f'{named}{name}: {value}')), name)


@probe(
    'up-connection-ours',
    'A Connection line does not take away what the proxy itself says of the client',
    level=HOUSE,
    source='LESSONS 3, CVE-2024-45410',
    expects='X-Forwarded-For and -Proto go up',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('Connection: X-Forwarded-For, X-Forwarded-Proto, close'))
    same('X-Forwarded-For', request.all('x-forwarded-for'), ['127.0.0.1'])
    same('X-Forwarded-Proto', request.all('x-forwarded-proto'), ['http'])


@probe(
    'up-connection-needed',
    'A Connection line does not take away Host, Cookie or Authorization',
    level=HOUSE,
    source='LESSONS 3',
    expects='all three go up',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('Cookie: a=b\r\nAuthorization: Basic x\r\nConnection: Host, cookie, Authorization'))
    same('Host', len(request.all('host')), 1)
    same('Cookie', request.all('cookie'), ['a=b'])
    same('Authorization', request.all('authorization'), ['Basic x'])


@probe(
    'up-connection-framing',
    'A Connection line does not take away the framing of a body',
    level=MUST,
    source='RFC 9110 7.6.1; RFC 9112 6; LESSONS 3',
    expects='the body goes up with its framing',
)
def _(trial: Trial) -> None:
    request = trial.sent('POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: Content-Length\r\n\r\nhello')
    clean(request)
    same('the body', request.body, b'hello')


@probe(
    'up-underscore',
    'Field names with an underscore, which WSGI takes for a dash, do not go up',
    level=HOUSE,
    source='LESSONS 4, GHSA-5m6w-wvh7-57vm',
    expects='no such name goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('X_Forwarded_Proto: https\r\nContent_Length: 5\r\nX_Other: 1\r\nX-Kept: under_score'))
    names = [name.decode() for name, _ in request.headers if b'_' in name]
    check(not names, f'went up: {names}')
    same('X-Kept', request.all('x-kept'), ['under_score'])


@probe(
    'up-forwarded-for',
    'Several X-Forwarded-For lines become one, with the client at its end',
    level=HOUSE,
    source='LESSONS 5',
    expects='one line of three addresses',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('X-Forwarded-For: 1.1.1.1\r\nX-Other: x\r\nx-forwarded-for: 2.2.2.2'))
    same('X-Forwarded-For', request.all('x-forwarded-for'), ['1.1.1.1, 2.2.2.2, 127.0.0.1'])


@probe(
    'up-forwarded-forged',
    'A client does not say which scheme and host it asked for',
    level=HOUSE,
    source='LESSONS 5',
    expects='X-Forwarded-Proto and -Host are those of the connection',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test'))
    same('X-Forwarded-Proto', request.all('x-forwarded-proto'), ['http'])
    same('X-Forwarded-Host', request.all('x-forwarded-host'), ['h'])


@probe(
    'up-via',
    'Via names the proxy',
    level=MUST,
    source='RFC 9110 7.6.3 (of a gateway: inbound requests)',
    expects='a member with the version that was received goes up',
)
def _(trial: Trial) -> None:
    via = trial.sent(get('X-A: b')).tokens('via')
    check(len(via) == 1 and via[0].startswith(('1.1 ', 'http/1.1 ')), f'Via: {via}')


@probe(
    'up-via-appended',
    'Via keeps who was before, in order',
    level=MUST,
    source='RFC 9110 7.6.3',
    expects='the proxy is the last member',
)
def _(trial: Trial) -> None:
    via = trial.sent(get('Via: 1.0 fred, 1.1 p.example')).tokens('via')
    check(via[:2] == ['1.0 fred', '1.1 p.example'] and len(via) == 3, f'Via: {via}')


@probe(
    'up-via-version',
    'Via has the version of the message that was received',
    level=MUST,
    source='RFC 9110 7.6.3',
    expects='1.0 for a request of HTTP/1.0',
)
def _(trial: Trial) -> None:
    via = trial.sent('GET /x HTTP/1.0\r\nHost: h\r\n\r\n').tokens('via')
    check(len(via) == 1 and via[0].startswith(('1.0 ', 'http/1.0 ')), f'Via: {via}')


@probe(
    'up-unknown',
    'Fields that the proxy does not know go up',
    level=SHOULD,
    source='RFC 9110 5.1 (of a proxy)',
    expects='name and value',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('X-Unknown: a; b="c, d"\r\n!#$%&\'*+-.^`|~9: odd\r\nX-Empty:'))
    same('X-Unknown', request.all('x-unknown'), ['a; b="c, d"'])
    same('the odd one', request.all("!#$%&'*+-.^`|~9"), ['odd'])
    same('X-Empty', request.all('x-empty'), [''])


@probe(
    'up-repeated',
    'Lines of the same name keep their order',
    level=SHOULD,
    source='RFC 9110 5.3 (of a proxy)',
    expects='all values in the order they came',
)
def _(trial: Trial) -> None:
    request = trial.sent(get('X-R: 3\r\nX-Q: x\r\nX-R: 1, 2\r\nX-R: 0'))
    same('X-R', ', '.join(request.all('x-r')), '3, 1, 2, 0')


@probe(
    'up-obs-text',
    'Bytes beyond ASCII in values go up unchanged',
    level=SHOULD,
    source='RFC 9110 5.5',
    expects='the same bytes',
)
def _(trial: Trial) -> None:
    same('X-A', trial.sent(get('X-A: \xfc\x80 \xff\r\nX-Tab: a\tb')).all('x-a'), ['\xfc\x80 \xff'])


@probe(
    'up-as-sent',
    'Names keep their case, and lines their order',
    level=HOUSE,
    source='LESSONS 1',
    expects='the lines of the client, in one piece',
)
def _(trial: Trial) -> None:
    lines = b'X-Zulu: 1\r\nx-ALPHA: 2\r\nx-mike: 3\r\nAccept: */*\r\ncookie: 5\r\n'
    request = trial.sent(get(lines.decode().rstrip()))
    check(lines in request.raw, f'{request.raw!r}')


@probe('up-cookie-lines', 'Cookie lines go up as they came', level=HOUSE, source='RFC 6265 5.4', expects='two lines')
def _(trial: Trial) -> None:
    same('Cookie', trial.sent(get('Cookie: a=1\r\nCookie: b=2')).all('cookie'), ['a=1', 'b=2'])


@probe(
    'up-coding',
    'No content coding is asked for that the client did not ask for',
    level=HOUSE,
    source='LESSONS 34',
    expects='Accept-Encoding goes up as it came, or not at all',
)
def _(trial: Trial) -> None:
    same('none', trial.sent(get('X-A: b')).all('accept-encoding'), [])
    same('some', trial.sent(get('Accept-Encoding: br;q=0.5, gzip')).all('accept-encoding'), ['br;q=0.5, gzip'])
