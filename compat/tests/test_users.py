"""Creating users, login, logout, change of password, and what each leaves in the files."""

import hashlib
import json
import re
import sqlite3
import time
from pathlib import Path

import pytest
from harness import Legacy

from legacy.db.driver import Connection, DatabaseError, UserConnection
from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER, SECOND_PASSWORD, SECOND_USER


def files(legacy: Legacy, name: str) -> Path:
    return legacy.data_dir / 'users' / name


def test_list(session: Legacy) -> None:
    (session.data_dir / 'users' / 'no database inside').mkdir()
    assert session.call('GET', '/users').result == {DEFAULT_USER: 'loggedin', SECOND_USER: 'loggedout'}


def test_login_answer(legacy: Legacy) -> None:
    answer = legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert answer.status == 200
    assert list(answer.result) == ['exchanges', 'settings']
    settings = legacy.call('GET', '/settings').result
    assert answer.result['settings'] == settings
    assert list(settings)[:3] == ['have_premium', 'version', 'last_write_ts']
    assert list(settings)[-2:] == ['last_balance_save', 'last_data_upload_ts']


def test_login_refusals(legacy: Legacy) -> None:
    missing = legacy.login('nobody', 'x')
    assert (missing.status, missing.message) == (401, 'User nobody does not exist')
    wrong = legacy.login(DEFAULT_USER, 'x')
    assert (wrong.status, wrong.message) == (401, 'Wrong password or invalid/corrupt database for user')
    assert legacy.login(DEFAULT_USER, '').status == 400
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    second = legacy.login(SECOND_USER, SECOND_PASSWORD)
    assert (second.status, second.message) == (
        409,
        f'Can not login to user {SECOND_USER} because user {DEFAULT_USER} is already logged in. Log out of that user first',
    )


def test_async_login(legacy: Legacy) -> None:
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD, async_query=True).text == '{"result": {"task_id": 0}, "message": ""}'
    outcome = legacy.outcome(0)
    assert list(outcome) == ['result', 'message']
    assert outcome['result']['settings']['version'] == 49
    assert legacy.call('GET', '/tasks/0').status == 404


def test_async_login_failure_has_its_status_beside_the_outcome(legacy: Legacy) -> None:
    legacy.login(DEFAULT_USER, 'wrong', async_query=True)
    assert legacy.completed(0) == {
        'status': 'completed',
        'outcome': {'result': None, 'message': 'Wrong password or invalid/corrupt database for user'},
        'status_code': 401,
    }


def test_logout_closes_the_files(session: Legacy) -> None:
    session.call('PUT', '/tags', {'name': 'in the wal', 'background_color': '000000', 'foreground_color': 'ffffff'})
    directory = files(session, DEFAULT_USER)
    assert (directory / 'rotkehlchen.db-wal').stat().st_size > 0
    other = session.logout(SECOND_USER)
    assert (other.status, other.message) == (409, f'Provided user {SECOND_USER} is not the logged in user')
    assert session.logout(DEFAULT_USER).text == '{"result": true, "message": ""}'
    assert sorted(path.name for path in directory.iterdir()) == ['dbinfo.json', 'rotkehlchen.db', 'rotkehlchen_transient.db']
    digest = hashlib.md5((directory / 'rotkehlchen.db').read_bytes()).hexdigest()
    assert (directory / 'dbinfo.json').read_text() == json.dumps({'sqlcipher_version': 4, 'md5_hash': digest})
    assert session.logout(DEFAULT_USER).status == 401
    assert session.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    assert 'in the wal' in session.call('GET', '/tags').result


def test_logout_with_a_foreign_connection_leaves_the_wal(session: Legacy) -> None:
    path = files(session, DEFAULT_USER) / 'rotkehlchen.db'
    foreign = UserConnection(path, DEFAULT_PASSWORD)
    try:
        session.call('DELETE', '/tags', {'name': 'Alpha'})
        assert session.logout(DEFAULT_USER).status == 200
        assert path.with_name('rotkehlchen.db-wal').exists()
    finally:
        foreign.close()


def test_create(legacy: Legacy) -> None:
    name, password = 'new Ünser', "it's; -- \"odd\" 税"
    answer = legacy.call('PUT', '/users', {
        'name': name, 'password': password, 'initial_settings': {'main_currency': 'CHF', 'submit_usage_analytics': False},
    })
    assert answer.status == 200, answer.text
    assert answer.result['settings']['main_currency'] == 'CHF'
    assert legacy.call('GET', '/tags').result == {}
    assert legacy.call('PUT', '/users', {'name': 'x', 'password': 'y'}).status == 409
    assert legacy.logout(name).status == 200
    assert legacy.call('PUT', '/users', {'name': name, 'password': 'y'}).status == 409
    assert legacy.call('PUT', '/users', {'name': '../x', 'password': 'y'}).status == 409
    assert legacy.login(name, password).status == 200


def test_async_create(legacy: Legacy) -> None:
    legacy.call('PUT', '/users', {'name': 'later', 'password': 'p', 'async_query': True})
    assert legacy.outcome(0)['result']['exchanges'] == []
    assert legacy.call('GET', '/users').result['later'] == 'loggedin'


def test_password_change_rekeys_both_files(session: Legacy) -> None:
    def change(**body: str) -> tuple[int, str]:
        # the name in the URL is ignored
        answer = session.call('PATCH', '/users/whatever/password', body)
        return answer.status, answer.message

    new = "n'ew 'ö'"
    right = {'name': DEFAULT_USER, 'current_password': DEFAULT_PASSWORD, 'new_password': new}
    assert change(**{**right, 'name': 'bob'}) == (400, 'Provided user "bob" is not the logged in user')
    assert change(**{**right, 'current_password': 'x'})[0] == 401
    assert change(**right) == (200, '')
    assert session.call('GET', '/tags').status == 200
    session.logout(DEFAULT_USER)
    for name in ('rotkehlchen.db', 'rotkehlchen_transient.db'):
        path = files(session, DEFAULT_USER) / name
        Connection(path, new).close()
        with pytest.raises(DatabaseError):
            Connection(path, DEFAULT_PASSWORD)
    assert session.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 401
    assert session.login(DEFAULT_USER, new).status == 200


def test_raw_key_passwords(legacy: Legacy) -> None:
    password = f"x'{'ab' * 32}'"
    assert legacy.call('PUT', '/users', {'name': 'raw', 'password': password}).status == 200
    legacy.logout('raw')
    connection = Connection(files(legacy, 'raw') / 'rotkehlchen.db', password)
    connection.close()


def test_global_db_stays_plain(session: Legacy) -> None:
    connection = sqlite3.connect(session.data_dir / 'global' / 'global.db')
    assert connection.execute("SELECT value FROM settings WHERE name='version'").fetchone() == ('13',)
    connection.close()


@pytest.mark.parametrize(('statement', 'status', 'message'), [
    ("UPDATE settings SET value='50' WHERE name='version'", 409, r'.*version 50 .*'),
    ("INSERT INTO settings VALUES('ongoing_upgrade_from_version', '48')", 300, r'.*48.*'),
    ('DROP TABLE tag_mappings', 409, r'.*tag_mappings.*'),
    ('CREATE VIEW v AS SELECT 1', 409, r'.*v$'),
    ('CREATE TABLE additional(a)', 200, ''),
])
def test_login_looks_at_version_and_schema(legacy: Legacy, statement: str, status: int, message: str) -> None:
    connection = Connection(files(legacy, DEFAULT_USER) / 'rotkehlchen.db', DEFAULT_PASSWORD)
    connection.script(statement)
    connection.close()
    answer = legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert answer.status == status
    assert re.fullmatch(message, answer.message)


def test_interrupted_upgrade_resumes_from_the_backup(legacy: Legacy) -> None:
    path = files(legacy, DEFAULT_USER) / 'rotkehlchen.db'
    path.with_name('1700000000_rotkehlchen_db_v48.backup').write_bytes(path.read_bytes())
    connection = Connection(path, DEFAULT_PASSWORD)
    connection.script("INSERT INTO settings VALUES('ongoing_upgrade_from_version', '48')")
    connection.close()
    answer = legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert (answer.status, answer.reason, answer.result) == (300, 'MULTIPLE CHOICES', None)
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD, resume_from_backup=True).status == 200


def test_login_rewrites_the_version_and_moves_last_write_ts(legacy: Legacy) -> None:
    before = int(time.time())
    answer = legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert answer.result['settings']['last_write_ts'] >= before
