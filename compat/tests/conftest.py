"""Fixtures: a seeded directory made once per run, and processes on copies of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import COMPAT, Legacy

from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER, SIZES, seed

Start = Callable[..., Legacy]


def corpus_dir() -> Path:
    shared = os.environ.get('CUTOVER_SHARED')
    return (Path(shared) if shared else COMPAT.parent.parent / 'shared') / 'corpus'


@pytest.fixture(scope='session')
def corpus() -> Path:
    path = corpus_dir()
    if not (path / 'reads.har').is_file():
        pytest.skip(f'no recorded corpus at {path}; set CUTOVER_SHARED to the folder that holds corpus/')
    return path


@pytest.fixture(scope='session')
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('seeded') / 'data'
    (path / 'users').mkdir(parents=True)
    (path / 'global').mkdir()
    seed(path, SIZES['small'])
    return path


@pytest.fixture
def data_dir(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded, tmp_path / 'data'))


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes; all of them are stopped at the end of the test."""
    started: list[Legacy] = []

    def run(data_dir: Path, *arguments: str, **options: Any) -> Legacy:
        started.append(Legacy(data_dir, *arguments, **options))
        return started[-1]

    yield run
    for legacy in started:
        legacy.stop()


@pytest.fixture
def legacy(start: Start, data_dir: Path) -> Legacy:
    """Nobody is logged in."""
    return start(data_dir)


@pytest.fixture
def session(legacy: Legacy) -> Legacy:
    """The seeded user is logged in, and the messages of the login are gone."""
    answer = legacy.login(DEFAULT_USER, DEFAULT_PASSWORD)
    assert answer.status == 200, answer.text
    legacy.call('GET', '/messages')
    return legacy


@pytest.fixture(scope='module')
def legacy_logged_out(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Legacy]:
    """One process nobody is logged in to, for the tests of a module."""
    legacy = Legacy(Path(shutil.copytree(seeded, tmp_path_factory.mktemp('logged_out') / 'data')))
    yield legacy
    legacy.stop()


@pytest.fixture(scope='module')
def shared(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Legacy]:
    """One logged in process for the tests of a module that leave nothing behind."""
    legacy = Legacy(Path(shutil.copytree(seeded, tmp_path_factory.mktemp('shared') / 'data')))
    assert legacy.login(DEFAULT_USER, DEFAULT_PASSWORD).status == 200
    yield legacy
    legacy.stop()
