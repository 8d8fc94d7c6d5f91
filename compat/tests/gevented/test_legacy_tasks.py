"""compat/legacy as a process with the package in it, and a bridge that has leases of its tasks."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Legacy

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER, SIZES, seed
from scripted import ScriptedBridge, until

REMINDER = 'trigger_calendar_reminder'
EVERY = ['checkpoints', 'delete_past_calendar_events', 'detect_new_spam_tokens', REMINDER, 'update_owned_assets']
OWNED = 'Update owned assets in globaldb'
DATABASE_TASKS = ['Delete old calendar entries', 'Detect spam assets in globaldb', OWNED]
SECONDS = 40


@pytest.fixture(scope='module')
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('seeded') / 'data'
    (path / 'users').mkdir(parents=True)
    (path / 'global').mkdir()
    seed(path, SIZES['small'])
    return path


@pytest.fixture
def legacy(request: pytest.FixtureRequest, seeded: Path, tmp_path: Path, bridge: ScriptedBridge) -> Iterator[Legacy]:
    """Logged in, and attached."""
    under = ['-m', 'cutover_compat', '--bridge', f'unix:{bridge.path}', '--']
    arguments = getattr(request, 'param', [])
    legacy = Legacy(Path(shutil.copytree(seeded, tmp_path / 'data')), *arguments, under=under)
    until(lambda: bridge.stream is not None, SECONDS)
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    yield legacy
    legacy.stop()


def turns(legacy: Legacy, now: int) -> list[str]:
    """Until nothing more is due."""
    started: list[str] = []
    while more := legacy.call('POST', '/_test/schedule', {'now': now}).result['started']:
        started.extend(more)
    return sorted(started)


def lease(bridge: ScriptedBridge, tasks: list[str], seconds: float = 60) -> dict[str, Any]:
    said = bridge.ask(kind='lease', tasks=tasks, seconds=seconds)
    assert said['ok'], said
    return said


def test_leased_tasks_are_left_to_the_bridge_until_the_lease_is_over(legacy: Legacy, bridge: ScriptedBridge) -> None:
    now = int(time.time())
    until(lambda: (said := bridge.said('/parts')) and said[-1]['tasks'] == EVERY)
    assert lease(bridge, EVERY)['scheduling'] is False, 'nobody has looked at the balances yet'
    assert legacy.call('GET', '/balances').status == 200
    said = lease(bridge, EVERY)
    assert (said['scheduling'], said['busy'], said['last']) == (True, [], {REMINDER: 0})
    assert turns(legacy, now) == []
    lease(bridge, [task for task in EVERY if task != 'update_owned_assets'], 0.5)
    assert turns(legacy, now) == [OWNED], 'released'
    until(lambda: len(turns(legacy, now)) == 2, SECONDS)


def test_a_bridge_that_is_gone_leaves_them_to_the_backend(legacy: Legacy, bridge: ScriptedBridge) -> None:
    now = int(time.time())
    legacy.call('GET', '/balances')
    lease(bridge, EVERY, 3)
    bridge.stop()
    assert turns(legacy, now) == []
    until(lambda: legacy.call('POST', '/_test/schedule', {'now': now}).result['started'], SECONDS)


def test_the_switch_gives_them_back(legacy: Legacy, bridge: ScriptedBridge) -> None:
    now = int(time.time())
    legacy.call('GET', '/balances')
    lease(bridge, EVERY)
    assert bridge.ask(kind='part', name='tasks', on=False)['ok']
    assert bridge.said('/parts')[-1]['tasks'] == []
    assert turns(legacy, now) == DATABASE_TASKS


@pytest.mark.parametrize('legacy', [['--disable-task-manager']], indirect=True)
def test_a_backend_without_background_tasks_says_so(legacy: Legacy, bridge: ScriptedBridge) -> None:
    legacy.call('GET', '/balances')
    assert lease(bridge, EVERY)['scheduling'] is False


@pytest.mark.parametrize(('environment', 'options'), [({'CUTOVER_COMPAT_TASKS': 'off'}, []), ({}, ['--no-tasks'])])
def test_the_part_can_be_off_from_the_start(
    seeded: Path,
    tmp_path: Path,
    bridge: ScriptedBridge,
    environment: dict[str, str],
    options: list[str],
) -> None:
    under = ['-m', 'cutover_compat', '--bridge', f'unix:{bridge.path}', *options, '--']
    legacy = Legacy(Path(shutil.copytree(seeded, tmp_path / 'data')), env=environment, under=under)
    try:
        until(lambda: (said := bridge.said('/parts')) and said[-1]['session'] and said[-1]['transactions'], SECONDS)
        assert bridge.said('/parts')[-1]['tasks'] == []
        assert 'the part is off' in bridge.ask(kind='lease', tasks=EVERY, seconds=60)['error']
        assert bridge.ask(kind='part', name='tasks', on=True)['ok']
        assert bridge.said('/parts')[-1]['tasks'] == EVERY
    finally:
        legacy.stop()
