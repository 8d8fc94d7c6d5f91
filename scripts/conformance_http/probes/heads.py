"""The grammar of a request's head."""

import contextlib

from expect import clean, refused, rejected, rejected_or_clean, same
from reader import Ended
from registry import HOUSE, MUST, SHOULD, theme
from trial import NotApplicable, Trial, check

probe = theme('heads', 'The head of a request')

REFUSED = 'a client error, the connection ends, nothing goes up'


def head(lines: str, line: str = 'GET /x HTTP/1.1') -> str:
    return f'{line}\r\nHost: h\r\n{lines}\r\n\r\n'


@probe(
    'heads-space-before-colon',
    'Whitespace between a field name and its colon is refused',
    level=MUST,
    source='RFC 9112 5.1',
    expects=REFUSED,
)
def _(trial: Trial) -> None:
    refused(trial, head('X-A : b'))


@probe(
    'heads-fold',
    'A folded line is refused or unfolded',
    level=MUST,
    source='RFC 9112 5.2',
    expects='400, or the line goes up in one piece',
)
def _(trial: Trial) -> None:
    outcome = rejected_or_clean(trial, head('X-A: b\r\n Transfer-Encoding: chunked'))
    for request in outcome.forwarded:
        check(not request.has('transfer-encoding'), f'{request.raw!r}')


@probe('heads-fold-refused', 'A folded line is refused', level=HOUSE, source='LESSONS 8', expects=REFUSED)
def _(trial: Trial) -> None:
    refused(trial, head('X-A: b\r\n\tc'))


@probe(
    'heads-space-before-first',
    'A line with whitespace before it behind the request line is refused or left out',
    level=MUST,
    source='RFC 9112 2.2',
    expects='refused, or forwarded without it',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('GET /x HTTP/1.1\r\n X-A: b\r\nHost: h\r\n\r\n')
    if not rejected(outcome):
        for request in outcome.forwarded:
            clean(request)
            check(not request.has('x-a'), f'{request.raw!r}')


for _id, _char, _name, _source in [
    ('cr', '\r', 'bare CR', 'RFC 9112 2.2'),
    ('nul', '\0', 'NUL', 'RFC 9110 5.5'),
    ('lf-cr', '\n\r', 'pair of LF and CR', 'RFC 9110 5.5'),
]:

    @probe(
        f'heads-value-{_id}',
        f'A {_name} in a field value is refused or replaced',
        level=MUST,
        source=_source,
        expects='refused, or SP goes up in its place',
    )
    def _(trial: Trial, char: str = _char) -> None:
        rejected_or_clean(trial, head(f'X-A: a{char}X-B: b'))


for _id, _lines, _name in [
    ('name-space', 'X A: b', 'A field name with a space in it'),
    ('name-empty', ': b', 'A line without a field name'),
    ('name-paren', 'X(A): b', 'A field name with a parenthesis in it'),
    ('name-obs', 'X\xe9: b', 'A field name that is no ASCII'),
    ('no-colon', 'NoColon', 'A line without a colon'),
    ('value-bell', 'X-A: a\x07b', 'A control character in a field value'),
    ('value-del', 'X-A: a\x7fb', 'DEL in a field value'),
]:

    @probe(
        f'heads-{_id}', f'{_name} is refused', level=SHOULD, source='RFC 9112 2.2, RFC 9110 5.1, 5.5', expects=REFUSED
    )
    def _(trial: Trial, lines: str = _lines) -> None:
        refused(trial, head(lines))


@probe(
    'heads-bare-lf',
    'Lines that end with a bare LF are refused or mended',
    level=MUST,
    source='RFC 9112 2.2',
    expects='refused, or CRLF goes up',
)
def _(trial: Trial) -> None:
    rejected_or_clean(trial, 'GET /x HTTP/1.1\nHost: h\n\n')


@probe(
    'heads-bare-lf-refused',
    'Lines that end with a bare LF are refused',
    level=HOUSE,
    source='LESSONS 8',
    expects=REFUSED,
)
def _(trial: Trial) -> None:
    refused(trial, 'GET /x HTTP/1.1\nHost: h\n\n')


@probe(
    'heads-one-bare-lf-refused',
    'A single header line that ends with a bare LF is refused',
    level=HOUSE,
    source='LESSONS 8',
    expects=REFUSED,
)
def _(trial: Trial) -> None:
    refused(trial, 'GET /x HTTP/1.1\r\nHost: h\r\nX-A: b\nX-C: d\r\n\r\n')


for _id, _line, _level, _name in [
    ('two-spaces', 'GET  /x HTTP/1.1', HOUSE, 'A doubled space in the request line'),
    ('tab', 'GET\t/x HTTP/1.1', HOUSE, 'A tab in the request line'),
    ('space-first', ' GET /x HTTP/1.1', SHOULD, 'A space before the request line'),
    ('space-last', 'GET /x HTTP/1.1 ', HOUSE, 'A space behind the request line'),
    ('space-in-target', 'GET /a b HTTP/1.1', SHOULD, 'A space in the target'),
    ('method-paren', 'G(T /x HTTP/1.1', SHOULD, 'A method that is no token'),
    ('version-lower', 'GET /x http/1.1', SHOULD, 'A protocol name in lower case'),
    ('version-words', 'GET /x HTTP/1.1.1', SHOULD, 'A version of three numbers'),
    ('version-none', 'GET /x', SHOULD, 'A request line without a version'),
    ('target-none', 'GET HTTP/1.1', SHOULD, 'A request line without a target'),
]:

    @probe(f'heads-line-{_id}', f'{_name} is refused', level=_level, source='RFC 9112 2.2, 2.3, 3', expects=REFUSED)
    def _(trial: Trial, line: str = _line) -> None:
        outcome = trial.outcome(head('X-A: b', line))
        check(not outcome.forwarded and not outcome.went_on, str(outcome))
        check(outcome.status in (0, 400, 404, 405, 501, 505), str(outcome))


@probe(
    'heads-http-2-preface',
    'The preface of HTTP/2 is refused',
    level=HOUSE,
    source='RFC 9113 3.4',
    expects='400 or 505, or the end without a word, nothing goes up',
)
def _(trial: Trial) -> None:
    client = trial.client()
    client.send(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    with contextlib.suppress(Ended):
        client.reader.more()
    # The type of the first frame: SETTINGS.
    if client.reader.buffer[3:4] == b'\4':
        raise NotApplicable('it speaks HTTP/2')
    got = client.answer_if_any()
    check(got is None or got.status in (400, 405, 505), f'it was answered {got}')
    same('what went up', trial.settled(), [])


@probe(
    'heads-version-2',
    'A request of HTTP/2.0 in the form of HTTP/1 is not forwarded',
    level=SHOULD,
    source='RFC 9110 2.5, 15.6.6',
    expects='505 or 400, nothing goes up',
)
def _(trial: Trial) -> None:
    refused(trial, head('X-A: b', 'GET /x HTTP/2.0'), 505, 400)


@probe(
    'heads-version-1-2',
    'A request of HTTP/1.2 is served as one of HTTP/1.1',
    level=SHOULD,
    source='RFC 9110 2.5',
    expects='it goes up as HTTP/1.1',
)
def _(trial: Trial) -> None:
    check(trial.sent(head('X-A: b', 'GET /x HTTP/1.2')).version == '1.1', 'another version')


@probe(
    'heads-empty-lines',
    'Empty lines before a request are passed over',
    level=SHOULD,
    source='RFC 9112 2.2',
    expects='the request is answered',
)
def _(trial: Trial) -> None:
    client = trial.client()
    for target in ('/1', '/2'):
        client.send(f'\r\nGET {target} HTTP/1.1\r\nHost: h\r\n\r\n'.encode())
        check(client.answer().body == target.encode(), 'another answer')


@probe(
    'heads-tls',
    'A TLS handshake is answered as what it is here: no request',
    level=HOUSE,
    source='RFC 9112 2.2',
    expects='400 or the end without a word, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(b'\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03' + bytes(range(160)) + b'\r\n\r\n')
    check(outcome.status in (0, 400) and not outcome.forwarded and not outcome.went_on, str(outcome))


@probe(
    'heads-connect',
    'CONNECT opens no tunnel',
    level=HOUSE,
    source='RFC 9110 9.3.6',
    expects='a client or server error, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome('CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n', 'CONNECT')
    check(outcome.status >= 400 and not outcome.forwarded, str(outcome))


@probe(
    'heads-method-case',
    'Methods are case-sensitive',
    level=MUST,
    source='RFC 9110 9.1',
    expects='refused, or forwarded as it is',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(head('X-A: b', 'gEt /x HTTP/1.1'))
    check(rejected(outcome) or [request.method for request in outcome.forwarded] == ['gEt'], str(outcome))


@probe(
    'heads-method-unknown',
    'A method that is not known goes up',
    level=HOUSE,
    source='RFC 9110 9.1',
    expects='it is forwarded as it is',
)
def _(trial: Trial) -> None:
    check(trial.sent(head('X-A: b', 'M-SEARCH /x HTTP/1.1')).method == 'M-SEARCH', 'another method')


@probe(
    'heads-max-forwards-zero',
    'OPTIONS with Max-Forwards: 0 goes no further',
    level=MUST,
    source='RFC 9110 7.6.2',
    expects='answered by the proxy itself, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(head('Max-Forwards: 0', 'OPTIONS /x HTTP/1.1'), 'OPTIONS')
    check(outcome.status and not outcome.forwarded, str(outcome))


@probe(
    'heads-max-forwards',
    'Max-Forwards of OPTIONS is counted down',
    level=MUST,
    source='RFC 9110 7.6.2',
    expects='one less goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(head('Max-Forwards: 5', 'OPTIONS /x HTTP/1.1'), 'OPTIONS')
    counts = [request.all('max-forwards') for request in outcome.forwarded]
    check(counts == [['4']], f'Max-Forwards went up as {counts}')


@probe(
    'heads-trace',
    'TRACE with Max-Forwards: 0 goes no further',
    level=MUST,
    source='RFC 9110 7.6.2, 9.3.8',
    expects='answered by the proxy itself, nothing goes up',
)
def _(trial: Trial) -> None:
    outcome = trial.outcome(head('Max-Forwards: 0', 'TRACE /x HTTP/1.1'))
    check(outcome.status and not outcome.forwarded, str(outcome))
