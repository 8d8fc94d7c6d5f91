"""Clients that take what they can get."""

import asyncio
import collections
import resource
import time
from typing import NamedTuple

from rounds import Failure

AT_ONCE = 200  # connections that are being made
PIECE = b'x' * (1 << 20)
SPARE_FILES = 200


def allow_files(wanted: int) -> None:
    """Each client is a descriptor here, and one of the bridge's."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < wanted + SPARE_FILES:
        raise Failure(f'this needs {wanted + SPARE_FILES} descriptors a process, the hard limit is {hard}: ulimit -Hn')
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Answer(NamedTuple):
    """What a client was told: no status if the connection ended without one."""

    status: int
    body: bytes


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.rpartition(':')
    return await asyncio.open_connection(host, int(port), limit=1 << 20)


async def answer(reader: asyncio.StreamReader) -> Answer:
    try:
        head = (await reader.readuntil(b'\r\n\r\n')).lower()
        length = int(head.partition(b'content-length: ')[2].partition(b'\r\n')[0])
        return Answer(int(head.split(b' ', 2)[1]), await reader.readexactly(length))
    except (OSError, ValueError, asyncio.IncompleteReadError):
        return Answer(0, b'')


async def opened(address: str, count: int, first: bytes) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """So many connections, each of which has said this."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with gate:
            reader, writer = await connect(address)
            writer.write(first)
            await writer.drain()
            return reader, writer

    return await asyncio.gather(*(one() for _ in range(count)))


async def idle(address: str, count: int, stay: float) -> collections.Counter[int]:
    """Each asks once, and then holds its connection. Gives how often each status came, and asks all of them again at the
    end: an idle connection is one that still works."""
    request = b'GET /quick HTTP/1.1\r\nHost: bridge\r\n\r\n'
    clients = await opened(address, count, request)
    first = await asyncio.gather(*(answer(reader) for reader, _ in clients))
    await asyncio.sleep(stay)
    gate = asyncio.Semaphore(AT_ONCE)

    async def again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        async with gate:
            writer.write(request)
            return await answer(reader)

    second = await asyncio.gather(*(again(reader, writer) for reader, writer in clients))
    for _, writer in clients:
        writer.close()
    return collections.Counter(told.status for told in [*first, *second])


async def slow_loris(address: str, count: int) -> tuple[collections.Counter[int], float]:
    """Each sends a head a byte a second, and is told off. Gives how often each status came, and after how long the last."""
    clients = await opened(address, count, b'GET /quick HTTP/1.1\r\nHost: bridge\r\nX-Drip: ')
    began = time.monotonic()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
        told = asyncio.ensure_future(answer(reader))
        while not (await asyncio.wait([told], timeout=1))[0]:
            writer.write(b'x')
        writer.close()
        return told.result()

    statuses = collections.Counter(told.status for told in await asyncio.gather(*(drip(*each) for each in clients)))
    return statuses, time.monotonic() - began


async def crowd(address: str, count: int) -> tuple[collections.Counter[int], float]:
    """All ask for what never comes. Gives how often each status came, and after how long the last."""
    began = time.monotonic()
    clients = await opened(address, count, b'GET /held HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\n\r\n')
    answers = await asyncio.gather(*(answer(reader) for reader, _ in clients))
    for _, writer in clients:
        writer.close()
    return collections.Counter(told.status for told in answers), time.monotonic() - began


async def upload(address: str, size: int) -> Answer:
    """As fast as it is taken."""
    reader, writer = await connect(address)
    writer.write(b'POST /up HTTP/1.1\r\nHost: bridge\r\nContent-Length: %d\r\n\r\n' % size)
    for _ in range(size // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()
    told = await answer(reader)
    writer.close()
    return told


async def download(address: str, size: int, per_second: int) -> int:
    """No faster than that many bytes a second. Gives how many came."""
    reader, writer = await connect(address)
    writer.write(b'GET /down/%d HTTP/1.1\r\nHost: bridge\r\n\r\n' % size)
    await reader.readuntil(b'\r\n\r\n')
    began, got = time.monotonic(), 0
    while got < size:
        part = await reader.read(1 << 20)
        if not part:
            break
        got += len(part)
        ahead = got / per_second - (time.monotonic() - began)
        if ahead > 0:
            await asyncio.sleep(ahead)  # the slow reader
    writer.close()
    return got
