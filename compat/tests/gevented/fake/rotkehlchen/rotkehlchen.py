from contextlib import contextmanager
from types import SimpleNamespace

from rotkehlchen.db.dbhandler import DBHandler
from rotkehlchen.greenlets.manager import GreenletManager
from rotkehlchen.inquirer import Cache


class CachedSettings:
    __instance = None
    _settings = SimpleNamespace()

    def __new__(cls):
        CachedSettings.__instance = CachedSettings.__instance or object.__new__(cls)
        return CachedSettings.__instance

    def update_entry(self, attr, value):
        setattr(self._settings, attr, value)

    def get_settings(self):
        return self._settings


class Rotkehlchen:
    def __init__(self, args):
        self.args = SimpleNamespace(disable_task_manager=False)
        self.task_manager = None
        self.greenlet_manager = GreenletManager()
        self.stored = {'main_currency': 'EUR'}
        self.user_is_logged_in = False
        self.data = SimpleNamespace(logged_in=False, username='no_user')
        self.steps = args

    def main_loop(self):
        if self.task_manager is not None and self.args.disable_task_manager is False:
            self.task_manager.schedule()

    def get_settings(self, cursor):
        assert cursor == 'cursor'
        return SimpleNamespace(**self.stored)

    def unlock_user(
        self,
        user,
        password,
        create_new,
        sync_approval,
        premium_credentials,
        resume_from_backup,
        initial_settings=None,
        sync_database=True,
    ):
        self.steps.append('unlock')
        if password == 'wrong':
            raise ValueError('wrong password')
        db = DBHandler(f'/users/{user}', password)
        db.import_unencrypted(b'')

        @contextmanager
        def read_ctx():
            yield 'cursor'

        db.conn = SimpleNamespace(read_ctx=read_ctx)
        self.data = SimpleNamespace(logged_in=True, username=user, db=db)
        self.accountant = SimpleNamespace(
            processable_events_cache=Cache(), processable_events_cache_signatures=Cache(),
        )
        self.user_is_logged_in = True

    def logout(self):
        self.steps.append('logout')
        self.user_is_logged_in = False
        self.data = SimpleNamespace(logged_in=False, username='no_user')
