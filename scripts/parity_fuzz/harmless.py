"""The last word before anything is sent: only what can change nothing, start no task and ask no network."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from .message import Request
from .routes import ROUTES

TRUTH = {'t', 'true', 'on', 'y', 'yes', '1', '1.0'}
SWITCHES = ('async_query', 'check_for_updates')  # start a task; ask the network
NEVER = ('action', 'path')  # write or serve files
DIRECTORY = 'directory_path'  # writes a file there
SIDE_EFFECTS = re.compile(
    r'/(messages|tasks|balances|nfts|airdrops|avatars|exchange_rates|premium|watchers)(/|$)'
    r'|/assets/updates|/assets/prices/latest$|/binance/pairs/?$|/history/events/export'
)
POSTS = [
    re.compile(re.sub(r'\\{\w+\\}', '[^/]*', re.escape(f'/api/1/{route.path}')) + '(/zz)?/?')
    for route in ROUTES
    if route.method == 'POST'
]
DELETES = re.compile(r'/api/1/(tasks|reports)/?')


def harmless(request: Request) -> bool:
    return _path_is(request) and all(map(_parameters_are, _readings(request)))


def _path_is(request: Request) -> bool:
    path = re.sub('/+', '/', unquote(request.target.split('?')[0])).lower()
    match request.method:
        case 'GET' | 'HEAD' | 'OPTIONS':
            return not SIDE_EFFECTS.search(path)
        case 'POST':
            return any(known.fullmatch(path) for known in POSTS)
        case 'DELETE':
            return DELETES.fullmatch(path) is not None
        case _:
            return False


def _readings(request: Request) -> list[dict[str, Any]]:
    """Every way in which the parameters could be read."""
    query = request.target.partition('?')[2]
    readings: list[dict[str, Any]] = [dict([pair]) for pair in parse_qsl(query, keep_blank_values=True)]
    try:
        # surrogates and all: the reading must not be narrower than the backend's
        body = json.loads(request.body or b'')
    except (ValueError, RecursionError):
        return readings
    if isinstance(body, dict):
        readings.append(body)
        if request.method == 'POST' and unquote(request.target).lower().find('prices/historical') >= 0:
            # Without a period the prices would be looked up in the network.
            readings.append({'action': 1} if body.get('only_cache_period') is None else {})
    return readings


def _parameters_are(given: dict[str, Any]) -> bool:
    if any(str(given.get(name)).lower() in TRUTH for name in SWITCHES):
        return False
    return given.get(DIRECTORY) is None and not any(name in given for name in NEVER)
