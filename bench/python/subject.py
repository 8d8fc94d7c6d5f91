"""What the Python subjects share: the workload and the protocol of bench/common, in asyncio.

Requests come in on stdin, answers go out on stdout, one JSON object per line. It ends with its input.
"""

import asyncio
import json
import sys
import time
from abc import ABC, abstractmethod
from typing import Any


class Subject(ABC):
    """A library under measurement, with its open connections."""

    @abstractmethod
    async def open(self, file: str, passphrase: str | None, connections: int) -> None:
        """Opens connections, each of which has read from the file when this returns."""

    @abstractmethod
    async def close(self) -> None:
        """Closes every connection."""

    @abstractmethod
    async def query(self, sql: str, parameter: int) -> Any:
        """Runs a query with one parameter that gives one value."""


async def one_task(subject: Subject, sql: str, rows: int, number: int, end: float) -> list[float]:
    """Reads one row after another, at random places, and checks what it gets (xorshift64*, as bench/common)."""
    mask = (1 << 64) - 1
    state = 0x9E3779B97F4A7C15 * (number + 1) & mask
    latencies = []
    begun = time.perf_counter()
    while begun < end:
        state ^= state >> 12
        state ^= state << 25 & mask
        state ^= state >> 27
        row = ((state * 0x2545F4914F6CDD1D & mask) >> 16) % rows + 1
        if (text := await subject.query(sql, row)) != f'row {row}':
            raise ValueError(f'row {row} was asked for, and the answer is {text!r}')
        now = time.perf_counter()
        latencies.append(now - begun)
        begun = now
    return latencies


def summary(latencies: list[float], took: float) -> dict[str, float]:
    latencies.sort()
    reads = len(latencies)

    def percentile(percent: int) -> float:
        rank = max(-(-reads * percent // 100), 1)
        return latencies[rank - 1] * 1e6 if latencies else 0.0

    return {
        'reads': reads,
        'seconds': took,
        'per_second': reads / took,
        'mean_us': sum(latencies) * 1e6 / max(reads, 1),
        'p50_us': percentile(50),
        'p99_us': percentile(99),
        'max_us': percentile(100),
    }


async def answer(subject: Subject, request: dict[str, Any]) -> dict[str, Any]:
    began = time.perf_counter()
    match request:
        case {'do': 'open', 'file': file, 'passphrase': passphrase, 'connections': connections}:
            await subject.open(file, passphrase, connections)
            return {'seconds': time.perf_counter() - began}
        case {'do': 'query', 'sql': sql, 'parameter': parameter}:
            text = await subject.query(sql, parameter)
            return {'seconds': time.perf_counter() - began, 'text': text}
        case {'do': 'reads', 'sql': sql, 'rows': rows, 'tasks': tasks, 'transaction': False, 'seconds': seconds}:
            end = began + seconds
            rounds = await asyncio.gather(*(one_task(subject, sql, rows, task, end) for task in range(tasks)))
            took = time.perf_counter() - began
            return summary([latency for latencies in rounds for latency in latencies], took)
    raise ValueError(f'not a request that this subject can answer: {request}')


async def answer_all(subject: Subject) -> None:
    # Between two requests nothing else runs, so that waiting for the next may block.
    for line in sys.stdin:
        try:
            answered = await answer(subject, json.loads(line))
        except Exception as error:
            answered = {'error': f'{type(error).__name__}: {error}'}
        print(json.dumps(answered), flush=True)
    await subject.close()


def serve(subject: Subject) -> None:
    asyncio.run(answer_all(subject))
