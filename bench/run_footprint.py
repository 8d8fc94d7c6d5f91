"""Measures what it takes to be there: the time from its start to its first answer, memory at rest, the size of the
program. Started by scripts/bench, see bench/README.md.

The bridge beside nginx, HAProxy and the legacy of compat/, one after another in turns. Whoever forwards stands in front of
an upstream that takes no time.
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from charts import bars
from judged import Chart, Requirement, print_machine, print_requirements, spread, verdict, write
from proxy.rivals import HAPROXY, NGINX, Rival, configure, find, free_address, with_libraries
from report import ROOT, heading, machine, table
from rounds import Failure, Rounds, Turn, interleave, median, say
from servers import PATIENCE_SECONDS, Legacy, Server, Upstream
from ws_servers import memory_kb, until

NATIVE, FORWARDING, WITH_DATA = 'cutover, native', 'cutover, forwarding', 'cutover, native, with data'
LEGACY = 'legacy of compat/'
PING = '/api/1/ping'

START_BOUND_MS = 50.0
MEMORY_BOUND_MIB = 20.0
SIZE_BOUND_MIB = 20.0

# Between two attempts to connect.
PAUSE_SECONDS = 0.0003
QUIET_SECONDS, QUIET_US = 0.5, 10_000.0


class Size(NamedTuple):
    """How much is measured."""

    starts: int
    rests: int  # starts after which memory is read


FULL = Size(starts=25, rests=5)
QUICK = Size(starts=10, rests=1)


class Program(NamedTuple):
    """What is started, and how."""

    name: str
    command: list[str]  # `ADDRESS` is where it is to listen
    environment: dict[str, str]
    variant: str | None  # who has to answer, where it is the bridge's to say
    rival: Rival | None = None
    upstream: str = ''


# --- measuring ------------------------------------------------------------------------------------------------------


def ask(address: str) -> tuple[int, str | None]:
    """Status and variant of one answer, or 0 if nobody listens yet."""
    host, _, port = address.rpartition(':')
    answer = b''
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=10) as stream:
        stream.sendall(f'GET {PING} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n'.encode())
        while more := stream.recv(65_536):
            answer += more
    if not answer:
        return 0, None
    lines = answer.partition(b'\r\n\r\n')[0].decode('latin-1').split('\r\n')
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines[1:])}
    return int(lines[0].split()[1]), headers.get('x-cutover-variant')


class Started:
    """One start of a program: ended with the `with` that it stands in."""

    def __init__(self, program: Program, directory: Path, number: int) -> None:
        self.address = free_address()
        place = directory / f'{program.name.replace("/", "").replace(" ", "-").replace(",", "")}-{number}'
        place.mkdir()
        if program.rival:
            command = configure(program.rival, place, self.address, program.upstream)
        else:
            (place / 'routes.toml').touch()
            command = [word.replace('ADDRESS', self.address).replace('PORT', self.address.rpartition(':')[2])
                       .replace('PLACE', str(place)) for word in program.command]
        began = time.perf_counter()
        self.server = Server(program.name, command, place / 'log', **program.environment)
        self.milliseconds = self.first_answer(program, began) * 1e3

    def first_answer(self, program: Program, began: float) -> float:
        while True:
            status, variant = ask(self.address)
            after = time.perf_counter() - began
            if status == 200 and variant == program.variant:
                return after
            if after > PATIENCE_SECONDS or self.server.process.poll() is not None:
                self.server.end()
                raise Failure(f'{program.name} does not answer, last {status} by {variant}; its log:\n'
                              f'{self.server.log.read_text()[-2000:]}')
            time.sleep(PAUSE_SECONDS)

    def quiet(self) -> None:
        """Waits until it has next to nothing to do."""
        def idle() -> bool:
            before = self.server.processor_us()
            time.sleep(QUIET_SECONDS)
            return self.server.processor_us() - before <= QUIET_US

        until(f'{self.server.name} to be quiet', idle)

    def memory(self) -> dict[str, float]:
        """MiB of all its processes: resident, and with what they share counted once."""
        each = [memory_kb(pid) for pid in self.server.processes()]
        return {'rss_mib': sum(one['Rss'] for one in each) / 1024, 'pss_mib': sum(one['Pss'] for one in each) / 1024}


class Measurements(NamedTuple):
    """Everything that was measured."""

    starts: Rounds
    rests: Rounds
    sizes: dict[str, int]  # bytes


def measure(programs: list[Program], binaries: dict[str, Path], directory: Path, size: Size) -> Measurements:
    count = 0

    def turn(program: Program, at_rest: bool) -> Turn:
        def act() -> dict[str, Any]:
            nonlocal count
            count += 1
            started = Started(program, directory, count)
            with started.server:
                if at_rest:
                    started.quiet()
                return {'ms': started.milliseconds} | (started.memory() if at_rest else {})

        return Turn(program.name, act)

    starts = interleave('starting', [turn(each, False) for each in programs], size.starts)
    rests = interleave('at rest', [turn(each, True) for each in programs], size.rests)
    sizes = {name: stripped(binary, directory) for name, binary in binaries.items()}
    return Measurements(starts, rests, {name: each for name, each in sizes.items() if each})


def stripped(binary: Path, directory: Path) -> int | None:
    """Bytes of a program without its symbols."""
    aside = directory / 'stripped'
    try:
        subprocess.run(['strip', '-o', str(aside), str(binary)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        say(f'{binary} can not be stripped; strip is in binutils')
        return None
    return aside.stat().st_size


def programs(bridge: Path, rivals: list[Rival], upstream: str, data: Path) -> list[Program]:
    def cutover(name: str, mode: str, variant: str, *more: str) -> Program:
        command = [str(bridge), 'serve', '--config', 'PLACE/routes.toml', '--listen', 'ADDRESS', '--admin', '127.0.0.1:0',
                   '--legacy', f'http://{upstream}', '--all', mode, *more]
        return Program(name, command, {'CUTOVER_PROCESS__DUMPABLE': 'true'}, variant)

    legacy = [sys.executable, '-m', 'legacy', '--rest-api-port', 'PORT', '--data-dir', str(data)]
    return [
        cutover(NATIVE, 'native', 'native'),
        cutover(FORWARDING, 'legacy', 'legacy'),
        cutover(WITH_DATA, 'native', 'native', '--data-dir', str(data)),
        *(Program(rival.name, [], with_libraries(rival.libraries), None, rival, upstream) for rival in rivals),
        Program(LEGACY, legacy, {'PYTHONPATH': str(ROOT / 'compat')}, None),
    ]


# --- what the figures say -------------------------------------------------------------------------------------------


def requirements(m: Measurements) -> Iterator[Requirement]:
    def others(rounds: Rounds, figure: str) -> str:
        return ', '.join(f'{name} {median(rounds, name, figure):,.1f}' for name in rounds if not name.startswith('cutover'))

    for name, text in ((NATIVE, 'first answer of its own'), (FORWARDING, 'first answer forwarded')):
        value = median(m.starts, name, 'ms')
        yield Requirement(f'From the start to the {text}', f'≤ {START_BOUND_MS:g} ms', value,
                          f'{value:.1f} ms; {others(m.starts, "ms")}',
                          spread(m.starts, name, 'ms'), value <= START_BOUND_MS)
    value = median(m.rests, NATIVE, 'rss_mib')
    yield Requirement('Resident memory at rest', f'≤ {MEMORY_BOUND_MIB:g} MiB', value,
                      f'{value:.1f} MiB; {others(m.rests, "rss_mib")}',
                      spread(m.rests, NATIVE, 'rss_mib'), value <= MEMORY_BOUND_MIB)
    size = m.sizes.get('cutover')
    beside = ''.join(f', {name} {each / (1 << 20):.1f}' for name, each in m.sizes.items() if name != 'cutover')
    yield Requirement('Size of the program, stripped', f'≤ {SIZE_BOUND_MIB:g} MiB', size and size / (1 << 20),
                      f'{size / (1 << 20):.1f} MiB, with SQLCipher and OpenSSL{beside} without shared libraries'
                      if size else 'not measured: strip is not there', None,
                      size <= SIZE_BOUND_MIB * (1 << 20) if size else None)


def charts(m: Measurements) -> list[Chart]:
    return [
        Chart('From the start to the first answer', 'ms', bars(m.starts, 'ms')),
        Chart('Resident memory at rest', 'MiB', bars(m.rests, 'rss_mib')),
    ]


# --- output ---------------------------------------------------------------------------------------------------------


def print_report(m: Measurements, checked: list[Requirement], facts: dict[str, str], size: Size) -> None:
    print_requirements(f'Requirements (medians of {size.starts} starts, of memory {size.rests})', checked)
    heading('From the start to the first answer, and memory at rest (medians)')
    rows = []
    for name in m.starts:
        least, most = spread(m.starts, name, 'ms')
        rows.append([name, f'{median(m.starts, name, "ms"):,.1f}', f'{least:,.1f}–{most:,.1f}',
                     *(f'{median(m.rests, name, figure):,.1f}' for figure in ('rss_mib', 'pss_mib'))])
    table(['of', 'first answer ms', 'all', 'resident MiB', 'shared counted once'], rows)
    print_machine(facts)


def main() -> int:
    parser = argparse.ArgumentParser(description='Measures starts, memory and size. Start it with scripts/bench footprint.')
    for name in ('bridge', 'upstream'):
        parser.add_argument(f'--{name}', type=Path, required=True, help='the built program')
    parser.add_argument('--data', type=Path, required=True, help='folder for data and logs; emptied first')
    parser.add_argument('--packages', type=Path, required=True, help='folder for nginx and HAProxy, if they are fetched')
    parser.add_argument('--quick', action='store_true', help='fewer starts')
    parser.add_argument('--json', type=Path, help='file for every figure of every start')
    arguments = parser.parse_args()
    size = QUICK if arguments.quick else FULL
    load_before, began = os.getloadavg()[0], time.monotonic()
    directory = arguments.data.resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    rivals = [rival for name in (NGINX, HAPROXY) if (rival := find(name, arguments.packages.resolve()))]
    bridge = arguments.bridge.resolve()
    try:
        # Once, so that its data is there.
        with Legacy(directory) as legacy:
            data = legacy.data
        with Upstream(arguments.upstream, directory, 'same') as upstream:
            started = programs(bridge, rivals, upstream.address, data)
            binaries = {'cutover': bridge} | {rival.name: Path(rival.binary) for rival in rivals}
            measurements = measure(started, binaries, directory, size)
    except Failure as failure:
        say(str(failure))
        return 2
    checked = list(requirements(measurements))
    facts = machine(load_before) | {rival.name: rival.version for rival in rivals}
    print_report(measurements, checked, facts, size)
    if arguments.json:
        write(arguments.json, 'footprint', facts, checked, charts(measurements), measurements._asdict())
    return verdict(checked, time.monotonic() - began)


if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
