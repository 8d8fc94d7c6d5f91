"""Who is logged in: creating users, login, logout, change of password."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gevent.lock import Semaphore

from legacy.db import userdb
from legacy.db.driver import Connection, DatabaseError, OperationalError, UserConnection
from legacy.db.schema import LAST_DATA_MIGRATION, MINIMUM_USER_VERSION, USER_VERSION, check_user_schema
from legacy.errors import ApiError
from legacy.messages import MessagesAggregator, MessageType
from legacy.settings.store import all_settings, write_settings

logger = logging.getLogger(__name__)
SQLCIPHER_ERROR_STATUS = 542
MIGRATION_STEPS = ('Checking assets', 'Checking nodes', 'Done')


class Session:
    """One user per process. `login_lock` guards synchronous logins; two async ones may interleave."""

    def __init__(self, data_dir: Path, global_db: Connection, messages: MessagesAggregator) -> None:
        self.data_dir = data_dir
        self.global_db = global_db
        self.messages = messages
        self.login_lock = Semaphore()
        self.user: str | None = None
        self.password = ''
        self.cached_settings: dict[str, Any] = {}
        self.premium_groups: int | None = None
        """How many groups of history events a premium subscription shows; `None` without one."""
        self._user_db: UserConnection | None = None
        self._transient_db: Connection | None = None

    @property
    def db(self) -> UserConnection:
        if self._user_db is None:
            raise AttributeError("'NoneType' object has no attribute 'read_ctx'")
        return self._user_db

    def settings(self) -> dict[str, Any]:
        """As they are stored, and whether there is premium, which is not."""
        return {**all_settings(self.db), 'have_premium': self.premium_groups is not None}

    def users(self) -> dict[str, str]:
        """In the order the operating system lists the directory."""
        return {
            entry.name: 'loggedin' if entry.name == self.user else 'loggedout'
            for entry in (self.data_dir / 'users').iterdir()
            if (entry / userdb.MAIN).is_file()
        }

    def create(self, name: str, password: str, initial_settings: dict[str, Any] | None) -> dict[str, Any]:
        self._require_nobody(f'Can not create user {name}')
        if '/' in name or '\\' in name or name in ('.', '..'):
            raise ApiError(409, f'Provided user name {name} is not a valid directory name')
        directory = userdb.user_dir(self.data_dir, name)
        if directory.exists():
            raise ApiError(409, f'User {name} already exists')
        directory.mkdir()
        return self._start(name, password, lambda: write_settings(self.db, initial_settings or {}))

    def login(self, name: str, password: str, resume_from_backup: bool) -> dict[str, Any]:
        if not userdb.main_path(self.data_dir, name).is_file():
            raise ApiError(401, f'User {name} does not exist')
        self._require_nobody(f'Can not login to user {name}')
        return self._start(name, password, lambda: None, resume_from_backup)

    def _require_nobody(self, intention: str) -> None:
        if self.user is not None:
            raise ApiError(409, f'{intention} because user {self.user} is already logged in. Log out of that user first')

    def _start(
        self,
        name: str,
        password: str,
        when_open: Callable[[], None],
        resume_from_backup: bool = False,
    ) -> dict[str, Any]:
        try:
            self._user_db = UserConnection(userdb.main_path(self.data_dir, name), password)
        except OperationalError as e:
            raise ApiError(SQLCIPHER_ERROR_STATUS, f'Unexpected database error: {e}') from e
        except DatabaseError as e:
            raise ApiError(401, 'Wrong password or invalid/corrupt database for user') from e
        try:
            self._prepare(name, password, resume_from_backup)
            when_open()
            result = self.overview()
            self.cache_settings()
        except Exception:
            self._close()
            raise
        self.user, self.password = name, password
        return result

    def _prepare(self, name: str, password: str, resume_from_backup: bool) -> None:
        if userdb.is_fresh(self.db):
            userdb.create_tables(self.db, self.global_db)
        self._resume_upgrade(name, password, resume_from_backup)
        self._check_version()
        with self.db.read_ctx() as cursor:
            check_user_schema(cursor)
        self._transient_db = userdb.open_transient(self.data_dir, name, password)
        userdb.sync_assets(self.db, self.global_db)
        self._migrate_data()

    def _resume_upgrade(self, name: str, password: str, wanted: bool) -> None:
        """An upgrade that never finished: ask first (300), then fall back to the newest backup."""
        version = userdb.read_setting(self.db, 'ongoing_upgrade_from_version')
        if version is None:
            return
        if not wanted:
            raise ApiError(300, f'The upgrade of the database from version {version} was interrupted')
        backups = sorted(userdb.user_dir(self.data_dir, name).glob(f'*_rotkehlchen_db_v{version}.backup'))
        if not backups:
            raise ApiError(409, f'There is no backup of version {version} to resume from')
        self.db.close()
        shutil.copyfile(backups[-1], self.db.path)
        self._user_db = UserConnection(self.db.path, password)

    def _check_version(self) -> None:
        """For each upgrade there ever was: checkpoint, then look whether it is needed."""
        for _ in range(MINIMUM_USER_VERSION, USER_VERSION):
            self.db.checkpoint()
            version = int(userdb.read_setting(self.db, 'version') or 0)
            if version != USER_VERSION:
                raise ApiError(409, f'Database version {version} is not supported, version {USER_VERSION} is')
        with self.db.user_write() as cursor:
            cursor.execute('INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)', ('version', str(USER_VERSION)))

    def _migrate_data(self) -> None:
        """Only a database that has never been logged in to has anything to migrate."""
        current = int(userdb.read_setting(self.db, 'last_data_migration') or 0)
        if current >= LAST_DATA_MIGRATION:
            return
        for step, description in enumerate(MIGRATION_STEPS, start=1):
            self.messages.add_message(
                MessageType.DATA_MIGRATION_STATUS,
                {
                    'start_version': current,
                    'target_version': LAST_DATA_MIGRATION,
                    'current_migration': {
                        'version': LAST_DATA_MIGRATION,
                        'total_steps': len(MIGRATION_STEPS),
                        'current_step': step,
                        'description': description,
                    },
                },
            )
        with self.db.user_write() as cursor:
            cursor.execute(
                'INSERT OR REPLACE INTO settings(name, value) VALUES(?, ?)',
                ('last_data_migration', str(LAST_DATA_MIGRATION)),
            )

    def overview(self) -> dict[str, Any]:
        """What login and creation answer with."""
        with self.db.read_ctx() as cursor:
            exchanges = cursor.execute("SELECT location, name FROM user_credentials WHERE location != 'A'").fetchall()
        return {
            'exchanges': [{'location': location, 'name': name} for location, name in exchanges],
            'settings': self.settings(),
        }

    def cache_settings(self) -> None:
        """Keeps the settings as they are now. What only legacy changes it does not read again."""
        self.cached_settings = self.settings()

    def logout(self) -> None:
        if self.user is None:
            return
        directory = userdb.user_dir(self.data_dir, self.user)
        with self.db.read_ctx() as cursor:
            owned = userdb.owned_assets(cursor)
        userdb.add_owned(self.global_db, owned)
        self._close()
        self.user, self.password = None, ''
        userdb.write_info(directory)

    def _close(self) -> None:
        for connection in (self._user_db, self._transient_db):
            if connection is not None:
                connection.close()
        self._user_db = self._transient_db = None
        self.cached_settings = {}

    def change_password(self, name: str, current: str, new: str) -> None:
        """Two files, two rekeys: if the second fails they have different keys."""
        if name != self.user:
            raise ApiError(400, f'Provided user "{name}" is not the logged in user')
        if current != self.password:
            raise ApiError(401, 'Provided current password is not correct')
        self.db.rekey(new)
        if self._transient_db is not None:
            self._transient_db.rekey(new)
        self.password = new

    def backup(self) -> Path:
        """A plain copy of the main file: what is still in the WAL is not in it."""
        version = userdb.read_setting(self.db, 'version')
        target = self.db.path.with_name(f'{int(time.time())}_rotkehlchen_db_v{version}.backup')
        shutil.copyfile(self.db.path, target)
        return target
