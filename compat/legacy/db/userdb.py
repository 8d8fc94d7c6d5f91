"""A user's directory: paths, opening both encrypted files, creating a fresh pair."""

import hashlib
import json
from pathlib import Path
from typing import Any

from legacy.db.driver import Connection, UserConnection
from legacy.db.globaldb import add_enum
from legacy.db.schema import (
    TRANSIENT_TABLES,
    TRANSIENT_VERSION,
    USER_VERSION,
    statements,
)
from legacy.db.schema_user import USER_INDEXES, USER_TABLES
from legacy.locations import NAME_OF

MAIN = 'rotkehlchen.db'
TRANSIENT = 'rotkehlchen_transient.db'
INFO = 'dbinfo.json'


def user_dir(data_dir: Path, name: str) -> Path:
    return data_dir / 'users' / name


def main_path(data_dir: Path, name: str) -> Path:
    return user_dir(data_dir, name) / MAIN


def create_tables(connection: Connection, global_db: Connection) -> None:
    """What a fresh main file starts with. Default nodes and known assets come from global.db."""
    with global_db.read_ctx() as cursor:
        assets = cursor.execute('SELECT identifier FROM assets').fetchall()
        nodes = cursor.execute('SELECT name, endpoint, owned, active, weight, blockchain FROM default_rpc_nodes').fetchall()
    with connection.write_ctx() as cursor:
        for statement in statements(USER_TABLES, USER_INDEXES):
            cursor.execute(statement)
        cursor.execute('INSERT INTO settings(name, value) VALUES(?, ?)', ('version', str(USER_VERSION)))
        add_enum(cursor, 'location', 'location', ''.join(NAME_OF))
        add_enum(cursor, 'balance_category', 'category', 'AB')
        cursor.executemany('INSERT INTO assets(identifier) VALUES(?)', assets)
        cursor.executemany(
            'INSERT INTO rpc_nodes(name, endpoint, owned, active, weight, blockchain) VALUES(?, ?, ?, ?, ?, ?)',
            nodes,
        )


def is_fresh(connection: Connection) -> bool:
    with connection.read_ctx() as cursor:
        return cursor.execute("SELECT COUNT(*) FROM sqlite_master WHERE name='settings'").fetchone()[0] == 0


def open_transient(data_dir: Path, name: str, password: str) -> Connection:
    """Holds profit and loss reports only. A file of another version is dropped and made anew."""
    path = user_dir(data_dir, name) / TRANSIENT
    connection = Connection(path, password)
    if not is_fresh(connection) and read_setting(connection, 'version') != str(TRANSIENT_VERSION):
        connection.close()
        path.unlink()
        connection = Connection(path, password)
    connection.script(TRANSIENT_TABLES)
    with connection.write_ctx() as cursor:
        cursor.execute('INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)', ('version', str(TRANSIENT_VERSION)))
    return connection


def read_setting(connection: Connection, name: str) -> str | None:
    with connection.read_ctx() as cursor:
        row = cursor.execute('SELECT value FROM settings WHERE name=?', (name,)).fetchone()
    return None if row is None else row[0]


def sync_assets(user_db: UserConnection, global_db: Connection) -> None:
    """Part of login: unknown identifiers go global to user, owned ones user to global."""
    with global_db.read_ctx() as cursor:
        known = cursor.execute('SELECT identifier FROM assets').fetchall()
    with user_db.user_write() as cursor:
        cursor.executemany('INSERT OR IGNORE INTO assets(identifier) VALUES(?)', known)
        owned = owned_assets(cursor)
    add_owned(global_db, owned)


def owned_assets(cursor: Any) -> list[tuple[str]]:
    """Whatever was ever owned; what is owed is not."""
    return cursor.execute(
        "SELECT asset FROM manually_tracked_balances WHERE category != 'B' "
        "UNION SELECT currency FROM timed_balances WHERE category != 'B' UNION SELECT asset FROM history_events "
        'UNION SELECT pl_currency FROM margin_positions '
        'UNION SELECT fee_currency FROM margin_positions WHERE fee_currency IS NOT NULL',
    ).fetchall()


def add_owned(global_db: Connection, owned: list[tuple[str]]) -> None:
    """Those that global.db knows, but for NFTs."""
    with global_db.write_ctx() as cursor:
        cursor.executemany(
            'INSERT OR IGNORE INTO user_owned_assets(asset_id) SELECT identifier FROM assets '
            "WHERE identifier=? AND identifier NOT LIKE '\\_nft\\_%' ESCAPE '\\'",
            owned,
        )


def write_info(directory: Path) -> None:
    """At logout, after the connections are closed: the md5 of the file as it lies there."""
    digest = hashlib.md5((directory / MAIN).read_bytes(), usedforsecurity=False).hexdigest()
    (directory / INFO).write_text(json.dumps({'sqlcipher_version': 4, 'md5_hash': digest}))
