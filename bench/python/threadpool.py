"""SQLCipher for Python behind thread pools: one connection, one executor with one thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import subject
from dialect import connect


class Connection:
    """A connection that is used by its own thread alone."""

    def __init__(self, number: int) -> None:
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f'connection-{number}')
        self.connection: Any = None

    def open(self, file: str, passphrase: str | None) -> None:
        self.connection = connect(file, passphrase)
        self.connection.execute('SELECT count(*) FROM sqlite_master').fetchone()

    def query(self, sql: str, parameter: int) -> Any:
        return self.connection.execute(sql, (parameter,)).fetchone()[0]


class ThreadPool(subject.Subject):
    """Each query takes the next connection."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.next = 0

    async def open(self, file: str, passphrase: str | None, connections: int) -> None:
        await self.close()
        self.connections = [Connection(number) for number in range(connections)]
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(
            loop.run_in_executor(connection.thread, connection.open, file, passphrase)
            for connection in self.connections
        ))

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        for connection in self.connections:
            await loop.run_in_executor(connection.thread, connection.connection.close)
            connection.thread.shutdown()
        self.connections = []

    async def query(self, sql: str, parameter: int) -> Any:
        self.next = (self.next + 1) % len(self.connections)
        connection = self.connections[self.next]
        return await asyncio.get_running_loop().run_in_executor(connection.thread, connection.query, sql, parameter)


if __name__ == '__main__':
    subject.serve(ThreadPool())
