"""Files that others replace: routes.toml, and a user's database as legacy does it."""

import random
import shutil
import time
from typing import Any

from .. import database, limits
from ..process import until
from .base import Fault

GARBAGE = ('noise', 'cut', 'values', 'long', 'folder', 'none')
LONGEST = 2 << 20


class Garbage(Fault):
    name = 'routes-garbage'
    what = 'routes.toml is replaced by noise, a part of itself, wrong values, two megabytes, a folder or nothing; the last good one stays in force'
    part = 'config'

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'kind': dice.choice(GARBAGE), 'seed': dice.randrange(1 << 30)}

    def begin(self) -> None:
        good = self.stack.good.encode()
        dice = random.Random(self.how['seed'])
        kind, file = self.how['kind'], self.stack.file
        if kind in ('folder', 'none'):
            file.unlink(missing_ok=True)
            if kind == 'folder':
                file.mkdir()
            return
        content = {
            'noise': dice.randbytes(dice.randint(1, 5000)),
            'cut': good[: dice.randint(10, good.rfind(b'mode =') + 5)] + b'\nmode = "nativ',
            'values': good.replace(b'"native"', b'"nativ"').replace(b'"1000ms"', b'"soon"'),
            'long': b'#' * LONGEST + b'\n[',
        }[kind]
        try:
            self.stack.write_routes(content)
        except OSError as e:  # its disk may be full
            self.journal.note('garbage not written', error=str(e))

    def end(self) -> None:
        if self.stack.file.is_dir():
            self.stack.file.rmdir()
        until('routes.toml can be written again', self._written, limits.RECOVERY)

    def _written(self) -> bool:
        self.stack.generation += 1
        try:
            self.stack.write_routes(f'{self.stack.good}\n# {self.stack.generation}\n'.encode())
        except OSError:
            return False
        return True


class _Files(Fault):
    """Nobody writes meanwhile, and the content stays the same."""

    part = 'session'
    alone = True
    seconds = (0.0, 0.0)

    def end(self) -> None:
        pass

    def begin(self) -> None:
        with self.session.conducting, self.session.gate.alone(limits.ANSWER['write']):
            user = self.session.user
            if user is None:
                user = 'ada'
                self.session.ensure(user)
            self.change(user)

    def change(self, user: str) -> None:
        raise NotImplementedError

    def logged_out(self, user: str) -> None:
        if not self.session.ensure(user) or self.session.logout() is None:
            self.journal.violated('recovery', f'{user} can not be logged out although nothing is broken')


class Replace(_Files):
    name = 'database-replace'
    what = 'the user is logged out, the database file replaced by another one, and the user logged in again'

    def change(self, user: str) -> None:
        self.logged_out(user)
        file = database.user_file(self.stack.data, user)
        aside = file.with_suffix('.aside')
        shutil.copyfile(file, aside)
        aside.rename(file)
        self.session.ensure(user)


class Resume(_Files):
    name = 'database-resume'
    what = 'a login finds an upgrade that never finished; the next one has legacy copy a backup over the database'

    def change(self, user: str) -> None:
        self.logged_out(user)
        file = database.user_file(self.stack.data, user)
        shutil.copyfile(file, file.with_name(f'{int(time.time())}_rotkehlchen_db_v49.backup'))
        connection = database.connect(file, self.session.password(user))
        connection.execute("INSERT INTO settings(name, value) VALUES('ongoing_upgrade_from_version', '49')")
        connection.close()
        asked = self.session.login(user)
        if asked is None or asked.status != 300:
            self.journal.violated('no wrong byte', f'a login in an unfinished upgrade: {asked and asked.shown()}')
        answer = self.session.login(user, resume_from_backup=True)
        if answer is None or answer.status != 200:
            self.journal.violated('recovery', f'a login that resumes from a backup: {answer and answer.shown()}')
        for backup in file.parent.glob('*.backup'):
            backup.unlink()


class Rekey(_Files):
    name = 'database-rekey'
    what = "the user's password is changed, and changed back: the file has another key"

    @classmethod
    def draw(cls, dice: random.Random) -> dict[str, Any]:
        return {'past': dice.random() < 0.3}

    def change(self, user: str) -> None:
        old = self.session.password(user)
        for password in (f"{old} ' new", old):
            if not self.session.change_password(password, direct=self.how['past']):
                self.journal.violated('recovery', 'a password can not be changed although nothing is broken')
