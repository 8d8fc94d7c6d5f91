"""A data directory of compat/legacy with as many notes and calendar entries as are wanted."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from python.dialect import connect
from report import ROOT
from rounds import Failure
from servers import Legacy

SEED = '''
import sys
from pathlib import Path
from legacy.db.seed import SIZES, seed
seed(Path(sys.argv[1]), SIZES['small'])
'''
FIRST = 1_690_000_000
PLACES = ('DASHBOARD', 'HISTORY', 'ACCOUNTS', 'G')
INSERT_NOTE = 'INSERT INTO user_notes(title, content, location, last_update_timestamp, is_pinned) VALUES (?, ?, ?, ?, ?)'
INSERT_ENTRY = 'INSERT INTO calendar(name, timestamp, description, auto_delete) VALUES (?, ?, ?, 0)'


def user_file(data: Path) -> Path:
    return data / 'users' / Legacy.USER / 'rotkehlchen.db'


def user_connection(data: Path) -> Any:
    return connect(str(user_file(data)), Legacy.PASSWORD)


def note(number: int) -> tuple[str, str, str, int, int]:
    content = f'{number} of many, and no two of them have the same content, which goes on for a line'
    return f'Note {number}', content, PLACES[number % 4], FIRST + number, number % 5 == 0


def entry(number: int) -> tuple[str, int, str]:
    return f'entry {number:08}', FIRST + number, f'what happens on day {number}'


def filled(directory: Path, notes: int = 0, entries: int = 0) -> Path:
    """Makes it where `Legacy` looks for it; nobody may have it open. Notes are those of the seed and this many more."""
    data = directory / 'legacy-data'
    for folder in ('users', 'global'):
        (data / folder).mkdir(parents=True)
    seeded = subprocess.run([sys.executable, '-c', SEED, str(data)], env={'PYTHONPATH': str(ROOT / 'compat')},
                            capture_output=True, text=True)
    if seeded.returncode:
        raise Failure(f'compat/legacy does not seed {data}: {seeded.stderr[-2000:]}')
    connection = user_connection(data)
    connection.executemany(INSERT_NOTE, map(note, range(notes)))
    connection.executemany(INSERT_ENTRY, map(entry, range(entries)))
    connection.commit()
    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
    connection.close()
    return data
