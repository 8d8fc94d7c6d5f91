"""DDL shared by all three files, and the check a user database has to pass at login."""

from collections.abc import Iterator
from typing import Any

from legacy.db.schema_user import USER_INDEXES, USER_TABLES
from legacy.errors import ApiError

USER_VERSION = 49
MINIMUM_USER_VERSION = 26
TRANSIENT_VERSION = 2
GLOBAL_VERSION = 13
LAST_DATA_MIGRATION = 21

TRANSIENT_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name VARCHAR[24] NOT NULL PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS pnl_reports (
    identifier INTEGER NOT NULL PRIMARY KEY,
    timestamp INTEGER,
    start_ts INTEGER,
    end_ts INTEGER,
    first_processed_timestamp INTEGER,
    last_processed_timestamp INTEGER NOT NULL,
    processed_actions INTEGER NOT NULL,
    total_actions INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS pnl_report_settings (
    report_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    FOREIGN KEY (report_id) REFERENCES pnl_reports(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY(report_id, name)
);
CREATE TABLE IF NOT EXISTS pnl_report_totals (
    report_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    taxable_value TEXT NOT NULL,
    free_value TEXT NOT NULL,
    FOREIGN KEY (report_id) REFERENCES pnl_reports(identifier) ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY(report_id, name)
);
CREATE TABLE IF NOT EXISTS pnl_events (
    identifier INTEGER NOT NULL PRIMARY KEY,
    report_id INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    data TEXT NOT NULL,
    pnl_taxable TEXT NOT NULL,
    pnl_free TEXT NOT NULL,
    asset TEXT,
    FOREIGN KEY (report_id) REFERENCES pnl_reports(identifier) ON DELETE CASCADE ON UPDATE CASCADE
);
"""


def statements(tables: dict[str, str], indexes: dict[str, str]) -> Iterator[str]:
    for name, columns in tables.items():
        yield f'CREATE TABLE {name} ({columns}\n)'
    for name, target in indexes.items():
        yield f'CREATE INDEX {name} ON {target}'


def expected_objects() -> set[tuple[str, str]]:
    return {('table', name) for name in USER_TABLES} | {('index', name) for name in USER_INDEXES}


def check_user_schema(cursor: Any) -> None:
    """Missing tables and indexes are fatal, so are any views and triggers; further tables are tolerated."""
    found = set(cursor.execute('SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL').fetchall())
    missing = sorted(name for _, name in expected_objects() - found)
    foreign = sorted(name for kind, name in found if kind in ('view', 'trigger'))
    if missing:
        raise ApiError(409, f'The database misses {", ".join(missing)}')
    if foreign:
        raise ApiError(409, f'The database has unexpected views or triggers: {", ".join(foreign)}')
