"""What scripts/bench ws starts, and what can be told to it: publishers, clients, the bridge and its upstream."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from report import ROOT
from rounds import Failure, Subject
from servers import Bridge

PATIENCE_SECONDS = 60.0
TICKS = os.sysconf('SC_CLK_TCK')

# So that nobody is refused and nothing makes way, however long a burst is. The rest is as it comes.
BRIDGE_SECTIONS = """\
[listen]
max_connections = 12000

[ws]
mode = "bridge"
max_clients = 12000
max_unauthenticated = 12000
queue = 65536
queue_bytes = "256MiB"
"""

# Of a burst alone: the clients rest between two looks at their sockets, see bench/README.md.
REST_US = 1000


def processor_seconds(pid: int) -> float:
    """What a process has used so far, with the threads that have ended."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid: int) -> dict[str, int]:
    """Resident and proportional memory now, counted page by page; the most there was."""
    lines = Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
    lines += Path(f'/proc/{pid}/status').read_text().splitlines()
    found = {name: value.split()[0] for name, _, value in (line.partition(':') for line in lines) if value.endswith(' kB')}
    return {name: int(found[name]) for name in ('Rss', 'Pss', 'VmHWM')}


def unsent(server: str, client: int) -> int:
    """Bytes that the kernel holds for a client, by its port: what it has not taken. Others may have the same port, to
    other servers."""
    ends = f':{int(server.rpartition(":")[2]):04X}', f':{client:04X}'
    for line in Path('/proc/net/tcp').read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
            return int(fields[4].partition(':')[0], 16)
    return 0


def until(what: str, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Failure(f'waited in vain for {what}')
        time.sleep(0.01)


class Publisher(Subject):
    """A process that says where it listens, and publishes when it is told to."""

    def __init__(self, name: str, command: list[str]) -> None:
        super().__init__(name, command, PYTHONPATH=str(ROOT / 'compat'))
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line.startswith('listening on '):
            raise Failure(f'{name} did not start; see above')
        self.address = line.removeprefix('listening on ')
        self.published = 0

    def subscribers(self) -> int:
        return self.ask('subscribers')['subscribers']


class Clients:
    """The clients of one server, and the process that publishes to them."""

    def __init__(self, binary: Path, publisher: Publisher, address: str, pid: int) -> None:
        self.publisher = publisher
        self.address = address
        self.pid = pid
        self.count = 0
        # One thread reads for all, which leaves the other cores to the servers.
        self.load = Subject(f'clients of {publisher.library}', [str(binary), '1'])

    def connect(self, clients: int) -> None:
        """Opens so many. All are subscribed when this returns, or the bridge is for them."""
        self.load.ask('connect', address=self.address, clients=clients)
        self.count = clients
        wanted = clients if self.address == self.publisher.address else 1
        until(f'the subscribers of {self.publisher.library}', lambda: self.publisher.subscribers() == wanted)

    def pass_messages(self, messages: int, per_second: float | None = None, batch: int | None = None) -> dict[str, Any]:
        """Publishes, and waits until everybody has everything. Anything that is lost, twice or in disorder ends the run."""
        order = {'first': self.publisher.published + 1, 'messages': messages}
        self.load.ask('expect', **order, rest_us=REST_US if per_second is None else 0)
        server, clients = processor_seconds(self.pid), processor_seconds(self.load.process.pid)
        published = self.publisher.ask('publish', **order, per_second=per_second, batch=batch)['seconds']
        self.publisher.published += messages
        figures = self.load.ask('received', within_seconds=PATIENCE_SECONDS)
        server = processor_seconds(self.pid) - server
        clients = processor_seconds(self.load.process.pid) - clients
        return figures | {
            'messages': messages,
            'pace': (messages - 1) / published / per_second if per_second else None,
            'server_cores': server / figures['seconds'],
            'clients_cores': clients / figures['seconds'],
            'server_us': server * 1e6 / figures['reads'],
        }

    def rate(self, batch: int | None = None) -> float:
        """Messages a second in a burst, roughly. The first messages of all are not counted."""
        self.pass_messages(20, batch=batch)
        messages = 50
        for _ in range(2):
            rate = self.pass_messages(messages, batch=batch)['per_second'] / self.count
            messages = max(50, int(rate * 0.2))
        return rate

    def quiet(self) -> None:
        """Waits until the server has next to nothing to do."""
        def idle() -> bool:
            before = processor_seconds(self.pid)
            time.sleep(0.5)
            return processor_seconds(self.pid) - before <= 0.02

        until(f'{self.publisher.library} to be quiet', idle)

    def end(self) -> None:
        self.load.end()


class Started:
    """Everything that was started; it ends with the `with` that it stands in, servers before their clients."""

    def __init__(self, binaries: Path, bridge: Path, directory: Path) -> None:
        self.binaries = binaries
        self.bridge = bridge
        self.directory = directory
        self.stack = ExitStack()

    def __enter__(self) -> 'Started':
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def _clients(self, publisher: Publisher, address: str, pid: int) -> Clients:
        clients = Clients(self.binaries / 'bench-ws-load', publisher, address, pid)
        self.stack.callback(clients.end)
        return clients

    def _alone(self, name: str, command: list[str]) -> Clients:
        publisher = Publisher(name, command)
        clients = self._clients(publisher, publisher.address, publisher.process.pid)
        self.stack.callback(publisher.end)
        return clients

    def python(self, name: str, script: str) -> Clients:
        return self._alone(name, [sys.executable, str(ROOT / 'bench' / 'python' / script)])

    def limit(self, name: str, threads: int) -> Clients:
        return self._alone(name, [str(self.binaries / 'bench-ws-limit'), str(threads)])

    def cutover(self, name: str) -> Clients:
        upstream = Publisher(f'the upstream of {name}', [str(self.binaries / 'bench-ws-upstream')])
        self.stack.callback(upstream.end)
        bridge = Bridge(self.bridge, self.directory / name, upstream.address, None, sections=BRIDGE_SECTIONS)
        clients = self._clients(upstream, bridge.address, bridge.process.pid)
        self.stack.callback(bridge.end)
        return clients
