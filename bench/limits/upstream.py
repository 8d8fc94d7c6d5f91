"""A backend as the limits want it: it answers at once, or never, or without end. Prints where it listens."""

import asyncio
import re
import sys

CHUNK = b'x' * 65_536
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n{"result": true, "message":""}'


async def answer(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    target = head.split(b' ', 2)[1].decode()
    if target.startswith('/held'):
        await reader.read()  # until who asks is gone
        return
    if target.startswith('/down/'):
        size = int(target.removeprefix('/down/'))
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % size)
        while size > 0:
            writer.write(CHUNK[:size])
            size -= len(CHUNK)
            await writer.drain()
        return
    if target == '/up':
        length = re.search(rb'(?im)^content-length: *(\d+)', head)
        got, left = 0, int(length[1]) if length else 0
        while left > 0:
            part = await reader.read(min(left, 1 << 20))
            if not part:
                return
            got, left = got + len(part), left - len(part)
            await asyncio.sleep(0)  # others have their turn
        body = b'%d' % got
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))
        return
    writer.write(OK)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await answer(await reader.readuntil(b'\r\n\r\n'), reader, writer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, '127.0.0.1', 0, backlog=1024, limit=1 << 20)
    print('listening on', '{}:{}'.format(*server.sockets[0].getsockname()), flush=True)
    # With whoever started it.
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
