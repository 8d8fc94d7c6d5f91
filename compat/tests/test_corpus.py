"""Replays what the real backend was recorded answering, on copies of the data it ran on."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from harness import Answer, Legacy

USER, PASSWORD = 'carol', "p'w 1"
IMPLEMENTED = {
    '/assets/ignored', '/assets/types', '/calendar', '/database/backups', '/database/info', '/history/events', '/info',
    '/locations/all', '/notes', '/periodic', '/ping', '/premium/devices', '/settings', '/tags', '/tasks', '/users',
    # not endpoints, but routing is part of the contract
    '', '/', '//ping', '/PING', '/ping/', '/t%61gs', '/zz',
}
# answered for reading only
READABLE = {'/queried_addresses'}
UNSUPPORTED_FILTERS = ('accounts', 'addresses', 'counterparties', 'counterparty', 'products', 'tx_hashes', 'validator_indices')
Exchange = dict[str, Any]


def entries(corpus: Path, name: str) -> list[Exchange]:
    return json.loads((corpus / name).read_text())['log']['entries']


def path_of(exchange: Exchange) -> str:
    return urlsplit(exchange['request']['url']).path


def body_of(exchange: Exchange) -> str:
    return exchange['request'].get('postData', {}).get('text', '')


def is_implemented(exchange: Exchange) -> bool:
    path = path_of(exchange)
    known = IMPLEMENTED | READABLE if exchange['request']['method'] == 'GET' else IMPLEMENTED
    if not path.startswith('/api/1') or path.removeprefix('/api/1') not in known:
        return False
    return not any(f'"{name}"' in body_of(exchange) for name in UNSUPPORTED_FILTERS)


def recorded(exchange: Exchange) -> Answer:
    response = exchange['response']
    return Answer(
        response['status'],
        response['statusText'],
        [(header['name'], header['value']) for header in response['headers']],
        response['content'].get('text', '').encode(),
    )


def replay(legacy: Legacy, exchange: Exchange) -> Answer:
    request = exchange['request']
    parts = urlsplit(request['url'])
    return legacy.raw(
        request['method'],
        parts.path + (f'?{parts.query}' if parts.query else ''),
        body_of(exchange).encode() or None,
        [(header['name'], header['value']) for header in request['headers']],
    )


def normalise(exchange: Exchange, answer: Answer, data_dir: Path) -> tuple[Any, ...]:
    """The written rule for answers the real backend itself gives differently in two processes."""
    status, reason, headers, text = answer.contract()
    headers = [(name, sorted(value.split(', ')) if name == 'Allow' else value) for name, value in headers]
    if not exchange.get('_volatile'):
        return status, reason, headers, text
    headers = [header for header in headers if header[0] != 'Content-Length']
    text = re.sub(r'"(last_write_ts|last_update_timestamp)": \d+', r'"\1": 0', text.replace(str(data_dir), '/data'))
    body = json.loads(text)
    if path_of(exchange).endswith('/assets/ignored'):
        body['result'].sort()
    if path_of(exchange).endswith('/settings'):
        body['result']['active_modules'].sort()
    return status, reason, headers, json.dumps(body)


def check(legacy: Legacy, exchange: Exchange) -> None:
    got = normalise(exchange, replay(legacy, exchange), legacy.data_dir)
    want = normalise(exchange, recorded(exchange), legacy.data_dir)
    assert got == want, f'{exchange["request"]["method"]} {exchange["request"]["url"]} {body_of(exchange)}'


@pytest.fixture
def fresh(corpus: Path, tmp_path: Path) -> Iterator[Callable[[], Legacy]]:
    """Starts a process on a new copy of the snapshot and logs in."""
    started: list[Legacy] = []

    def run() -> Legacy:
        data_dir = tmp_path / str(len(started))
        shutil.copytree(corpus / 'snapshot', data_dir, copy_function=shutil.copyfile)
        for directory in (data_dir, *data_dir.rglob('*/')):
            directory.chmod(0o755)
        started.append(Legacy(data_dir, '--api-cors', '*'))
        assert started[-1].login(USER, PASSWORD).status == 200
        return started[-1]

    yield run
    for legacy in started:
        legacy.stop()


def test_reads(corpus: Path, fresh: Callable[[], Legacy]) -> None:
    legacy = fresh()
    exchanges = [exchange for exchange in entries(corpus, 'reads.har') if is_implemented(exchange)]
    assert len(exchanges) > 200
    for exchange in exchanges:
        check(legacy, exchange)


def test_write_sequences(corpus: Path, fresh: Callable[[], Legacy]) -> None:
    """Each sequence on a fresh copy in a fresh process, as it was recorded."""
    sequences: dict[int, list[Exchange]] = {}
    for exchange in entries(corpus, 'writes.har'):
        sequences.setdefault(exchange['_sequence'], []).append(exchange)
    chosen = [steps for steps in sequences.values() if all(map(is_implemented, steps))]
    assert len(chosen) >= 17
    for steps in chosen:
        legacy = fresh()
        for exchange in steps:
            check(legacy, exchange)
        legacy.stop()
