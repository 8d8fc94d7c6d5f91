"""aiosqlite: one thread per connection. It stands on the sqlite3 of the standard library, which reads no SQLCipher.

With --cursor a query is execute, fetchone and close, as its documentation shows it: three trips to the thread.
Otherwise it is execute_fetchall: one trip, the quickest way it offers.
"""

import asyncio
import sys
from typing import Any

import aiosqlite
import subject


class Connections(subject.Subject):
    """Each query takes the next connection."""

    def __init__(self, cursor: bool) -> None:
        self.cursor = cursor
        self.connections: list[aiosqlite.Connection] = []
        self.next = 0

    async def open(self, file: str, passphrase: str | None, connections: int) -> None:
        if passphrase is not None:
            raise ValueError('aiosqlite reads no encrypted files')
        await self.close()
        self.connections = list(await asyncio.gather(*(aiosqlite.connect(file) for _ in range(connections))))
        for connection in self.connections:
            await connection.execute_fetchall('SELECT count(*) FROM sqlite_master')

    async def close(self) -> None:
        for connection in self.connections:
            await connection.close()
        self.connections = []

    async def query(self, sql: str, parameter: int) -> Any:
        self.next = (self.next + 1) % len(self.connections)
        connection = self.connections[self.next]
        if self.cursor:
            async with connection.execute(sql, (parameter,)) as cursor:
                row = await cursor.fetchone()
        else:
            [row] = await connection.execute_fetchall(sql, (parameter,))
        return row[0]


if __name__ == '__main__':
    subject.serve(Connections(cursor='--cursor' in sys.argv[1:]))
