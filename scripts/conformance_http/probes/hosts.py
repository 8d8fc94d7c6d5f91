"""The Host of a request, and the authority of an absolute target."""

from expect import clean, refused, rejected
from registry import HOUSE, MUST, SHOULD, theme
from trial import Trial, check

probe = theme('hosts', 'Host and authority')

REFUSED = '400, the connection ends, nothing goes up'

for _id, _lines, _level, _name in [
    ('none', 'X-A: b', MUST, 'A request without Host'),
    ('twice', 'Host: a\r\nHost: b', MUST, 'A request with two Host lines'),
    ('twice-same', 'Host: a\r\nX-A: b\r\nhost: a', MUST, 'A request with the same Host on two lines'),
    ('list', 'Host: a, b', MUST, 'A Host that is a list'),
    ('space', 'Host: a b', MUST, 'A Host with a space in it'),
    ('user', 'Host: user@a', MUST, 'A Host with a user in it'),
    ('path', 'Host: a/b', MUST, 'A Host with a path in it'),
    ('port', 'Host: a:b', MUST, 'A Host with a port that is no number'),
]:

    @probe(f'hosts-{_id}', f'{_name} is refused', level=_level, source='RFC 9112 3.2; LESSONS 6', expects=REFUSED)
    def _(trial: Trial, lines: str = _lines) -> None:
        refused(trial, f'GET /x HTTP/1.1\r\n{lines}\r\n\r\n')


@probe(
    'hosts-kept',
    'The Host goes up as the client sent it',
    level=HOUSE,
    source='LESSONS 6',
    expects='name, case and port',
)
def _(trial: Trial) -> None:
    hosts = trial.sent('GET /x HTTP/1.1\r\nHost: A.test:81\r\n\r\n').all('host')
    check(hosts == ['A.test:81'], f'{hosts}')


@probe(
    'hosts-empty',
    'A request with an empty Host has one Host upstream',
    level=MUST,
    source='RFC 9112 3.2',
    expects='refused, or forwarded with exactly one',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('GET /x HTTP/1.1\r\nHost:\r\n\r\n')
    check(rejected(outcome) or [len(request.all('host')) for request in outcome.forwarded] == [1], str(outcome))


@probe(
    'hosts-http-1-0',
    'A request of HTTP/1.0 without a Host is served, and has one upstream',
    level=MUST,
    source='RFC 9112 3.2',
    expects='exactly one Host goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent('GET /x HTTP/1.0\r\n\r\n')
    check(request.version != '1.1' or len(request.all('host')) == 1, f'{request.raw!r}')


@probe(
    'hosts-absolute',
    'A target in absolute form is served',
    level=MUST,
    source='RFC 9112 3.2.2',
    expects='its path goes up',
)
def _(trial: Trial) -> None:
    request = trial.sent('GET http://a.test/x?y=%20&z HTTP/1.1\r\nHost: a.test\r\n\r\n')
    check(request.target in ('/x?y=%20&z', 'http://a.test/x?y=%20&z'), request.target)


@probe(
    'hosts-absolute-wins',
    'The authority of an absolute target goes over the Host',
    level=MUST,
    source='RFC 9112 3.2.2; LESSONS 6',
    expects='refused, or one Host goes up, and it is that authority',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('GET http://a.test/x HTTP/1.1\r\nHost: b.test\r\n\r\n')
    if not rejected(outcome):
        check(
            [request.all('host') for request in outcome.forwarded] == [['a.test']],
            f'Host went up as {[request.all("host") for request in outcome.forwarded]}',
        )


@probe(
    'hosts-absolute-empty-path',
    'An absolute target without a path asks for /',
    level=MUST,
    source='RFC 9110 4.2.3',
    expects='/ goes up, and the query if there is one',
)
def _(trial: Trial) -> None:
    for target, up in (('http://a.test', '/'), ('http://a.test?q', '/?q')):
        request = trial.sent(f'GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n')
        check(request.target in (up, target), f'{target} went up as {request.target}')


@probe(
    'hosts-absolute-user',
    'A user in an absolute target is refused',
    level=SHOULD,
    source='RFC 9110 4.2.4',
    expects=REFUSED,
)
def _(trial: Trial) -> None:
    refused(trial, 'GET http://user:pw@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n')


@probe(
    'hosts-absolute-empty',
    'An absolute target without an authority is refused',
    level=MUST,
    source='RFC 9110 4.2.1',
    expects=REFUSED,
)
def _(trial: Trial) -> None:
    refused(trial, 'GET http:///x HTTP/1.1\r\nHost: a.test\r\n\r\n')


for _id, _target in [('bare', 'path'), ('query', '?q'), ('authority', 'a.test:80'), ('star', '*')]:

    @probe(
        f'hosts-form-{_id}',
        f'A GET for {_target!r}, which is no form of a target, is refused',
        level=SHOULD,
        source='RFC 9112 3.2, 3',
        expects=REFUSED,
    )
    def _(trial: Trial, target: str = _target) -> None:
        refused(trial, f'GET {target} HTTP/1.1\r\nHost: h\r\n\r\n')


@probe(
    'hosts-forwarded',
    'The client, its scheme and its host are told to the upstream',
    level=HOUSE,
    source='LESSONS 3',
    expects='X-Forwarded-For, -Proto and -Host',
)
def _(trial: Trial) -> None:
    request = trial.sent('GET /x HTTP/1.1\r\nHost: h.test\r\n\r\n')
    clean(request)
    told = [request.all(f'x-forwarded-{name}') for name in ('for', 'proto', 'host')]
    check(told == [['127.0.0.1'], ['http'], ['h.test']], f'{told}')
