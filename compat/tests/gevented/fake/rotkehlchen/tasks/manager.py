from types import SimpleNamespace

import gevent.lock

WSMessageType = SimpleNamespace(CALENDAR_REMINDER='calendar_reminder', REFRESH_BALANCES='refresh_balances')
DBCacheStatic = SimpleNamespace(
    LAST_DELETE_PAST_CALENDAR_EVENTS='deletion', LAST_OWNED_ASSETS_UPDATE='owned', LAST_SPAM_ASSETS_DETECT_KEY='spam',
)


def notify_reminders(log):
    log.add_message(WSMessageType.CALENDAR_REMINDER)
    log.executemany('reminders')


def delete_past_calendar_entries(log):
    log.executemany(DBCacheStatic.LAST_DELETE_PAST_CALENDAR_EVENTS)


def update_owned_assets(log):
    log.update_owned_assets_in_globaldb(DBCacheStatic.LAST_OWNED_ASSETS_UPDATE)


def autodetect_spam_assets_in_db(log):
    log.executemany(DBCacheStatic.LAST_SPAM_ASSETS_DETECT_KEY)
    log.add_message(WSMessageType.REFRESH_BALANCES)


class TaskManager:
    """Everything is due, at every turn."""

    def __init__(self, greenlet_manager, log):
        self.should_schedule = False
        self.greenlet_manager = greenlet_manager
        self.log = log
        self.found = None
        self.while_looking = lambda: None
        self.last_calendar_reminder_check = 0
        self.running_greenlets = {}
        self.potential_tasks = [
            self._maybe_trigger_calendar_reminder,
            self._maybe_delete_past_calendar_events,
            self._maybe_update_owned_assets,
            self._maybe_detect_new_spam_tokens,
            self._maybe_ask_the_network,
        ]
        self.schedule_lock = gevent.lock.Semaphore()

    def _maybe_trigger_calendar_reminder(self):
        self.found = self.last_calendar_reminder_check
        self.last_calendar_reminder_check = 1000
        self.while_looking()
        return [self.greenlet_manager.spawn_and_track(None, 'notify_reminders', True, notify_reminders, log=self.log)]

    def _maybe_delete_past_calendar_events(self):
        return [self.greenlet_manager.spawn_and_track(None, 'deletion', True, delete_past_calendar_entries, log=self.log)]

    def _maybe_update_owned_assets(self):
        return [self.greenlet_manager.spawn_and_track(None, 'owned', True, update_owned_assets, log=self.log)]

    def _maybe_detect_new_spam_tokens(self):
        return [self.greenlet_manager.spawn_and_track(None, 'spam', True, autodetect_spam_assets_in_db, log=self.log)]

    def _maybe_ask_the_network(self):
        self.log.add_message('network')

    def _schedule(self):
        self.running_greenlets = {
            method: greenlets for method, greenlets in self.running_greenlets.items() if not all(x.dead for x in greenlets)
        }
        for method in self.potential_tasks:
            if method not in self.running_greenlets and (greenlets := method()) is not None:
                self.running_greenlets[method] = greenlets

    def schedule(self):
        if self.should_schedule:
            with self.schedule_lock:
                self._schedule()
