"""At the end: what is stored, what either side shows, and what was told are the same."""

import json
import sqlite3
from collections import Counter

from . import database, limits
from .process import CouldNotRun, until
from .rows import KINDS, MARK, STORED, Seen, shown, shows
from .scene import DIRECT, NATIVE, NOBODY, NoAnswer, Scene
from .stack import now, wait
from .wire import Client

LOST = 'no acknowledged write is lost'
ALARMS = ('panicked at', 'stack backtrace', 'memory allocation of', 'fatal runtime error')
SHOWN = 8  # log messages that are listed


class Final:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._journal, self._stack = scene.journal, scene.stack
        self.logged: Counter[str] = Counter()
        self.stored: dict[str, int] = {}
        self.verdicts: Counter[str] = Counter()

    def check(self) -> None:
        """Nobody writes any more, and nothing is broken."""
        for user in database.PASSWORDS:
            if not self._scene.session.ensure(user):
                self._journal.violated('recovery', f'{user} can not be logged in at the end')
                return
            self._settled()
            self._both_show(user)
            if self._scene.session.logout() is None or self._scene.session.now() != {NOBODY}:
                self._journal.violated('recovery', f'{user} can not be logged out at the end')
                return
            self._is_stored(user)
        said = database.faults_of(database.global_file(self._stack.data), None)
        if said:
            self._journal.violated('databases are sound', f'global.db: {said}')

    def _settled(self) -> None:
        try:
            until('bridge and legacy know each other', self._stack.whole, limits.RECOVERY)
        except CouldNotRun as failure:
            self._journal.violated('recovery', str(failure))

    def _both_show(self, user: str) -> None:
        for kind in ('tag', 'note', 'entry'):
            began = now()
            views = {way: self._rows(way, kind) for way in (NATIVE, DIRECT)}
            if views[NATIVE] is None or views[DIRECT] is None or views[NATIVE] != views[DIRECT]:
                self._journal.violated('no wrong byte', f"{user}'s rows of kind {kind} at the end: {views}")
                continue
            found: dict[str, list[str]] = {}
            for row in views[NATIVE] or []:
                if row.user == user and not row.name.startswith('only '):
                    found.setdefault(row.name, []).append(row.text)
            for wrong in self._scene.ledger.wrong(user, kind, found, began, now()):
                self._journal.violated(LOST, f'at the end, natively and by legacy: {wrong}')

    def _rows(self, way: str, kind: str) -> list[Seen] | None:
        client = Client()
        try:
            answer = self._scene.ask(client, way, shows(kind))
        except NoAnswer as failure:
            self._journal.violated('recovery', f'no answer at the end ({way}): {failure!r}')
            return None
        finally:
            client.close()
        if answer.status != 200 or (way == NATIVE and answer.variant != 'native'):
            self._journal.violated('recovery', f'at the end ({way}): {answer.shown()}')
            return None
        return sorted(shown(kind, answer.json['result']), key=lambda row: (row.name, row.id))

    def _is_stored(self, user: str) -> None:
        """In the file itself, which nobody has open now."""
        file, password = database.user_file(self._stack.data, user), self._scene.session.password(user)
        said = database.faults_of(file, password)
        if said:
            self._journal.violated('databases are sound', f"{user}'s database: {said}")
        connection = database.connect(file, password)
        try:
            for kind in KINDS:
                began = now()
                rows = [Seen(*row) for row in connection.execute(STORED[kind])]
                found: dict[str, list[str]] = {}
                for row in rows:
                    if not row.name or row.name.startswith('only ') or not MARK.match(row.name):
                        continue
                    if row.user == user:
                        found.setdefault(row.name, []).append(row.text or '')
                    elif not self._scene.ledger.doubtful(row.user or '', row.name):
                        self._journal.violated('nobody else\'s rows', f"in {user}'s file: {row}")
                self.stored[f'{user} {kind}'] = len(found)
                for wrong in self._scene.ledger.wrong(user, kind, found, began, now()):
                    self._journal.violated(LOST, f"in {user}'s file: {wrong}")
            held = connection.execute("SELECT name FROM settings WHERE name LIKE 'chaos %'").fetchall()
            if held:
                self._journal.violated('databases are sound', f"in {user}'s file is what was never committed: {held}")
            bare = connection.execute(
                'SELECT count(*) FROM history_events e LEFT JOIN history_events_mappings m ON m.parent_identifier = '
                "e.identifier WHERE e.event_identifier GLOB '*:writer*' AND m.value IS NOT 1"
            ).fetchone()[0]
            if bare:
                self._journal.violated(LOST, f"in {user}'s file are {bare} events without their mapping: half a write")
        finally:
            connection.close()

    def end(self) -> None:
        """The bridge ends in order; what it kept and said is looked at."""
        self._compared()
        self._quiet()
        self._stack.measure()
        for life in self._stack.lives:
            self._life(life.pid, life.memory)
        status = self._stack.end_bridge(orderly=True)
        if status != 0:
            self._journal.violated('nothing ends by itself', f'the bridge ended with status {status} at SIGTERM, not 0')
        self._log()
        self._kept()

    def _compared(self) -> None:
        """What the bridge itself made of the comparisons of modes shadow, canary and verify, over all its lives."""
        for route in (self._stack.status('/api/parity') or {}).get('routes', []):
            for verdict, count in route['verdicts'].items():
                if count:
                    self.verdicts[f'{route["route"]} {verdict}'] += count

    def _quiet(self) -> None:
        """Without clients, and once unused connections to legacy are over, it has no more open than before it had any. Of
        databases it keeps some connections."""
        end = now() + limits.IDLE + limits.LOAD
        while True:
            opened = Counter(self._stack.descriptors())
            stored = {path: count for path, count in opened.items() if path.startswith(str(self._stack.data))}
            others = opened.total() - sum(stored.values())
            if others <= self._stack.quiet + limits.DESCRIPTORS and max(stored.values(), default=0) <= limits.CONNECTIONS:
                return
            if now() > end:
                what = f'{others} descriptors, {self._stack.quiet} before it had clients, and of databases {stored}: {sorted(opened)}'
                self._journal.violated('nothing grows', what)
                return
            wait(self._scene.session.stop, 0.1)

    def _life(self, pid: int, memory: list[int]) -> None:
        if len(memory) > 1 and memory[-1] - memory[0] > limits.MEMORY:
            grown = [round(one / 2**20) for one in memory]
            self._journal.violated('nothing grows', f'memory of bridge {pid} in MiB: {grown}, allowed {limits.MEMORY >> 20} more')

    def _log(self) -> None:
        for name in ('bridge', 'legacy'):
            text = (self._stack.folder / f'{name}.log').read_text(errors='replace')
            for alarm in ALARMS:
                if name == 'bridge' and alarm in text:
                    at = text.index(alarm)
                    self._journal.violated('no panic', text[max(0, at - 300) : at + 700])
            if name == 'bridge':
                for line in text.splitlines():
                    try:
                        entry = json.loads(line)
                    except ValueError:
                        if line.startswith(f'cutover: {self._stack.file}'):
                            continue  # why it did not start
                        self._journal.violated('no panic', f'a line of the log that is none: {line[:500]}')
                        continue
                    if entry.get('level') in ('WARN', 'ERROR'):
                        self.logged[f'{entry["level"]} {entry.get("message")}'] += 1

    def _kept(self) -> None:
        """Evidence and journal can be read, whatever they were written on."""
        folder = self._stack.state_disk.folder
        evidence = folder / 'evidence.db'
        if evidence.exists():
            connection = sqlite3.connect(evidence)
            said = connection.execute('PRAGMA integrity_check').fetchall()
            connection.close()
            if said != [('ok',)]:
                self._journal.violated('databases are sound', f'evidence.db: {said}')
        journal = folder / 'routes.journal.jsonl'
        if journal.exists():
            for number, line in enumerate(journal.read_text(errors='replace').splitlines(), 1):
                try:
                    json.loads(line)
                except ValueError:
                    self._journal.violated('databases are sound', f'line {number} of the journal: {line[:300]}')
