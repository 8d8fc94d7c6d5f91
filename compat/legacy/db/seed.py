"""Fills an empty data directory. Everything follows from one random seed, so two machines get the same rows."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from legacy.db import userdb
from legacy.db.driver import Connection
from legacy.db.globaldb import open_global_db
from legacy.db.seed_events import add_events
from legacy.db.seed_user import add_user_data

DEFAULT_USER = 'ada'
DEFAULT_PASSWORD = "p'w ö 1"
SECOND_USER = 'grace'
SECOND_PASSWORD = 'hopper'
SIZES = {'small': 500, 'large': 100_000}
SEED = 20240229
WRITTEN_AT = 1_700_000_000


def seed(data_dir: Path, events: int) -> None:
    """Files that are already there stay as they are."""
    global_db = open_global_db(data_dir)

    def fill(cursor: Any) -> None:
        rng = random.Random(SEED)
        add_user_data(cursor, rng)
        add_events(cursor, rng, events)

    try:
        create_user(data_dir, global_db, DEFAULT_USER, DEFAULT_PASSWORD, fill)
        create_user(data_dir, global_db, SECOND_USER, SECOND_PASSWORD, lambda _cursor: None)
    finally:
        global_db.close()


def create_user(
    data_dir: Path,
    global_db: Connection,
    name: str,
    password: str,
    fill: Callable[[Any], None],
) -> None:
    """The files as a logout leaves them: no WAL, and dbinfo.json beside them."""
    directory = userdb.user_dir(data_dir, name)
    if directory.exists():
        return
    directory.mkdir(parents=True)
    connection = Connection(userdb.main_path(data_dir, name), password)
    userdb.create_tables(connection, global_db)
    with connection.write_ctx() as cursor:
        fill(cursor)
        cursor.execute('INSERT INTO settings(name, value) VALUES(?, ?)', ('last_write_ts', str(WRITTEN_AT)))
    connection.close()
    userdb.open_transient(data_dir, name, password).close()
    userdb.write_info(directory)
