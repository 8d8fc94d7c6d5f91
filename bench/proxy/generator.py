"""The load generator, as scripts/bench proxy needs it."""

import contextlib
from pathlib import Path
from typing import Any, NamedTuple

from rounds import Failure, Refusal, Subject

VARIANT = 'legacy'


class Asked(NamedTuple):
    """What is asked again and again, and what the answer has to be."""

    method: str
    target: str
    expected: dict[str, Any]
    """`text`, or `payload` with its length."""
    upload: int | None = None
    """Bytes of payload that go with it."""
    bytes: int = 0
    """Of the body that it is about, where it is about one."""
    acknowledging: str = 'delayed'
    """`quick` where the server writes head and body apart."""

    def request(self) -> dict[str, Any]:
        return {'method': self.method, 'target': self.target, 'headers': [], 'body': None}


class Generator:
    """A process of its own, one thread."""

    def __init__(self, binary: Path) -> None:
        self.subject = Subject('load', [str(binary)])
        self.busiest = 0.0  # its largest share of a core in any round

    def ask(self, address: str, target: str) -> dict[str, Any]:
        request = {'method': 'GET', 'target': target, 'headers': [], 'body': None}
        return self.subject.ask('ask', address=address, request=request)

    def closed_loop(self, name: str, address: str, asked: Asked, connections: int, seconds: float) -> dict[str, Any]:
        """Asks for so long. Every answer is checked; one that is another ends the run."""
        before = self.processor_us()
        try:
            figures = self.subject.ask(
                'loop', address=address, request=asked.request(), upload=asked.upload, expected=asked.expected,
                connections=connections, acknowledging=asked.acknowledging, seconds=seconds)
        except Refusal as refusal:
            raise Failure(f'{asked.method} {asked.target}, {name}: {refusal.error}') from None
        used = self.processor_us() - before
        self.busiest = max(self.busiest, used / 1e6 / figures['seconds'])
        return figures | {
            'generator_us': used / (figures['reads'] + connections),
            'mib_per_second': figures['per_second'] * asked.bytes / (1 << 20),
        }

    def processor_us(self) -> float:
        used = 0
        for thread in Path(f'/proc/{self.subject.process.pid}/task').glob('*/schedstat'):
            with contextlib.suppress(OSError):
                used += int(thread.read_text().split()[0])
        return used / 1e3
