"""The connection between the bridge and legacy: a TCP proxy that can be slow, deaf, cut or gone."""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable

PIECE = 16384
RESET = struct.pack('ii', 1, 0)  # SO_LINGER: closed with a reset


class Link:
    """Its port stays the same. Settings are in force for the next piece of every connection."""

    def __init__(self, seed: str) -> None:
        self.delay = 0.0  # seconds, each way
        self.rate = 0.0  # bytes a second and connection; 0: any
        self.resets: tuple[int, int] | None = None  # connections end after so many bytes, drawn between these
        self.target: tuple[str, int] | None = None
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None
        self._refusing: set[str] = set()
        # It keeps the port while nobody listens, so that connections are refused and nobody else gets it.
        self._reserved = _bound(0)
        self.port: int = self._reserved.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name='link', daemon=True)
        self._thread.start()
        self._do(self._listen)

    # --- what is done to it ---

    def refuse(self, why: str) -> None:
        """Nobody listens any more, until every reason is taken back. Open connections go on."""
        self._refusing.add(why)
        self._do(self._deaf)

    def accept(self, why: str) -> None:
        self._refusing.discard(why)
        if not self._refusing:
            self._do(self._listen)

    def cut(self) -> None:
        """Every connection is reset, on both sides."""
        self._do(self._cut)

    def hold(self) -> None:
        """Nothing passes, in either direction, and nobody is told."""
        self._do(self._open.clear)

    def let_go(self) -> None:
        self._do(self._open.set)

    def close(self) -> None:
        self._do(self._open.set)
        self._do(self._deaf)
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._reserved.close()

    # --- inside its thread ---

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, what: Callable[[], object]) -> None:
        done = threading.Event()

        async def doing() -> None:
            try:
                result = what()
                if asyncio.iscoroutine(result):
                    await result
            finally:
                done.set()

        asyncio.run_coroutine_threadsafe(doing(), self._loop)
        done.wait(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accepted, sock=_bound(self.port))

    def _deaf(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _cut(self) -> None:
        for pair in list(self._pairs):
            pair.reset()

    async def _end(self) -> None:
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pair = _Pair(writer)
        self._pairs.add(pair)
        try:
            if not await self._passes(pair) or self.target is None:
                return
            try:
                far_reader, far_writer = await asyncio.open_connection(*self.target)
            except OSError:
                return
            pair.far = far_writer
            if self.resets is not None:
                pair.left = self._random.randint(*self.resets)
            await asyncio.gather(
                self._pump(pair, reader, far_writer),
                self._pump(pair, far_reader, writer),
            )
        finally:
            pair.reset()
            self._pairs.discard(pair)

    async def _pump(self, pair: '_Pair', reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(PIECE):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.rate:
                    await asyncio.sleep(len(piece) / self.rate)
                if not await self._passes(pair):
                    break
                if pair.left is not None:
                    piece, pair.left = piece[: pair.left], pair.left - len(piece)
                writer.write(piece)
                await writer.drain()
                if pair.left is not None and pair.left <= 0:
                    pair.reset()
                    return
            if await self._passes(pair):
                with contextlib.suppress(OSError):
                    writer.write_eof()
        except OSError:
            pair.reset()

    async def _passes(self, pair: '_Pair') -> bool:
        """Waits while nothing passes. What a bridge has sent that has gone meanwhile is not delivered later."""
        if not self._open.is_set():
            await self._open.wait()
            if _gone(pair.near):
                pair.reset()
        return not pair.is_reset


class _Pair:
    def __init__(self, near: asyncio.StreamWriter) -> None:
        self.near = near
        self.far: asyncio.StreamWriter | None = None
        self.left: int | None = None
        self.is_reset = False

    def reset(self) -> None:
        self.is_reset = True
        for writer in (self.near, self.far):
            if writer is not None:
                with contextlib.suppress(OSError):
                    _socket(writer).setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()


def _socket(writer: asyncio.StreamWriter) -> socket.socket:
    return writer.get_extra_info('socket')


def _gone(writer: asyncio.StreamWriter) -> bool:
    """Asked of the kernel, since nobody may have read the end."""
    if writer.transport.is_closing():
        return True
    try:
        state = _socket(writer).getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except OSError:
        return True
    return state in (7, 8)  # TCP_CLOSE, TCP_CLOSE_WAIT


def _bound(port: int) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(('127.0.0.1', port))
    return one
