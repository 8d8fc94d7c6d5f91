"""Tables, and what has to be known of the machine to read them; what the benchmarks share."""

import contextlib
import datetime
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def table(head: list[str], rows: list[list[str]], left: int = 1) -> None:
    """Columns as wide as they need to be; the first ones to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ['─' * width for width in widths], *rows]:
        cells = [cell.ljust(width) if column < left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
        print('  ' + '  '.join(cells).rstrip())
    print()


def heading(text: str) -> None:
    print(f'{text}\n')


def output_of(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'


def machine(load_before: float) -> dict[str, str]:
    """When, of which commit, on what."""
    processor = platform.processor()
    with contextlib.suppress(OSError):
        lines = Path('/proc/cpuinfo').read_text().splitlines()
        processor = next((line.split(':', 1)[1].strip() for line in lines if line.startswith('model name')), processor)
    commit = output_of('git', 'rev-parse', '--short', 'HEAD')
    changed = output_of('git', 'status', '--porcelain', '--', 'src', 'Cargo.toml', 'Cargo.lock')
    if changed and changed != 'unknown':
        commit += ', with changes that are not committed'
    return {
        'date': datetime.datetime.now(datetime.UTC).strftime('%Y-%m-%d %H:%M UTC'),
        'commit': commit,
        'processor': f'{len(os.sched_getaffinity(0))} cores, {processor}',
        'system': f'{platform.system()} {platform.release()} {platform.machine()}',
        'load average': f'{load_before:.2f} before, {os.getloadavg()[0]:.2f} after',
        'rustc': output_of('rustc', '--version').removeprefix('rustc '),
    }
