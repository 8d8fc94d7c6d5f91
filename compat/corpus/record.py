"""Records the corpus: `compat/legacy` behind `cutover parity record`, asked what requests.py says.

    .venv/bin/python compat/corpus/record.py [--cutover target/debug/cutover]

writes reads.har and writes.har beside this file. Everything is recorded twice, on fresh data in fresh processes; what
legacy answered differently is marked `_volatile`. The login is made before the recording begins, and is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from requests import READS, SEQUENCES, Ask

HERE = Path(__file__).resolve().parent
USER, PASSWORD = 'ada', "p'w ö 1"
# Transport, and the moment.
PASSING = {'date', 'connection'}


def exchange(address: tuple[str, int], data: bytes) -> bytes:
    """Sends bytes, and reads to the end of the connection."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(data)
        return b''.join(iter(lambda: connection.recv(1 << 16), b''))


@contextlib.contextmanager
def process(command: list[str], announced: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], tuple[str, int]]]:
    """A process that says where it listens."""
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment}
    )
    try:
        for line in running.stdout:
            if found := re.match(rf'{announced} http://([\d.]+):(\d+)', line):
                yield running, (found[1], int(found[2]))
                return
        raise SystemExit(f'{command[0]} ended before it listened')
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=30)


def recorded(cutover: str, asked: list[Ask], seed: str) -> list[dict]:
    """The entries of one recording."""
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder, 'data'), Path(folder, 'out.har')
        legacy = [sys.executable, '-m', 'legacy', '--api-cors', '*', '--rest-api-port', '0', '--data-dir', str(data)]
        legacy += ['--seed-data', 'small']
        with process(legacy, 'legacy listening on', PYTHONPATH=str(HERE.parent), PYTHONHASHSEED=seed) as (_, upstream):
            login = Ask('POST', f'/users/{USER}', body={'password': PASSWORD})
            if b' 200 ' not in exchange(upstream, login.bytes()).split(b'\r\n')[0]:
                raise SystemExit('the login was refused')
            recorder = [cutover, 'parity', 'record', '--out', str(out), '--listen', '127.0.0.1:0']
            recorder += ['--legacy', f'http://{upstream[0]}:{upstream[1]}']
            with process(recorder, 'cutover listening on') as (_, bridge):
                for ask in asked:
                    exchange(bridge, ask.bytes())
        entries = json.loads(out.read_text().replace(str(data), '/data'))['log']['entries']
    if len(entries) != len(asked):
        raise SystemExit(f'{len(asked)} requests were sent, {len(entries)} recorded')
    for ask, entry in zip(asked, entries, strict=True):
        # The data directory is in it, which is another one for whoever replays.
        if ask.path.startswith('/info') and entry['response']['status'] == 200:
            entry['_volatile'] = True
    return entries


def contract(entry: dict) -> object:
    response = entry['response']
    headers = [(h['name'], h['value']) for h in response['headers'] if h['name'].lower() not in PASSING]
    return response['status'], response['statusText'], headers, response['content'].get('text')


def twice(cutover: str, asked: list[Ask]) -> list[dict]:
    """The first recording, with what the second did not repeat marked."""
    first, second = (recorded(cutover, asked, seed) for seed in ('1', '2'))
    for one, other in zip(first, second, strict=True):
        if contract(one) != contract(other):
            one['_volatile'] = True
    return first


def write(name: str, entries: list[dict]) -> None:
    har = {'log': {'version': '1.2', 'creator': {'name': 'cutover', 'version': 'corpus'}, 'entries': entries}}
    HERE.joinpath(name).write_text(json.dumps(har, indent=1, ensure_ascii=False) + '\n')
    volatile = sum('_volatile' in entry for entry in entries)
    print(f'{name}: {len(entries)} entries, {volatile} of them volatile')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cutover', default='target/debug/cutover', help='the binary that records')
    cutover = parser.parse_args().cutover
    write('reads.har', twice(cutover, READS))
    steps = []
    for number, sequence in enumerate(SEQUENCES):
        for step, entry in enumerate(twice(cutover, sequence)):
            steps.append({**entry, '_sequence': number, '_step': step})
    write('writes.har', steps)


if __name__ == '__main__':
    main()
