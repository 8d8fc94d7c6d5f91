"""Both JSON styles, header order, reason phrases, the order of checks, routing."""

import json
from pathlib import Path

import pytest
from conftest import Start
from harness import Legacy, raw_exchange

from legacy.db.seed import DEFAULT_USER

JSON = [('Content-Type', 'application/json')]
NOT_FOUND = (
    'The requested URL was not found on the server. If you entered the URL manually '
    'please check your spelling and try again.'
)
BAD_BODY = '400 Bad Request: The browser (or proxy) sent a request that this server could not understand.'
WRONG_METHOD = '405 Method Not Allowed: The method is not allowed for the requested URL.'


def refusal(errors: object) -> str:
    return json.dumps({'message': json.dumps(errors), 'result': None}, separators=(',', ':')) + '\n'


def failure(message: str) -> str:
    return json.dumps({'result': None, 'message': message})


def test_normal_answer(shared: Legacy) -> None:
    answer = shared.call('GET', '/ping')
    assert answer.contract() == (
        200,
        'OK',
        [('mimetype', 'application/json'), ('Content-Type', 'application/json'), ('Content-Length', '31')],
        '{"result": true, "message": ""}',
    )
    assert answer.headers[-1][0] == 'Date'


def test_validation_answer(shared: Legacy) -> None:
    assert shared.call('PUT', '/tags', {'name': 'ö', 'ünk': 1}).contract() == (
        400,
        'BAD REQUEST',
        [('Content-Type', 'application/json'), ('Content-Length', '66')],
        '{"message":"{\\"\\\\u00fcnk\\": [\\"Unknown field.\\"]}","result":null}\n',
    )


MISSING = 'Missing data for required field.'
TS = 'Failed to deserialize a timestamp entry'
WRONG_NUMBER = "Expected string, int, float, or Decimal to initialize an FVal.Found <class 'str'>."
VALIDATION = [
    ('PUT', '/tags', {}, {'name': [MISSING]}),
    ('PUT', '/tags', {'name': ''}, {'name': ['Field cannot be an empty string']}),
    (
        'PUT', '/tags', {'name': 5, 'background_color': 'zz', 'foreground_color': '000000'},
        {
            'name': ['Not a valid string.'],
            'background_color': ['The given color code value "zz" could not be processed as a hex color value'],
        },
    ),
    (
        'PUT', '/tags', {'name': 'a', 'background_color': 'ffff', 'foreground_color': '000000'},
        {'background_color': ['The given color code value "ffff" does not have 6 hexadecimal digits']},
    ),
    ('PUT', '/tags', [], {'_schema': ['Invalid input type.']}),
    ('PUT', '/tags', 'x', {'_schema': ['Invalid input type.']}),
    ('PUT', '/users', {'name': 'x', 'password': 'y', 'sync_approval': 'maybe'}, {'sync_approval': ['Unknown field.']}),
    ('PUT', '/users', {'name': None, 'password': 'y'}, {'name': ['Field may not be null.']}),
    (
        'PUT', '/users',
        {'name': 'x', 'password': 'y', 'initial_settings': {'ui_floating_precision': 20, 'current_price_oracles': ['xx']}},
        {'initial_settings': {
            'ui_floating_precision': ['Floating numbers precision in the UI must be between 0 and 8'],
            'current_price_oracles': {'0': ['Invalid current price oracle: xx']},
        }},
    ),
    ('PATCH', f'/users/{DEFAULT_USER}', {'action': 'foo'}, {'action': ['Must be equal to logout.']}),
    (
        'PATCH', f'/users/{DEFAULT_USER}', {},
        {'_schema': ['Without an action premium api key and secret must be provided']},
    ),
    ('PUT', '/settings', {}, {'settings': [MISSING]}),
    ('PUT', '/settings', {'settings': {'nope': 1}}, {'settings': {'nope': ['Unknown field.']}}),
    (
        'PUT', '/settings', {'settings': {'main_currency': 'NOPE'}},
        {'settings': {'main_currency': ['Unknown asset NOPE provided.']}},
    ),
    (
        'PUT', '/settings', {'settings': {'current_price_oracles': []}},
        {'settings': {'current_price_oracles': [
            'Current price oracles list should not be empty and should have no repeated entries',
        ]}},
    ),
    ('PUT', '/assets/ignored', {'assets': ['NOPE']}, {'assets': {'0': ['Unknown asset NOPE provided.']}}),
    (
        'PUT', '/assets/ignored', {'assets': [5]},
        {'assets': {'0': ['Tried to initialize an asset out of a non-string identifier 5']}},
    ),
    ('PUT', '/assets/ignored', {'assets': 'ETH'}, {'assets': ['Not a valid list.']}),
    ('DELETE', '/notes', {'identifier': True}, {'identifier': ['Not a valid integer.']}),
    (
        'POST', '/notes', {'from_timestamp': -5},
        {'from_timestamp': [f'{TS}. Timestamps can not have negative values. Given value was -5']},
    ),
    ('POST', '/notes', {'from_timestamp': 'abc'}, {'from_timestamp': [f'{TS} from string abc due to {WRONG_NUMBER}']}),
    (
        'POST', '/notes', {'from_timestamp': 1.5},
        {'from_timestamp': [f'{TS} from string 1.5 due to Tried to ask for exact int from 1.5']},
    ),
    ('DELETE', '/tasks', None, {'task_id': ['task_id is required for this endpoint']}),
    ('GET', '/info?check_for_updates=maybe', None, {'check_for_updates': ['Not a valid boolean.']}),
    ('GET', '/info?check_for_updates=no&foo=1', None, {'foo': ['Unknown field.']}),
    ('GET', '/database/backups', None, {'file': [MISSING]}),
]


@pytest.mark.parametrize(('method', 'path', 'body', 'errors'), VALIDATION)
def test_refusals(shared: Legacy, method: str, path: str, body: object, errors: object) -> None:
    answer = shared.call(method, path, body)
    assert (answer.status, answer.text) == (400, refusal(errors))
    assert answer.header('mimetype') is None


@pytest.mark.parametrize('body', [b'', b'{bad', b'\xff', b'\xef\xbb\xbf{}', b'{"a": 1,}', '{}'.encode('utf-16')])
@pytest.mark.parametrize(('method', 'target'), [('PUT', '/api/1/tags'), ('GET', '/api/1/ping'), ('GET', '/api/1/nope')])
def test_body_is_decoded_before_anything_else(legacy_logged_out: Legacy, method: str, target: str, body: bytes) -> None:
    for content_type in ('application/json', 'application/JSON; charset=x', 'application/vnd.x+json'):
        answer = legacy_logged_out.raw(method, target, body, [('Content-Type', content_type)])
        assert (answer.status, answer.text) == (500, failure(BAD_BODY))


def test_order_of_checks(legacy_logged_out: Legacy, shared: Legacy) -> None:
    assert legacy_logged_out.call('GET', '/nope', {}).status == 404
    assert legacy_logged_out.call('PUT', '/tags', {'zz': 1}).contract()[:2] == (401, 'UNAUTHORIZED')
    assert legacy_logged_out.call('GET', '/premium/devices').status == 401
    answer = shared.call('PUT', '/premium/sync', {'nonsense': 1})
    assert (answer.status, answer.reason) == (403, 'FORBIDDEN')
    assert answer.text == failure(f'Currently logged in user {DEFAULT_USER} does not have a premium subscription')


@pytest.mark.parametrize('target', ['/', '/api/1', '/API/1/ping', '/ws', '/api/1/tasks/abc', '/api/1/tasks/-1', '/api/1/tags/'])
def test_unknown_paths(shared: Legacy, target: str) -> None:
    answer = shared.raw('GET', target)
    assert (answer.status, answer.reason, answer.text) == (404, 'NOT FOUND', failure(NOT_FOUND))


@pytest.mark.parametrize('method', ['POST', 'TRACE', 'MADEUP'])
def test_wrong_method_is_a_500(shared: Legacy, method: str) -> None:
    answer = shared.call(method, '/ping')
    assert (answer.status, answer.text) == (500, failure(WRONG_METHOD))
    assert answer.header('Allow') is None


def test_redirects(shared: Legacy) -> None:
    host = [('Host', 'example.org:1')]
    for method, target, location in (
        ('POST', '/api/1/assets/evm/spam?a=1', 'http://example.org:1/api/1/assets/evm/spam/?a=1'),
        ('GET', '/api/1//tags', 'http://example.org:1/api/1/tags'),
    ):
        answer = shared.raw(method, target, headers=host)
        assert (answer.status, answer.reason) == (308, 'PERMANENT REDIRECT')
        assert answer.header('Location') == location
        assert answer.header('Content-Type') == 'text/html; charset=utf-8'
    assert shared.raw('GET', '//api/1/ping').status == 200
    assert shared.raw('GET', '/api/1/assets/evm/spam').status == 404


def test_head_and_options(shared: Legacy) -> None:
    get, head = shared.call('GET', '/tags'), shared.call('HEAD', '/tags')
    assert head.contract()[:3] == get.contract()[:3]
    assert head.body == b''
    options = shared.call('OPTIONS', '/tags')
    assert (options.status, options.body, options.header('Content-Length')) == (200, b'', '0')
    assert sorted((options.header('Allow') or '').split(', ')) == ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT']


def test_other_content_types_count_as_no_body(shared: Legacy) -> None:
    answer = shared.raw('PUT', '/api/1/tags', b'name=1', [('Content-Type', 'application/x-www-form-urlencoded')])
    assert (answer.status, answer.text) == (400, refusal({'name': [MISSING]}))


def test_body_that_is_no_object_where_the_url_is_merged_in(shared: Legacy) -> None:
    answer = shared.raw('POST', '/api/1/users/x', b'[]', JSON)
    assert (answer.status, answer.text) == (500, failure('list indices must be integers or slices, not str'))


def test_encoded_slash_separates(shared: Legacy) -> None:
    assert shared.raw('PATCH', '/api/1/users%2Fbob', b'{"action": "logout"}', JSON).text == failure(
        'Provided user bob is not the logged in user',
    )


def test_protocol_versions(shared: Legacy) -> None:
    assert raw_exchange(shared.port, b'GARBAGE\r\n\r\n').startswith(b'HTTP/1.1 400 Bad Request\r\n')
    assert raw_exchange(shared.port, b'GET /' + b'a' * 9000 + b' HTTP/1.1\r\n\r\n').startswith(b'HTTP/1.1 414 ')
    old = raw_exchange(shared.port, b'GET /api/1/ping HTTP/1.0\r\n\r\n')
    assert old.startswith(b'HTTP/1.1 200 OK\r\n') and b'Connection: close\r\n' in old
    pipelined = raw_exchange(
        shared.port,
        b'GET /api/1/ping HTTP/1.1\r\nHost: a\r\n\r\nGET /api/1/nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    )
    assert pipelined.index(b'200 OK') < pipelined.index(b'404 NOT FOUND')


def test_cors(start: Start, data_dir: Path) -> None:
    legacy = start(data_dir)

    def allowed(origin: str | None) -> tuple[str | None, str | None]:
        answer = legacy.call('GET', '/ping') if origin is None else legacy.raw('GET', '/api/1/ping', headers=[('Origin', origin)])
        return answer.header('Access-Control-Allow-Origin'), answer.header('Vary')

    assert allowed(None) == (None, None)
    assert allowed('http://localhost:8080') == ('http://localhost:8080', 'Origin')
    assert allowed('http://localhostevil.com') == ('http://localhostevil.com', 'Origin')
    assert allowed('http://example.org') == (None, None)
    preflight = legacy.raw('OPTIONS', '/api/1/tags', headers=[
        ('Origin', 'http://localhost:1'),
        ('Access-Control-Request-Method', 'PUT'),
        ('Access-Control-Request-Headers', 'x-b, content-type'),
    ])
    assert preflight.header('Access-Control-Allow-Headers') == 'content-type, x-b'
    assert preflight.header('Access-Control-Allow-Methods') == 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'


def test_cors_lists(start: Start, data_dir: Path) -> None:
    legacy = start(data_dir, '--api-cors', 'http://b.example,http://a.example')
    assert legacy.call('GET', '/nope').header('Access-Control-Allow-Origin') == 'http://a.example'
    anything = start(data_dir, '--api-cors', '*')
    answer = anything.call('GET', '/ping')
    assert (answer.header('Access-Control-Allow-Origin'), answer.header('Vary')) == ('*', None)
