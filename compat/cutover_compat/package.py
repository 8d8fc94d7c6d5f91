"""All of it together: the parts, the connection, what the hooks have found out about the backend."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cutover_compat import log
from cutover_compat.guard import guarded
from cutover_compat.leases import Leases
from cutover_compat.parts import CACHES, SESSION, TASKS, Parts

if TYPE_CHECKING:
    from cutover_compat.link import Link
    from cutover_compat.messages import Messages

Keys = list[str] | None


class Package:
    def __init__(self, path: str, parts: Parts) -> None:
        self.path = path
        self.parts = parts
        self.backend = 'unknown'
        self.link: 'Link | None' = None
        self.messages: 'Messages | None' = None
        self.caches: dict[str, Callable[[Keys], None]] = {}
        self.leases = Leases(parts)
        self.logged_in: Callable[[], tuple[str, str] | None] = lambda: None
        """Who is logged in, and with which password, as the backend itself holds it."""
        self.when_made: list[Callable[[Any], None]] = []
        """Hear of the backend's one object, once there is one."""
        self.files_at_work = 0
        parts.changed = self._parts_changed

    def start(self) -> None:
        """Connects, once the backend's sockets are gevent's."""
        from gevent import monkey

        if not monkey.is_module_patched('socket'):
            log.once('start', 'cutover: the backend has not patched its sockets for gevent; this package stays out of its way')
            return
        if self.link is None:
            from cutover_compat.link import Link
            from cutover_compat.messages import Messages

            self.link = Link(self.path, self)
            self.messages = Messages(self.link)
            self.link.start()

    def hears(self, part: str) -> bool:
        """Whether a part is on, and the bridge is there."""
        return self.link is not None and self.link.attached and self.parts.on(part)

    def shown_parts(self) -> dict[str, Any]:
        shown: dict[str, Any] = {part: self.parts.on(part) for part in self.parts.wanted}
        shown[CACHES] = sorted(self.caches) if self.parts.on(CACHES) else []
        shown[TASKS] = self.leases.names()
        return shown

    def _parts_changed(self) -> None:
        if not self.parts.on(TASKS):
            self.leases.end()
        if self.link is not None:
            self.link.tell_parts()

    def drop_caches(self, stale: list[dict[str, Any]]) -> None:
        """All that can be dropped is, also if something before it can not."""
        errors = []
        for cache in stale:
            try:
                if not self.parts.on(CACHES):
                    raise RuntimeError('the part is off')
                self.caches[cache['name']](cache.get('keys'))
            except Exception as e:  # noqa: BLE001
                errors.append(f'{cache.get("name")}: {e!r}')
        if errors:
            raise RuntimeError('; '.join(errors))

    def drop_all_caches(self) -> None:
        if self.parts.on(CACHES):
            for name, drop in self.caches.items():
                guarded(f'dropping {name}', drop, None)

    def announce_session(self) -> None:
        """To a bridge that has just come: who is in, and whether files are at work."""
        if self.hears(SESSION):
            guarded('telling of files at work', self._tell_files)
            guarded('telling who is logged in', self.say_session, 'login', self.logged_in)

    def say_session(self, event: str, who: Callable[[], tuple[str, str] | None]) -> None:
        """One after the other, and as it is then: what was told in another order would be what the bridge believes. A
        login or password of nobody is none, and neither is a logout of somebody.
        """
        if self.link is None or not self.hears(SESSION):
            return
        with self.link.telling:
            user = who()
            if (user is None) == (event == 'logout'):
                said = {} if user is None else {'user': user[0], 'password': user[1]}
                self.link.post('/session', {'event': event} | said)

    def files(self, phase: str) -> None:
        """The bridge closes the user's files, or may open them again. Nested pairs are one."""
        self.files_at_work = max(0, self.files_at_work + (1 if phase == 'begin' else -1))
        self._tell_files()

    def _tell_files(self) -> None:
        """Brings the bridge up to date: what was told in another order would leave them closed for good."""
        if self.link is None:
            return
        with self.link.telling:
            wanted = self.files_at_work > 0 and self.parts.on(SESSION)
            # With a connection the bridge's hold on them has ended.
            if not self.link.attached or wanted == self.link.files_told:
                return
            try:
                self.link.post('/session', {'event': 'files', 'phase': 'begin' if wanted else 'end'})
                self.link.files_told = wanted
            except Exception:
                self.link.reset()
                raise
