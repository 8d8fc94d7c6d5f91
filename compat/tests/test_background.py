"""Background tasks: when they run, what they leave in the databases, what they say."""

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket
from conftest import Start
from harness import Legacy, wait_for

from legacy.background.spam import looks_like_spam
from legacy.db.driver import UserConnection
from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER

NOW = int(time.time())
MINUTE, HOUR, DAY = 60, 3600, 86400
REMINDERS, DELETION = 'Notify calendar reminders', 'Delete old calendar entries'
OWNED, SPAM = 'Update owned assets in globaldb', 'Detect spam assets in globaldb'
DAI = 'eip155:1/erc20:0x6B175474E89094C44Da98b954EedeAC495271d0F'
UNI = 'eip155:1/erc20:0x1f9840a85d5aF5bf1D1762F925BDADdC4201F984'


class User:
    """The user's own file, beside the process."""

    def __init__(self, data_dir: Path) -> None:
        self.connection = UserConnection(data_dir / 'users' / DEFAULT_USER / 'rotkehlchen.db', DEFAULT_PASSWORD)

    def all(self, statement: str, *bindings: Any) -> list[Any]:
        with self.connection.read_ctx() as cursor:
            return cursor.execute(statement, bindings).fetchall()

    def entry(self, identifier: int, timestamp: int, auto_delete: int = 1, **columns: Any) -> None:
        row = {'identifier': identifier, 'name': f'Entry {identifier}', 'timestamp': timestamp, 'auto_delete': auto_delete, **columns}
        self.all(f'INSERT INTO calendar({", ".join(row)}) VALUES({", ".join("?" * len(row))})', *row.values())

    def reminder(self, identifier: int, entry: int, secs_before: int, acknowledged: int = 0) -> None:
        self.all('INSERT INTO calendar_reminders VALUES(?, ?, ?, ?)', identifier, entry, secs_before, acknowledged)

    def last(self, name: str) -> int | None:
        rows = self.all('SELECT value FROM key_value_cache WHERE name=?', name)
        return int(rows[0][0]) if rows else None


@pytest.fixture
def user(session: Legacy) -> Iterator[User]:
    """Logged in, and the balances were looked at."""
    assert session.call('GET', '/balances').status == 200
    session.call('GET', '/messages')
    user = User(session.data_dir)
    yield user
    user.connection.close()


def turns(legacy: Legacy, now: int) -> list[str]:
    """Until nothing more is due."""
    started: list[str] = []
    while more := legacy.call('POST', '/_test/schedule', {'now': now}).result['started']:
        assert len(more) <= 2
        assert len(started) < 10, 'something is due for ever'
        started.extend(more)
    return sorted(started)


def messages(legacy: Legacy) -> list[Any]:
    return [json.loads(text) for text in legacy.call('GET', '/messages').result['errors']]


def global_rows(legacy: Legacy, statement: str, *bindings: Any) -> list[Any]:
    with sqlite3.connect(legacy.data_dir / 'global' / 'global.db') as connection:
        return connection.execute(statement, bindings).fetchall()


def test_nothing_runs_before_the_balances_were_looked_at(session: Legacy) -> None:
    nothing = {'scheduling': False, 'started': []}
    assert session.call('POST', '/_test/schedule', {}).result == nothing
    session.call('GET', '/balances/manual')
    assert session.call('POST', '/_test/schedule', {}).result == nothing
    balances = session.call('GET', '/balances').result
    assert sorted(balances) == ['assets', 'liabilities', 'location', 'net_usd']
    assert turns(session, NOW) == [DELETION, SPAM, OWNED]
    session.logout(DEFAULT_USER)
    session.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert session.call('POST', '/_test/schedule', {'now': NOW + DAY}).result == nothing


def test_each_task_has_its_period(session: Legacy, user: User) -> None:
    assert turns(session, NOW) == [DELETION, SPAM, OWNED]
    assert turns(session, NOW) == []
    assert turns(session, NOW + HOUR - 1) == []
    assert turns(session, NOW + HOUR) == [OWNED]
    assert turns(session, NOW + 6 * HOUR) == [SPAM, OWNED]
    assert turns(session, NOW + DAY) == [DELETION, SPAM, OWNED]
    names = ('last_delete_past_calendar_events', 'last_owned_assets_update', 'last_spam_assets_detect_key')
    assert [user.last(name) for name in names] == [NOW + DAY] * 3


def test_tasks_that_nobody_has_collected_take_their_slots(session: Legacy, user: User) -> None:
    tasks = [session.call('GET', '/_test/slow?seconds=0&async_query=true').result['task_id'] for _ in range(2)]
    assert turns(session, NOW) == []
    session.outcome(tasks[0])
    assert len(session.call('POST', '/_test/schedule', {'now': NOW}).result['started']) == 1


def test_the_nearest_reminder_of_an_entry_is_announced_and_the_others_are_gone(session: Legacy, user: User) -> None:
    account = '0x9531C059098e3d194fF87FebB587aB07B30B1306'
    user.entry(1, NOW, description='words', counterparty='ens', address=account, blockchain='ETH', color='ffffff')
    user.entry(2, NOW + HOUR, 0, color='', blockchain='')
    user.entry(3, NOW + DAY)
    for reminder in ((10, 1, DAY), (11, 1, 0), (12, 1, HOUR, 1), (20, 2, 2 * HOUR), (30, 3, HOUR), (31, 3, DAY)):
        user.reminder(*reminder)
    before = user.all("SELECT value FROM settings WHERE name='last_write_ts'")
    assert REMINDERS not in turns(session, NOW - 2 * DAY)
    assert REMINDERS in turns(session, NOW)
    entry = {'identifier': 2, 'name': 'Entry 2', 'description': None, 'timestamp': NOW + HOUR, 'auto_delete': False}
    assert messages(session) == [
        {
            'type': 'calendar_reminder',
            'data': {
                'identifier': 1, 'name': 'Entry 1', 'description': 'words', 'timestamp': NOW, 'auto_delete': True,
                'color': 'ffffff', 'counterparty': 'ens', 'address': account, 'blockchain': 'eth',
                'reminder': {'identifier': 12, 'secs_before': HOUR},
            },
        },
        {'type': 'calendar_reminder', 'data': {**entry, 'reminder': {'identifier': 20, 'secs_before': 2 * HOUR}}},
    ], 'one that is due at this second is not yet; acknowledged ones are'
    assert user.all('SELECT identifier FROM calendar_reminders ORDER BY 1') == [(11,), (12,), (20,), (30,), (31,)]
    assert turns(session, NOW + 5 * MINUTE - 1) == []
    assert turns(session, NOW + 5 * MINUTE) == [REMINDERS]
    assert [message['data']['reminder']['identifier'] for message in messages(session)] == [11, 20, 31]
    assert user.all("SELECT value FROM settings WHERE name='last_write_ts'") == before, 'it is no write of the user'


def test_reminders_go_to_the_clients_there_are(session: Legacy, user: User) -> None:
    user.entry(1, NOW - DAY)
    user.reminder(10, 1, 0)
    client = websocket.create_connection(f'ws://127.0.0.1:{session.port}/ws', timeout=20)
    client.send('hello')
    assert client.recv() == 'hello'
    assert REMINDERS in turns(session, NOW)
    assert json.loads(client.recv())['type'] == 'calendar_reminder'
    assert messages(session) == []
    client.close()


def test_entries_that_are_over_go_if_they_may_and_were_acknowledged(session: Legacy, user: User) -> None:
    for entry in ((1, NOW - 1, 1), (2, NOW - 1, 0), (3, NOW - 1, 1), (4, NOW, 1), (5, NOW - 1, 1)):
        user.entry(*entry)
    for number, acknowledged in ((1, 1), (2, 1), (3, 0), (4, 1)):
        user.reminder(number, number, 0, acknowledged)
    user.reminder(6, 3, 0, 0)
    assert DELETION in turns(session, NOW)
    assert user.all('SELECT identifier FROM calendar ORDER BY 1') == [(2,), (3,), (4,), (5,)]
    assert (1,) not in user.all('SELECT event_id FROM calendar_reminders')


def test_what_is_owned_is_known_and_what_is_owed_is_not(session: Legacy, user: User) -> None:
    mine, owed, margin = free = ['DOT', 'XMR', 'LTC']
    for table, column in (('manually_tracked_balances', 'asset'), ('timed_balances', 'currency'), ('history_events', 'asset')):
        user.all(f'DELETE FROM {table} WHERE {column} IN (?, ?, ?)', *free)
    with sqlite3.connect(session.data_dir / 'global' / 'global.db') as connection:
        connection.execute('DELETE FROM user_owned_assets WHERE asset_id IN (?, ?, ?)', free)
    insert = "INSERT INTO manually_tracked_balances(asset, label, amount, location, category) VALUES(?, ?, '1', 'A', ?)"
    user.all(insert, mine, 'mine', 'A')
    user.all(insert, owed, 'a debt', 'B')
    user.all("INSERT INTO margin_positions(id, pl_currency, fee_currency) VALUES('1', ?, NULL)", margin)
    assert OWNED in turns(session, NOW)
    owned = {asset for asset, in global_rows(session, 'SELECT asset_id FROM user_owned_assets')}
    assert owned & set(free) == {mine, margin}


def test_spam_is_marked_and_ignored_and_its_chain_is_told(session: Legacy, user: User) -> None:
    with sqlite3.connect(session.data_dir / 'global' / 'global.db') as connection:
        connection.execute("UPDATE assets SET name='Visit us' WHERE identifier=?", (DAI,))
        connection.execute("UPDATE common_asset_details SET symbol='gift.xyz' WHERE identifier=?", (UNI,))
        connection.execute("INSERT INTO general_cache VALUES('SPAM_ASSET_FALSE_POSITIVE', ?, 0)", (UNI,))
    user.all('UPDATE history_events SET asset=? WHERE identifier=1', DAI)
    assert SPAM in turns(session, NOW)
    assert global_rows(session, "SELECT identifier FROM evm_tokens WHERE protocol='spam'") == [(DAI,)]
    assert (DAI,) in user.all("SELECT value FROM multisettings WHERE name='ignored_asset'")
    assert user.all('SELECT ignored FROM history_events WHERE identifier=1') == [(1,)]
    assert messages(session) == [{'type': 'refresh_balances', 'data': {'type': 'blockchain_balances', 'blockchain': 'eth'}}]
    assert SPAM in turns(session, NOW + 6 * HOUR)
    assert messages(session) == [], 'what is marked is not looked at again'


@pytest.mark.parametrize(
    ('text', 'spam'),
    [
        ('HTTPS://x', True), ('Reclaimed', True), ('You are invited', True), ('visitor', True), ('http://x', False),
        ('$a.b', True), ('$.b', False), ('$a.', False), ('a$b.c', False), ('$a\n.b', False), ('$..b', True),
        ('gift.com', True), ('gift,XYZ', True), ('gift`io', True), ('gift com', False), ('gift-com', False), ('com', False),
        ('a·net', True), ('a.pmx', True), ('a.b', False), ('.li', True), ('', False), (None, False), ('DAI', False),
    ],
)
def test_spam_is_told_by_its_words(text: str | None, spam: bool) -> None:
    assert looks_like_spam(text) is spam


def test_a_task_that_fails_tells_the_user(session: Legacy, user: User) -> None:
    user.all('ALTER TABLE calendar_reminders RENAME COLUMN acknowledged TO seen')
    for name in ('last_owned_assets_update', 'last_spam_assets_detect_key'):
        user.all('INSERT INTO key_value_cache VALUES(?, ?)', name, str(NOW))
    assert session.call('POST', '/_test/schedule', {'now': NOW}).result['started'] == [DELETION]
    assert session.call('GET', '/messages').result['errors'] == [
        f'{DELETION} died with exception: no such column: acknowledged. Check the logs for more details',
    ]


def test_the_loop_has_a_turn_every_ten_seconds_unless_it_is_disabled(start: Start, seeded: Path, tmp_path: Path) -> None:
    directories = [Path(shutil.copytree(seeded, tmp_path / name)) for name in ('disabled', 'enabled')]
    for directory, arguments in zip(directories, (['--disable-task-manager'], []), strict=True):
        legacy = start(directory, *arguments)
        assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
        assert legacy.call('GET', '/balances').status == 200
    disabled, enabled = users = [User(directory) for directory in directories]
    wait_for(lambda: enabled.last('last_owned_assets_update') is not None)
    assert disabled.last('last_owned_assets_update') is None, 'it was there first'
    for user in users:
        user.connection.close()


def test_a_logout_leaves_the_files_alone(session: Legacy) -> None:
    session.call('GET', '/balances')
    assert len(session.call('POST', '/_test/schedule', {}).result['started']) == 2
    assert session.logout(DEFAULT_USER).status == 200
    assert not list(session.data_dir.glob('users/*/*-wal'))
    assert session.stop() == 0
