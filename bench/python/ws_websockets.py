"""`broadcast` of the library websockets, in asyncio, as its documentation shows it, without compression and pings.

It prints its address, and is then told what to do as the other subjects are.
"""

import asyncio
import json
import sys
import time
from typing import Any

from websockets.asyncio.server import ServerConnection, broadcast, serve
from ws_publisher import Messages, messages_of, text

# `broadcast` never waits. So often the publisher looks whether somebody's buffer grows, and if so waits for it.
LOOK_EVERY = 64
MOST_BUFFERED = 1 << 20


async def publish(connections: set[ServerConnection], messages: Messages) -> dict[str, Any]:
    began = time.monotonic()
    for number in messages.numbers():
        # Without a pace too: what could not be sent at once is sent by the loop.
        await asyncio.sleep(messages.wait(number, began))
        broadcast(connections, text(number), raise_exceptions=True)
        if number % LOOK_EVERY == 0:
            while any(each.transport.get_write_buffer_size() > MOST_BUFFERED for each in connections):
                await asyncio.sleep(0.001)
    return {'seconds': time.monotonic() - began}


async def main() -> None:
    connections: set[ServerConnection] = set()

    async def subscribe(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.remove(connection)

    loop = asyncio.get_running_loop()
    async with serve(subscribe, '127.0.0.1', 0, compression=None, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f'listening on 127.0.0.1:{port}', flush=True)
        # A line is waited for in a thread; it sleeps while messages are published.
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            if order['do'] == 'subscribers':
                answer = {'subscribers': len(connections)}
            else:
                answer = await publish(connections, messages_of(order))
            print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    asyncio.run(main())
