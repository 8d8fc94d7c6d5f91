"""A task that the bridge has a lease of is the bridge's; any other is the backend's; and none is both's or nobody's."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import gevent
import pytest

from cutover_compat import cli
from cutover_compat.package import Package
from conftest import FAKE
from scripted import ScriptedBridge, until

EVERY = ['delete_past_calendar_events', 'detect_new_spam_tokens', 'trigger_calendar_reminder', 'update_owned_assets']
REMINDER = 'trigger_calendar_reminder'
IDLE = {'ok': True, 'error': None, 'scheduling': True, 'busy': []}
WALL = 1_800_000_000


class Clock:
    """Both clocks, and they stand still."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return WALL + self.now


class Log:
    """What the tasks have done. One that is `held` waits."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.held: gevent.event.Event | None = None

    def __getattr__(self, _: str) -> Callable[[str], None]:
        return self.note

    def note(self, what: str) -> None:
        if self.held is not None:
            self.held.wait()
        self.done.append(what)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr('cutover_compat.leases.time', clock)
    monkeypatch.setattr('cutover_compat.link.FIRST_RETRY', 0.02)
    return clock


@pytest.fixture
def rotki(clock: Clock, attached: ScriptedBridge, load: Callable[[str], ModuleType], package: Package) -> Any:
    module = load('rotkehlchen.tasks.manager')
    rotki = load('rotkehlchen.rotkehlchen').Rotkehlchen([])
    login(rotki, module)
    until(lambda: attached.said('/parts') and attached.said('/parts')[-1]['tasks'] == EVERY)
    return rotki


def login(rotki: Any, module: ModuleType) -> None:
    rotki.task_manager = module.TaskManager(rotki.greenlet_manager, Log())
    rotki.task_manager.should_schedule = True


def turn(rotki: Any) -> set[str]:
    """What is done in one turn, by the words of the tasks."""
    log = rotki.task_manager.log
    del log.done[:]
    rotki.main_loop()
    gevent.joinall(rotki.greenlet_manager.greenlets)
    return set(log.done)


ALL = {'calendar_reminder', 'reminders', 'deletion', 'owned', 'spam', 'refresh_balances', 'network'}


def test_what_can_be_leased_is_said_and_only_while_the_part_is_on(package: Package, rotki: Any, attached: ScriptedBridge) -> None:
    assert attached.ask(kind='part', name='tasks', on=False)['ok']
    assert attached.said('/parts')[-1]['tasks'] == []
    refused = attached.ask(kind='lease', tasks=EVERY, seconds=60)
    assert (refused['ok'], 'the part is off' in refused['error']) == (False, True)
    assert turn(rotki) == ALL
    assert attached.ask(kind='part', name='tasks', on=True)['ok']
    assert attached.said('/parts')[-1]['tasks'] == EVERY


def test_a_leased_task_is_not_started_until_the_lease_is_over(rotki: Any, attached: ScriptedBridge, clock: Clock) -> None:
    assert turn(rotki) == ALL
    said = attached.ask(kind='lease', tasks=['update_owned_assets', REMINDER], seconds=60)
    assert said == IDLE | {'id': 1, 'last': {REMINDER: 1000}}
    clock.now = 59.9
    assert turn(rotki) == {'deletion', 'spam', 'refresh_balances', 'network'}
    clock.now = 60
    assert turn(rotki) == ALL


def test_a_renewal_lasts_from_its_receipt_and_replaces_what_was_leased(rotki: Any, attached: ScriptedBridge, clock: Clock) -> None:
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    assert turn(rotki) == {'network'}
    clock.now = 50
    attached.ask(kind='lease', tasks=['update_owned_assets'], seconds=60)
    assert turn(rotki) == ALL - {'owned'}, 'the others are back at once'
    clock.now = 109
    assert 'owned' not in turn(rotki)
    attached.ask(kind='lease', tasks=[], seconds=60)
    assert turn(rotki) == ALL


def test_a_lease_outlives_the_connection_and_ends_by_itself(rotki: Any, attached: ScriptedBridge, clock: Clock, package: Package) -> None:
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    clock.now = 30
    assert turn(rotki) == {'network'}
    clock.now = 61
    assert turn(rotki) == ALL


@pytest.mark.parametrize('way', ['bridge', 'python'])
def test_a_lease_ends_with_the_part_and_does_not_come_back_with_it(
    rotki: Any,
    attached: ScriptedBridge,
    package: Package,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cutover_compat import task_manager_migration_bridge as migration

    monkeypatch.setattr(cli, '_package', package)
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    if way == 'bridge':
        attached.ask(kind='part', name='tasks', on=False)
    else:
        migration.disable_native_tasks()
        until(lambda: attached.said('/parts')[-1]['tasks'] == [])
    assert turn(rotki) == ALL
    migration.enable_native_tasks()
    assert turn(rotki) == ALL


def test_a_task_that_is_under_way_is_busy_until_it_is_done(rotki: Any, attached: ScriptedBridge) -> None:
    log = rotki.task_manager.log
    log.held = gevent.event.Event()
    rotki.task_manager.potential_tasks.pop()
    rotki.main_loop()
    busy = attached.ask(kind='lease', tasks=['update_owned_assets', REMINDER], seconds=60)['busy']
    assert busy == [REMINDER, 'update_owned_assets']
    log.held.set()
    gevent.joinall(rotki.greenlet_manager.greenlets)
    assert attached.ask(kind='lease', tasks=[REMINDER], seconds=60)['busy'] == []


def test_a_lease_that_comes_while_a_task_looks_whether_it_is_due_finds_it_busy(rotki: Any, attached: ScriptedBridge) -> None:
    """It reads from the database, and others run meanwhile."""
    manager = rotki.task_manager
    looking, go_on = gevent.event.Event(), gevent.event.Event()
    manager.while_looking = lambda: (looking.set(), go_on.wait())
    scheduler = gevent.spawn(rotki.main_loop)
    looking.wait()
    assert attached.ask(kind='lease', tasks=[REMINDER], seconds=60)['busy'] == [REMINDER]
    manager.log.held = gevent.event.Event()
    go_on.set()
    until(lambda: rotki.greenlet_manager.greenlets)
    assert attached.ask(kind='lease', tasks=[REMINDER], seconds=60)['busy'] == [REMINDER]
    manager.log.held.set()
    scheduler.join()
    gevent.joinall(rotki.greenlet_manager.greenlets)
    assert attached.ask(kind='lease', tasks=[REMINDER], seconds=60)['busy'] == []


def test_whether_the_backend_would_run_tasks_is_said(rotki: Any, attached: ScriptedBridge, load: Any) -> None:
    def scheduling() -> bool:
        return attached.ask(kind='lease', tasks=EVERY, seconds=60)['scheduling']

    assert scheduling()
    rotki.args.disable_task_manager = True
    assert not scheduling()
    rotki.args.disable_task_manager = False
    rotki.task_manager.should_schedule = False
    assert not scheduling()
    rotki.task_manager = None
    said = attached.ask(kind='lease', tasks=EVERY, seconds=60)
    assert said == IDLE | {'id': 4, 'scheduling': False, 'last': {}}
    login(rotki, load('rotkehlchen.tasks.manager'))
    assert scheduling()
    assert turn(rotki) == {'network'}, 'the lease is of tasks, whoever is logged in'


@pytest.mark.parametrize('ending', ['expiry', 'release', 'switch'])
def test_a_backend_that_takes_reminders_back_knows_of_the_last_renewal(
    rotki: Any,
    attached: ScriptedBridge,
    clock: Clock,
    ending: str,
) -> None:
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    clock.now = 30.9
    renewed = WALL + 30
    said = attached.ask(kind='lease', tasks=EVERY, seconds=60)
    assert said['last'] == {REMINDER: 0}, 'a renewal does not push it on'
    if ending == 'expiry':
        clock.now = 100
    elif ending == 'release':
        assert attached.ask(kind='lease', tasks=[], seconds=60)['last'] == {REMINDER: renewed}
    else:
        attached.ask(kind='part', name='tasks', on=False)
    assert turn(rotki) == ALL
    assert rotki.task_manager.found == renewed
    turn(rotki)
    assert rotki.task_manager.found == 1000, 'once'


def test_another_bridge_hears_when_the_one_before_may_have_announced_reminders_last(
    rotki: Any,
    attached: ScriptedBridge,
    clock: Clock,
    package: Package,
) -> None:
    clock.now = 10
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    attached.stop()
    until(lambda: package.link is not None and not package.link.attached)
    clock.now = 20
    attached.start()
    until(lambda: package.link is not None and package.link.attached)
    assert turn(rotki) == {'network'}, 'what the one before was given is not taken away'
    assert attached.ask(kind='lease', tasks=EVERY, seconds=60)['last'] == {REMINDER: WALL + 10}


@pytest.mark.parametrize(
    ('tasks', 'seconds', 'words'),
    [
        ([*EVERY, 'ask_the_network', 'of_tomorrow'], 60, 'no hooks for ask_the_network, of_tomorrow'),
        (EVERY, -1, 'a lease of -1 seconds'),
        (EVERY, 1e9, 'a lease of 1000000000.0 seconds'),
        (EVERY, 'long', 'not supported'),
        (None, 60, 'not iterable'),
    ],
)
def test_what_can_not_be_leased_is_refused_and_the_lease_before_stays(
    rotki: Any,
    attached: ScriptedBridge,
    tasks: Any,
    seconds: Any,
    words: str,
) -> None:
    attached.ask(kind='lease', tasks=['update_owned_assets'], seconds=60)
    said = attached.ask(kind='lease', tasks=tasks, seconds=seconds)
    assert not said['ok']
    assert words in said['error']
    assert turn(rotki) == ALL - {'owned'}


def test_an_error_of_ours_is_said_once_and_the_backend_does_its_tasks(
    rotki: Any,
    attached: ScriptedBridge,
    package: Package,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attached.ask(kind='lease', tasks=EVERY, seconds=60)
    monkeypatch.setattr(package.leases, 'holds', lambda _: 1 / 0)
    monkeypatch.setattr(package.leases, 'began', lambda *_: 1 / 0)
    for _ in range(2):
        assert turn(rotki) == ALL
    assert [record.getMessage().count('looking at a lease failed') for record in caplog.records] == [1, 0]


def test_a_task_that_fails_where_it_looks_fails_as_it_did(rotki: Any, package: Package) -> None:
    rotki.task_manager.while_looking = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        rotki.task_manager._maybe_trigger_calendar_reminder()
    assert not package.leases.busy(REMINDER)


def test_a_task_of_another_shape_is_not_leased_and_the_others_are(
    package: Package,
    load: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = write_manager(tmp_path, monkeypatch, ('def _maybe_update_owned_assets(self)', 'def _maybe_update_owned_assets(self, now=0)'))
    load('rotkehlchen.rotkehlchen')
    module = load('rotkehlchen.tasks.manager')
    assert module.__file__ == str(other)
    assert package.shown_parts()['tasks'] == [task for task in EVERY if task != 'update_owned_assets']
    assert not hasattr(module.TaskManager._maybe_update_owned_assets, 'cutover_original')
    [record] = caplog.records
    assert '_maybe_update_owned_assets takes (self, now), known is (self)' in record.getMessage()


@pytest.mark.parametrize(
    ('old', 'new', 'words'),
    [
        ('last_calendar_reminder_check', 'last_check', "TaskManager.__init__ has no 'last_calendar_reminder_check' in it"),
        ('def _schedule(', 'def _schedule_all(', 'has no TaskManager._schedule'),
    ],
)
def test_a_task_manager_of_another_shape_runs_as_it_is(
    package: Package,
    load: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    old: str,
    new: str,
    words: str,
) -> None:
    write_manager(tmp_path, monkeypatch, (old, new))
    load('rotkehlchen.rotkehlchen')
    load('rotkehlchen.tasks.manager')
    assert package.shown_parts()['tasks'] == []
    [record] = caplog.records
    assert words in record.getMessage()


def test_without_a_main_loop_that_is_known_nothing_is_leased(
    package: Package,
    load: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    change_fake('rotkehlchen', tmp_path, monkeypatch, ('disable_task_manager', 'no_task_manager'))
    load('rotkehlchen.tasks.manager')
    load('rotkehlchen.rotkehlchen')
    assert package.shown_parts()['tasks'] == []
    assert "main_loop has no 'disable_task_manager' in it" in caplog.text


def write_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]) -> Path:
    return change_fake('tasks/manager', tmp_path, monkeypatch, change)


def change_fake(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]) -> Path:
    """The same backend with one thing in one module changed."""
    shutil.copytree(FAKE / 'rotkehlchen', tmp_path / 'other' / 'rotkehlchen')
    path = tmp_path / 'other' / 'rotkehlchen' / f'{name}.py'
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    monkeypatch.syspath_prepend(str(tmp_path / 'other'))
    return path
