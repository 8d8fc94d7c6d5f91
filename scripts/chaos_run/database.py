"""The users' databases, opened as a stranger to both processes."""

import sqlite3
from pathlib import Path
from typing import Any

try:
    from pysqlcipher3 import dbapi2 as sqlcipher
except ImportError:
    from sqlcipher3 import dbapi2 as sqlcipher  # Python 3.13 and later

PASSWORDS = {'ada': "p'w ö 1", 'grace': 'hopper'}
CHECKS = {'integrity_check': [('ok',)], 'foreign_key_check': [], 'cipher_integrity_check': []}
Failed = (sqlite3.Error, sqlcipher.Error)


def user_file(data: Path, user: str) -> Path:
    return data / 'users' / user / 'rotkehlchen.db'


def global_file(data: Path) -> Path:
    return data / 'global' / 'global.db'


def connect(file: Path, password: str | None) -> Any:
    module = sqlite3 if password is None else sqlcipher
    connection = module.connect(str(file), isolation_level=None, timeout=30, check_same_thread=False)
    if password is not None:
        quoted = password.replace("'", "''")
        connection.execute(f"PRAGMA key='{quoted}'")
    return connection


def mark(data: Path, user: str) -> None:
    """Rows by which an answer shows whose it is. Notes make room: without premium there may be ten."""
    connection = connect(user_file(data, user), PASSWORDS[user])
    connection.execute('BEGIN')
    connection.execute('DELETE FROM user_notes')
    connection.execute('INSERT INTO tags VALUES(?, ?, ?, ?)', (f'only {user}', 'fixed', 'ffffff', '000000'))
    connection.execute(
        'INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) VALUES(?, ?, ?, ?, ?)',
        (f'only {user}', 'fixed', 'G', 1_600_000_000, 0),
    )
    connection.execute(
        'INSERT INTO calendar(name, description, timestamp, auto_delete) VALUES(?, ?, ?, ?)',
        (f'only {user}', 'fixed', 1_900_000_000, 0),
    )
    connection.execute('COMMIT')
    connection.close()


def faults_of(file: Path, password: str | None) -> list[str]:
    """What its own checks say against it."""
    connection = connect(file, password)
    said = []
    try:
        for check, expected in CHECKS.items():
            if password is None and check.startswith('cipher'):
                continue
            found = connection.execute(f'PRAGMA {check}').fetchall()
            if found != expected:
                said.append(f'{check}: {found[:5]}')
    finally:
        connection.close()
    return said
