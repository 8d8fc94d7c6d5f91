"""Databases: what the driver takes of time and memory by how many files it has open.

A bridge has open the files of the one user who is logged in, and global.db; the driver by itself has no such bound.
"""

import shutil
from pathlib import Path
from typing import Any

from filling import filled, user_file
from rounds import Subject, Turn, interleave, say
from servers import Legacy

from .curve import Curve, point


def measure(binary: Path, directory: Path, counts: list[int], rounds: int) -> tuple[list[Curve], dict[str, Any]]:
    """Copies of one encrypted file: the key is derived once, so that it is the driver that is measured."""
    say(f'writing {counts[-1]} databases')
    folder = directory / 'databases'
    folder.mkdir()
    file = user_file(filled(folder))
    files = [str(shutil.copyfile(file, folder / f'{number}.db')) for number in range(counts[-1])]

    def turn(count: int) -> Turn:
        def act() -> dict[str, Any]:
            # A process for each: what one leaves in its allocator the next would not have to ask for.
            subject = Subject('databases', [str(binary)])
            try:
                return subject.ask('open', files=files[:count], passphrase=Legacy.PASSWORD)
            finally:
                subject.end()

        return Turn(str(count), act)

    measured = interleave('open databases', [turn(count) for count in counts], rounds)
    figures = [('Opening a database', 'ms', 'open_ms', False), ('A read of each in turn, mean', 'µs', 'read_us', False),
               ('Memory of an open database', 'KiB', 'kib', True), ('Threads of an open database', 'threads', 'threads', True)]
    return [Curve(what, 'databases', unit, [point(count, measured, str(count), figure) for count in counts],
                  states_last=states_last) for what, unit, figure, states_last in figures], measured
