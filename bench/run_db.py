"""Measures the database driver against what it has to stand up to; started by scripts/bench, see bench/README.md.

Every library under measurement is a process of its own (a subject), which is told over a pipe what to do. Rounds are
interleaved: in each round every subject has its turn, and the order moves on by one from round to round, so that
whatever else the machine does hits all of them alike. One subject works at a time.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH / 'python'))

from dialect import connect, sqlcipher
from report import heading, machine, table
from rounds import Failure, Rounds, Subject, Turn, interleave, median, say

# --- what is measured -----------------------------------------------------------------------------------------------

ROWS = 100_000
PASSPHRASE = "correct horse 'battery' staple"
POINT_READ = 'SELECT name FROM narrow WHERE id = ?1'
WIDE_READ = 'SELECT name FROM wide WHERE id = ?1'
SLOW = """
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1)
    SELECT CAST(count(*) AS TEXT) FROM n
"""
TASKS = 64
POOL = 4
OPENED_POOL = 5  # and, for this project's driver, four readers and a writer
TASKS_BESIDE = 4
SLOW_SECONDS = 5.0

OPENING_BOUND = 1.2
SEQUENTIAL_BOUND_US = 15.0
THROUGHPUT_BOUND = 1.0
BESIDE_BOUND_US = 5_000.0
PYTHON_BOUND = 10.0


class Size(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one round of one subject
    openings: int
    beside: int  # runs beside the slow query
    others_slow_seconds: float  # the slow query of the libraries that no bound is about
    wide: bool


FULL = Size(rounds=7, seconds=2.0, openings=7, beside=3, others_slow_seconds=5.0, wide=True)
QUICK = Size(rounds=3, seconds=0.5, openings=3, beside=1, others_slow_seconds=1.0, wide=False)

# --- subjects -------------------------------------------------------------------------------------------------------

OURS, BARE = 'cutover', 'rusqlite'
TOKIO_RUSQLITE, ASYNC_SQLITE, DEADPOOL = 'tokio-rusqlite', 'async-sqlite', 'deadpool-sqlite'
THREADPOOL, AIOSQLITE, AIOSQLITE_CURSOR = 'threadpool', 'aiosqlite', 'aiosqlite by cursor'
LIBRARIES = [TOKIO_RUSQLITE, ASYNC_SQLITE, DEADPOOL]


class Subjects:
    """Every subject that was started, all of which end with the run."""

    def __init__(self, binaries: Path) -> None:
        self.commands = {
            OURS: [str(binaries / 'driver')],
            BARE: [str(binaries / 'bare')],
            **{library: [str(binaries / f'bench-{library}')] for library in LIBRARIES},
            THREADPOOL: [sys.executable, str(BENCH / 'python' / 'threadpool.py')],
            AIOSQLITE: [sys.executable, str(BENCH / 'python' / 'with_aiosqlite.py')],
            AIOSQLITE_CURSOR: [sys.executable, str(BENCH / 'python' / 'with_aiosqlite.py'), '--cursor'],
        }
        self.started: list[Subject] = []

    def start(self, library: str) -> Subject:
        subject = Subject(library, self.commands[library])
        self.started.append(subject)
        return subject

    def end(self) -> None:
        while self.started:
            self.started.pop().end()


class Data(NamedTuple):
    """The same tables twice."""

    encrypted: dict[str, str | None]
    plain: dict[str, str | None]


def prepare(directory: Path) -> Data:
    """Makes both files, each with the library of the Python side that reads it, in SQLCipher 4's defaults."""
    directory.mkdir(parents=True, exist_ok=True)
    encrypted, plain = directory / 'encrypted.db', directory / 'plain.db'
    for file in (encrypted, plain):
        for suffix in ('', '-wal', '-shm'):
            Path(f'{file}{suffix}').unlink(missing_ok=True)
    for connection in (connect(str(encrypted), PASSPHRASE), sqlite3.connect(plain)):
        connection.execute('PRAGMA journal_mode = WAL')
        connection.execute('CREATE TABLE narrow(id INTEGER PRIMARY KEY, name TEXT NOT NULL)')
        connection.execute('CREATE TABLE wide(id INTEGER PRIMARY KEY, note TEXT NOT NULL, name TEXT NOT NULL)')
        numbers = range(1, ROWS + 1)
        connection.executemany('INSERT INTO narrow VALUES (?, ?)', ((n, f'row {n}') for n in numbers))
        connection.executemany('INSERT INTO wide VALUES (?, ?, ?)', ((n, f'{n:0300}', f'row {n}') for n in numbers))
        connection.commit()
        connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
        connection.close()
    return Data({'file': str(encrypted), 'passphrase': PASSPHRASE}, {'file': str(plain), 'passphrase': None})


# --- rounds ---------------------------------------------------------------------------------------------------------


def opening(subjects: Subjects, data: Data, size: Size) -> Rounds:
    """One derivation of the key; pools of five, from the passphrase to connections that have read."""
    started = {library: subjects.start(library) for library in (OURS, BARE, *LIBRARIES)}

    def open_pool(library: str, connections: int) -> Turn:
        subject = started[library]
        name = f'{library}, {connections} connection{"s" * (connections > 1)}'
        return Turn(name, lambda: subject.ask('open', **data.encrypted, connections=connections))

    turns = [
        Turn('key derivation', lambda: started[BARE].ask('derive', **data.encrypted)),
        open_pool(BARE, 1),
        *(open_pool(library, OPENED_POOL) for library in (OURS, *LIBRARIES)),
    ]
    # Once unmeasured: code pages and the file's pages are read then.
    for turn in turns:
        turn.act()
    results = interleave('opening', turns, size.openings)
    subjects.end()
    return results


class Open(NamedTuple):
    """A subject with its connections, ready for reads."""

    name: str
    subject: Subject

    def reads(self, sql: str, tasks: int, transaction: bool, seconds: float) -> dict[str, Any]:
        return self.subject.ask('reads', sql=sql, rows=ROWS, tasks=tasks, transaction=transaction, seconds=seconds)

    def turn(self, tasks: int, seconds: float, sql: str = POINT_READ, transaction: bool = False) -> Turn:
        name = f'{self.name}, in a transaction' if transaction else self.name
        return Turn(name, lambda: self.reads(sql, tasks, transaction, seconds))


class Measurements(NamedTuple):
    """Everything that was measured, by subject and round."""

    opening: Rounds
    sequential: Rounds
    concurrent: Rounds
    wide: Rounds
    beside: Rounds
    sqlite: dict[str, str]


def measure(subjects: Subjects, data: Data, size: Size) -> Measurements:
    opened = opening(subjects, data, size)

    def open_(library: str, connections: int, file: dict[str, str | None] = data.encrypted, note: str = '') -> Open:
        subject = subjects.start(library)
        subject.ask('open', **file, connections=connections)
        return Open(f'{library}{note}', subject)

    ours = open_(OURS, POOL + 1)
    cores = min(len(os.sched_getaffinity(0)), POOL)
    ours_per_core = open_(OURS, cores + 1, note=f', {cores} reader{"s" * (cores > 1)}')
    ours_plain = open_(OURS, POOL + 1, data.plain, ', plain file')
    bare = open_(BARE, 1)
    tokio = open_(TOKIO_RUSQLITE, 1)
    tokio_by_hand = open_(TOKIO_RUSQLITE, POOL, note=f' × {POOL} by hand')
    others = [tokio, open_(ASYNC_SQLITE, POOL), open_(DEADPOOL, POOL)]
    python = [
        *(open_(THREADPOOL, connections, note=f' × {connections}') for connections in (1, POOL)),
        *(open_(AIOSQLITE, connections, data.plain, f' × {connections}, plain file') for connections in (1, POOL)),
        open_(AIOSQLITE_CURSOR, 1, data.plain, ' × 1, plain file'),
    ]
    everyone = [ours, ours_per_core, ours_plain, bare, tokio_by_hand, *others, *python]
    sqlite = {each.name: each.subject.ask('query', sql='SELECT sqlite_version() WHERE ?1', parameter=1)['text']
              for each in everyone}

    say('warming the caches')
    for each in everyone:
        if each is not bare:
            each.reads(POINT_READ, TASKS, False, 0.3)
    bare.reads(POINT_READ, 1, False, 0.3)

    sequential = interleave(
        'one task',
        [
            bare.turn(1, size.seconds),
            bare.turn(1, size.seconds, transaction=True),
            *(each.turn(1, size.seconds) for each in (ours, *others)),
        ],
        size.rounds,
    )
    concurrent = interleave(
        f'{TASKS} tasks',
        [
            *(each.turn(TASKS, size.seconds) for each in (ours, *others, tokio_by_hand)),
            *(each.turn(TASKS, size.seconds, transaction=True) for each in others),
            *(each.turn(TASKS, size.seconds) for each in (ours_per_core, ours_plain, *python)),
        ],
        size.rounds,
    )
    wide: Rounds = {}
    if size.wide:
        turns = [each.turn(TASKS, size.seconds, WIDE_READ) for each in (ours, *others, tokio_by_hand)]
        wide = interleave(f'{TASKS} tasks on the wide table', turns, size.rounds)

    say('how long the slow query takes')
    probe = 1_000_000
    seconds = min(bare.subject.ask('query', sql=SLOW, parameter=probe)['seconds'] for _ in range(3))

    def beside(each: Open, lasting: float) -> Turn:
        slow = {'sql': SLOW, 'parameter': int(probe * lasting / seconds)}
        request = {'sql': POINT_READ, 'rows': ROWS, 'tasks': TASKS_BESIDE, 'transaction': False, 'slow': slow}
        return Turn(each.name, lambda: each.subject.ask('beside', **request))

    besides = interleave(
        'beside a slow query',
        [beside(ours, SLOW_SECONDS), *(beside(each, size.others_slow_seconds) for each in (*others, tokio_by_hand))],
        size.beside,
    )
    subjects.end()
    return Measurements(opened, sequential, concurrent, wide, besides, sqlite)


# --- what the figures say -------------------------------------------------------------------------------------------


class Requirement(NamedTuple):
    """A bound, and what was measured."""

    text: str
    bound: str
    measured: str
    figures: str
    met: bool


def ratio_of_medians(rounds: Rounds, other: str, ours: str, bound: float, text: str) -> Requirement:
    """Throughput against another's. The range is that of the ratios round by round."""
    mine, its = (median(rounds, name, 'per_second') for name in (ours, other))
    each = [a['per_second'] / b['per_second'] for a, b in zip(rounds[ours], rounds[other], strict=True)]
    figures = f'{mine:,.0f} / {its:,.0f} per second; by round {min(each):.2f}–{max(each):.2f}'
    return Requirement(text, f'≥ {bound:g}×', f'{mine / its:.2f}×', figures, mine / its >= bound)


def requirements(m: Measurements) -> Iterator[Requirement]:
    pool = median(m.opening, f'{OURS}, {OPENED_POOL} connections', 'seconds')
    key = median(m.opening, 'key derivation', 'seconds')
    yield Requirement(
        f'Opening a pool of {OPENED_POOL}, against one key derivation',
        f'≤ {OPENING_BOUND:g}×',
        f'{pool / key:.2f}×',
        f'{pool * 1e3:.1f} / {key * 1e3:.1f} ms',
        pool / key <= OPENING_BOUND,
    )
    mine, its = (median(m.sequential, name, 'mean_us') for name in (OURS, BARE))
    yield Requirement(
        'Point read, one task: more than rusqlite on the same thread',
        f'≤ {SEQUENTIAL_BOUND_US:g} µs',
        f'{mine - its:.1f} µs',
        f'{mine:.1f} − {its:.1f} µs, means',
        mine - its <= SEQUENTIAL_BOUND_US,
    )
    for library in LIBRARIES:
        connections = '1 connection' if library == TOKIO_RUSQLITE else f'pool of {POOL}'
        text = f'Point reads, {TASKS} tasks: throughput of {library} ({connections})'
        yield ratio_of_medians(m.concurrent, library, OURS, THROUGHPUT_BOUND, text)
    p99, reads, lasted = (median(m.beside, OURS, figure) for figure in ('p99_us', 'reads', 'slow_seconds'))
    yield Requirement(
        'Point reads beside one slow query: 99th percentile',
        f'< {BESIDE_BOUND_US / 1e3:g} ms',
        f'{p99 / 1e3:.2f} ms',
        f'{reads:,.0f} reads in {lasted:.1f} s',
        p99 < BESIDE_BOUND_US,
    )
    for library, ours, note in ((THREADPOOL, OURS, ''), (AIOSQLITE, f'{OURS}, plain file', ', plain file')):
        names = [f'{library} × {connections}{note}' for connections in (1, POOL)]
        best = max(names, key=lambda name: median(m.concurrent, name, 'per_second'))
        text = f'Point reads, {TASKS} tasks: throughput of Python, {best}'
        yield ratio_of_medians(m.concurrent, best, ours, PYTHON_BOUND, text)


def locked(package: str, names: Iterable[str]) -> dict[str, str]:
    """Versions from a package's lock file."""
    lock = tomllib.loads((BENCH / package / 'Cargo.lock').read_text())
    versions = {each['name']: each['version'] for each in lock['package']}
    return {name: versions[name] for name in names}


def facts_of(load_before: float) -> dict[str, str]:
    """The machine, and the versions of what was measured."""
    versions = ['rusqlite', 'libsqlite3-sys', 'tokio']
    packages = {OURS: 'cutover', **{library: library for library in LIBRARIES}}
    libraries = {
        library: ', '.join(
            f'{name} {number}'
            for name, number in locked(package, [*([] if library == OURS else [library]), *versions]).items()
        )
        for library, package in packages.items()
    }
    bindings = sqlcipher.__name__.split('.')[0]
    distribution = 'rotki-pysqlcipher3' if bindings == 'pysqlcipher3' else bindings
    return {
        **machine(load_before),
        **libraries,
        THREADPOOL: f'{distribution} {version(distribution)}, Python {platform.python_version()}',
        AIOSQLITE: f'aiosqlite {version("aiosqlite")}, Python {platform.python_version()}',
    }


# --- output ---------------------------------------------------------------------------------------------------------


def print_reads(title: str, rounds: Rounds) -> None:
    if not rounds:
        return
    heading(title)
    rows = [
        [
            name,
            f'{median(rounds, name, "per_second"):,.0f}',
            f'{median(rounds, OURS, "per_second") / median(rounds, name, "per_second"):.2f}×',
            *(f'{median(rounds, name, figure):,.1f}' for figure in ('mean_us', 'p50_us', 'p99_us', 'max_us')),
        ]
        for name in rounds
    ]
    table(['subject', 'reads/s', f'{OURS} is', 'mean µs', 'p50 µs', 'p99 µs', 'max µs'], rows)


def print_report(m: Measurements, checked: list[Requirement], facts: dict[str, str], size: Size) -> None:
    heading(f'Requirements (medians of {size.rounds} rounds of {size.seconds:g} s)')
    table(
        ['requirement', 'bound', 'measured', '', 'figures'],
        [[each.text, each.bound, each.measured, 'PASS' if each.met else 'FAIL', each.figures] for each in checked],
        left=5,
    )
    heading('Opening, from the passphrase to connections that have read')
    key = median(m.opening, 'key derivation', 'seconds')
    seconds = {name: median(m.opening, name, 'seconds') for name in m.opening}
    table(
        ['subject', 'ms', 'key derivations'],
        [[name, f'{value * 1e3:.1f}', f'{value / key:.2f}'] for name, value in seconds.items()],
    )
    print_reads(f'Point reads, one task ({OURS}: each read is a transaction)', m.sequential)
    print_reads(f'Point reads, {TASKS} tasks ({OURS}: each read is a transaction)', m.concurrent)
    print_reads(f'Point reads, {TASKS} tasks, on a table larger than the page cache', m.wide)
    heading(f'Point reads of {TASKS_BESIDE} tasks beside one slow query')
    rows = [
        [
            name,
            f'{median(m.beside, name, "slow_seconds"):.1f}',
            f'{median(m.beside, name, "reads"):,.0f}',
            *(f'{median(m.beside, name, figure) / 1e3:,.2f}' for figure in ('p50_us', 'p99_us', 'max_us')),
        ]
        for name in m.beside
    ]
    table(['subject', 'slow s', 'reads', 'p50 ms', 'p99 ms', 'max ms'], rows)
    heading('Machine and versions')
    by_version: dict[str, list[str]] = {}
    for name, number in m.sqlite.items():
        library = name.split(' ×')[0].split(',')[0]
        if library not in by_version.setdefault(number, []):
            by_version[number].append(library)
    sqlite = {f'SQLite {number}': ', '.join(libraries) for number, libraries in by_version.items()}
    table(['what', 'which'], [[name, text] for name, text in {**facts, **sqlite}.items()], left=2)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures the database driver. Start it with scripts/bench db.')
    parser.add_argument('--binaries', type=Path, required=True, help='folder of the built subjects')
    parser.add_argument('--data', type=Path, required=True, help='folder for the database files')
    parser.add_argument('--quick', action='store_true', help='fewer and shorter rounds')
    parser.add_argument('--json', type=Path, help='file for every figure of every round')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    subjects = Subjects(arguments.binaries)
    try:
        say('writing the databases')
        measurements = measure(subjects, prepare(arguments.data), size)
    except Failure as failure:
        say(str(failure))
        return 2
    finally:
        subjects.end()
    checked = list(requirements(measurements))
    facts = facts_of(load_before)
    print_report(measurements, checked, facts, size)
    if arguments.json:
        report = {
            'machine': facts,
            'size': size._asdict(),
            'requirements': [each._asdict() for each in checked],
            'rounds': measurements._asdict(),
        }
        arguments.json.write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n')
    missed = [each for each in checked if not each.met]
    say(f'done in {time.monotonic() - began:.0f} s; {len(checked) - len(missed)} of {len(checked)} bounds met')
    return 1 if missed else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
