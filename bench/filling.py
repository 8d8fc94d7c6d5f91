"""A data directory with as many notes, calendar entries and history events as are wanted."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
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
EARLIEST_MS, LATEST_MS = 1_500_000_000_000, 1_750_000_000_000
# A transaction on a chain: kind of entry, type, subtype, with whom.
STEPS = ((2, 'spend', 'fee', 'gas'), (8, 'trade', 'spend', 'uniswap-v2'), (8, 'trade', 'receive', 'uniswap-v2'),
         (2, 'receive', 'none', None))
OURS, THEIRS = '0x6e15887E2CEC81434C16D587709f64603b39b545', '0x0000000000000000000000000000000000000000'
INSERT_EVENT = ('INSERT INTO history_events(identifier, entry_type, event_identifier, sequence_index, timestamp, location, '
                'location_label, asset, amount, notes, type, subtype, ignored) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)')
INSERT_OF_CHAIN = 'INSERT INTO evm_events_info(identifier, tx_hash, counterparty, address) VALUES (?, ?, ?, ?)'
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


def events(number: int, chains: bool) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...] | None]]:
    """So many events, the newest last, with what the chain knows of them: of an exchange two fifths of the groups, which
    have one each, and the others transactions of four on a chain, if there are any."""
    random = Random(7)
    step = (LATEST_MS - EARLIEST_MS) // number
    made = 0
    while made < number:
        when, group = EARLIEST_MS + made * step, made
        if not chains or random.random() < 0.4:
            yield (1, f'bench{group}', 0, when, 'B', 'an account', 'BTC', '0.5', None, 'receive', 'reward', 0), None
            made += 1
            continue
        transaction = random.randbytes(32)
        for index, (kind, type_, subtype, counterparty) in enumerate(STEPS):
            asset = random.choice(('ETH', 'EUR', 'BTC'))
            yield ((kind, f'10x{transaction.hex()}', index, when, 'f', OURS, asset, '1.5', 'some notes about it', type_, subtype, 0),
                   (transaction, counterparty, THEIRS))
            made += 1


def add_events(file: Path, passphrase: str, number: int, chains: bool) -> None:
    """Adds them to the events of a user, which nobody may have open."""
    connection = connect(str(file), passphrase)
    identifier = connection.execute('SELECT ifnull(MAX(identifier), 0) FROM history_events').fetchone()[0]
    for identifier, (event, of_chain) in enumerate(events(number, chains), identifier + 1):
        connection.execute(INSERT_EVENT, (identifier, *event))
        if of_chain:
            connection.execute(INSERT_OF_CHAIN, (identifier, *of_chain))
    connection.commit()
    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
    connection.close()


def filled(directory: Path, notes: int = 0, entries: int = 0, events: int = 0) -> Path:
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
    if events:
        add_events(user_file(data), Legacy.PASSWORD, events, chains=False)
    return data
