"""The connection to the bridge: made in a greenlet of its own, made again when it breaks.

Nobody waits for it but who has something to say, and those not for long.
"""

import http.client
import json
import os
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Group

from cutover_compat import log, zone
from cutover_compat.guard import guarded
from cutover_compat.http import Client, Refused, UnixConnection, answer

if TYPE_CHECKING:
    from cutover_compat.package import Package

VERSION = 1
FIRST_RETRY, LAST_RETRY = 0.1, 5.0
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 2.0
SILENCE_SECONDS = 20.0
"""The bridge sends something every five seconds."""
LARGEST_LINE = 16 << 20


class Link:
    def __init__(self, path: str, package: 'Package') -> None:
        self.path = path
        self.package = package
        self.client = Client(path)
        self.attached = False
        self.stream: UnixConnection | None = None
        self.greenlet: gevent.Greenlet | None = None
        self.up = Event()
        self._good = False
        self._telling = False
        self._saying = Group()
        self.telling = BoundedSemaphore()
        self.files_told = False
        self.announcing: gevent.Greenlet | None = None

    def start(self) -> None:
        if self.greenlet is None:
            self.greenlet = gevent.spawn(self._run)

    def stop(self) -> None:
        if self.greenlet is not None:
            self.greenlet.kill()
            self.greenlet = None
        self._saying.kill()
        self._telling = False

    def reset(self) -> None:
        """Ends the connection, and with it whatever the bridge does or holds on our behalf. It is made again."""
        self.attached = False
        self.up.clear()
        if self.stream is not None and self.stream.sock is not None:
            import socket

            try:
                self.stream.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def post(self, target: str, said: Any, timeout: float = ANSWER_SECONDS) -> Any:
        """Says something; raises if the bridge can not hear it, or does not want to."""
        return self.client.post(target, json.dumps(said), timeout)

    def tell_parts(self) -> None:
        """Soon, and once for several changes. Does not wait."""
        if self.attached and not self._telling:
            self._telling = True
            self._saying.spawn(self._tell_parts, self.stream)

    def _tell_parts(self, stream: UnixConnection | None) -> None:
        self._telling = False
        try:
            self.post('/parts', self.package.shown_parts())
        except Exception as e:  # noqa: BLE001
            if self.stream is not stream:
                return  # the connection is gone already, and the next one begins with the parts
            # The bridge would go on relying on a part that may be off.
            log.once('parts', f'cutover: the bridge could not be told of the parts ({e!r}); connecting anew')
            self.reset()

    def _run(self) -> None:
        retry = FIRST_RETRY
        while True:
            try:
                self._follow()
            except (OSError, http.client.HTTPException, Refused) as e:
                log.once('link', f'cutover: no connection to the bridge at {self.path}, trying on: {e}')
            except Exception as e:  # noqa: BLE001
                log.once('link odd', f'cutover: the connection to the bridge failed in an unknown way, trying on: {e!r}', e)
            if self._left():
                retry = FIRST_RETRY
            gevent.sleep(retry * random.uniform(0.5, 1.0))
            retry = min(retry * 2, LAST_RETRY)

    def _left(self) -> bool:
        """Cleans up after a connection; gives whether it had been a good one."""
        good, self._good, stream, self.stream = self._good, False, self.stream, None
        self.attached = False
        self.up.clear()
        if stream is not None:
            stream.close()
        self.client.clear()
        if good:
            log.info('cutover: the bridge is gone')
            # What it could not tell any more.
            self.package.drop_all_caches()
        return good

    def _follow(self) -> None:
        self.stream = UnixConnection(self.path, CONNECT_SECONDS)
        said = {
            'version': VERSION,
            'pid': os.getpid(),
            'backend': self.package.backend,
            'parts': self.package.shown_parts(),
            'zone': zone.changes(),
        }
        self.stream.request('POST', '/attach', json.dumps(said).encode(), {'Content-Type': 'application/json'})
        response = self.stream.getresponse()
        if response.status != 200:
            answer(response)
        if self.stream.sock is not None:
            self.stream.sock.settimeout(SILENCE_SECONDS)
        while line := response.readline(LARGEST_LINE):
            self._heard(json.loads(line))

    def _heard(self, line: dict[str, Any]) -> None:
        kind = line.get('kind')
        if kind == 'hello':
            self._attached()
        elif kind == 'invalidate':
            self._answer(line, lambda: self.package.drop_caches(line['caches']))
        elif kind == 'part':
            self._answer(line, lambda: self._switch(line['name'], line['on']))
        elif kind == 'lease':
            self._answer(line, lambda: self.package.leases.take(line['tasks'], line['seconds']))
        # A ping, or what a newer bridge says besides.

    def _attached(self) -> None:
        self.attached = self._good = True
        self.files_told = False
        self.up.set()
        log.again('link')
        log.info('cutover: connected to the bridge')
        # Whatever was not told before is as good as told.
        self.package.drop_all_caches()
        guarded('looking back at a lease', self.package.leases.changed_hands)
        self.tell_parts()
        self.announcing = self._saying.spawn(self.package.announce_session)

    def _switch(self, part: str, on: bool) -> None:
        self.package.parts.switch(part, bool(on))
        self.post('/parts', self.package.shown_parts())

    def _answer(self, line: dict[str, Any], act: Callable[[], dict[str, Any] | None]) -> None:
        """What was done may have something to tell beside its success."""
        told: dict[str, Any] | None = None
        try:
            told = act()
            error = None
        except Exception as e:  # noqa: BLE001
            log.once(f'told {line.get("kind")}', f'cutover: what the bridge asked for went wrong: {e!r}', e)
            error = repr(e)
        try:
            self.post('/ack', {'id': line['id'], 'ok': error is None, 'error': error} | (told or {}))
        except Refused:
            pass  # nobody waits for it any more
