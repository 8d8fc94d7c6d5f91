"""Tasks of the backend's own that the bridge may do."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import gevent
import pytest

from cutover_compat import cli
from cutover_compat.package import Package
from cutover_compat.task_manager_migration_bridge import TaskManagerMigrationBridge
from scripted import ScriptedBridge, until

TASK = 'update_owned_assets'


@pytest.fixture
def rotki(attached: ScriptedBridge, load: Callable[[str], ModuleType], package: Package) -> Any:
    load('rotkehlchen.tasks.manager')
    rotki = load('rotkehlchen.rotkehlchen').Rotkehlchen([])
    until(lambda: attached.said('/parts') and attached.said('/parts')[-1]['tasks'])
    attached.ask(kind='lease', tasks=[TASK], seconds=60)
    attached.answers['/run'] = lambda _: (200, {'started': True})
    return rotki


@pytest.fixture
def tasks(rotki: Any, package: Package) -> TaskManagerMigrationBridge:
    return TaskManagerMigrationBridge(package=package)


class Work:
    def __init__(self) -> None:
        self.done: list[Any] = []

    def method(self, value: Any) -> Any:
        """Documented."""
        self.done.append(value)
        if value == 'wrong':
            raise ValueError(value)
        return value


def test_a_python_callable_runs_in_the_backend(tasks: TaskManagerMigrationBridge, rotki: Any, attached: ScriptedBridge) -> None:
    work = Work()
    greenlet = tasks.spawn_and_track(None, 'A task', True, work.method, value=1)
    assert tasks.has_task('A ta')
    assert not tasks.has_task('Another')
    assert greenlet in rotki.greenlet_manager.greenlets
    assert greenlet.get() == 1
    assert not tasks.has_task('A task')
    tasks.clear_finished()
    assert tasks.greenlets == rotki.greenlet_manager.greenlets == []
    assert tasks.spawn_and_track(0.01, 'Later', True, work.method, value=2).get() == 2
    assert attached.said('/run') == []


def test_a_task_of_the_bridge_is_run_by_the_bridge(tasks: TaskManagerMigrationBridge, attached: ScriptedBridge) -> None:
    work = Work()
    greenlet = tasks.spawn_and_track(0.01, 'A task', True, work.method, native=TASK, value=1)
    assert greenlet.kwargs == {'value': 1}, 'the backend looks at them'
    assert (greenlet.get(), work.done) == (None, [])
    assert attached.said('/run') == [{'task': TASK}]
    assert tasks.has_task('A task') is False


@pytest.mark.parametrize(
    'answer',
    [(200, {'started': False}), (200, {}), (200, []), (409, {'error': 'it runs'}), (500, {'error': 'broken'}), (404, None)],
)
def test_what_the_bridge_does_not_start_python_does(
    tasks: TaskManagerMigrationBridge,
    attached: ScriptedBridge,
    answer: tuple[int, Any],
) -> None:
    attached.answers['/run'] = lambda _: answer
    work = Work()
    for value in (1, 2):
        assert tasks.spawn_and_track(None, 'A task', True, work.method, native=TASK, value=value).get() == value
    assert work.done == [1, 2]
    assert len(attached.said('/run')) == 2


def test_a_bridge_that_does_not_answer_is_not_waited_for_long(
    tasks: TaskManagerMigrationBridge,
    attached: ScriptedBridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr('cutover_compat.link.Link.post.__defaults__', (0.05,))
    attached.answers['/run'] = lambda _: (gevent.sleep(60), (200, {}))[1]
    work = Work()
    assert tasks.spawn_and_track(None, 'A task', True, work.method, native=TASK, value=1).get(timeout=5) == 1


@pytest.mark.parametrize('way', ['the part is off', 'it is not leased', 'it is not known', 'the bridge is gone'])
def test_the_bridge_is_not_asked_for_what_it_can_not_do(
    tasks: TaskManagerMigrationBridge,
    attached: ScriptedBridge,
    package: Package,
    way: str,
) -> None:
    native = TASK
    if way == 'the part is off':
        attached.ask(kind='part', name='tasks', on=False)
    elif way == 'it is not leased':
        native = 'trigger_calendar_reminder'
    elif way == 'it is not known':
        native = 'of_tomorrow'
    else:
        attached.stop()
        until(lambda: package.link is not None and not package.link.attached)
    assert tasks.spawn_and_track(None, 'A task', True, Work().method, native=native, value=1).get() == 1
    assert attached.said('/run') == []


def test_a_task_that_python_does_in_the_middle_of_a_lease_is_busy(tasks: TaskManagerMigrationBridge, attached: ScriptedBridge) -> None:
    attached.answers['/run'] = lambda _: (409, {'error': 'not now'})
    go_on = gevent.event.Event()
    greenlet = tasks.spawn_and_track(None, 'A task', True, lambda: go_on.wait(), native=TASK)
    until(lambda: attached.said('/run'))
    until(lambda: attached.ask(kind='lease', tasks=[TASK], seconds=60)['busy'] == [TASK])
    go_on.set()
    greenlet.join()
    assert attached.ask(kind='lease', tasks=[TASK], seconds=60)['busy'] == []


def test_what_fails_is_told_as_the_backend_tells_it(tasks: TaskManagerMigrationBridge, rotki: Any, attached: ScriptedBridge) -> None:
    attached.answers['/run'] = lambda _: (409, {})
    for native in (None, TASK):
        greenlet = tasks.spawn_and_track(None, 'A task', native is None, Work().method, native=native, value='wrong')
        with pytest.raises(ValueError, match='wrong'):
            greenlet.get()
    gevent.idle()
    assert rotki.greenlet_manager.errors == [('A task', True, 'wrong'), ('A task', False, 'wrong')]


def test_a_greenlet_that_is_killed_while_it_asks_does_nothing(tasks: TaskManagerMigrationBridge, attached: ScriptedBridge) -> None:
    """The backend kills with an exception like any other."""
    attached.answers['/run'] = lambda _: (gevent.sleep(0.1), (500, {}))[1]
    work = Work()
    greenlet = tasks.spawn_and_track(None, 'A task', True, work.method, native=TASK, value=1)
    until(lambda: attached.said('/run'))
    greenlet.kill(exception=RuntimeError('killed'))
    assert (str(greenlet.exception), work.done) == ('killed', [])


def test_a_manager_can_be_named_and_without_one_it_is_said(
    package: Package,
    rotki: Any,
    load: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(RuntimeError, match='was not started with'):
        TaskManagerMigrationBridge()
    monkeypatch.setattr(cli, '_package', package)
    mine = load('rotkehlchen.greenlets.manager').GreenletManager()
    assert TaskManagerMigrationBridge(mine).spawn_and_track(None, 'Mine', True, Work().method, value=1) in mine.greenlets
    package.leases.scheduler = lambda: None
    with pytest.raises(RuntimeError, match='no greenlet manager yet'):
        TaskManagerMigrationBridge().has_task('A task')
