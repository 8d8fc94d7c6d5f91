"""scripts/perf-guard: what comes of counts, without any being taken."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'scripts'))

from perf_guard import cli, conditions, counting, figures, tools  # noqa: E402 - the path has to be set first

HERE = {'rustc': '1.95.0', 'target': 'x86_64-unknown-linux-gnu', 'libc': 'glibc 2.36', 'processor': 'avx2'}
WRITTEN = {'head': 10_000, 'route': 20_000}

Run = Callable[..., int]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Figures of two paths."""
    file = tmp_path / 'hot_paths.json'
    figures.Figures(HERE, {name: figures.Figure(count) for name, count in WRITTEN.items()}).write(file)
    monkeypatch.setattr(cli, 'FILE', file)
    return file


@pytest.fixture
def run(file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The script, to which these paths need so many instructions."""

    def run(*given: str, needs: dict[str, int], **others: str) -> int:
        monkeypatch.setattr(conditions, 'here', lambda: {**HERE, **others})
        monkeypatch.setattr(tools, 'valgrind', lambda: tools.Valgrind('valgrind', {}))
        monkeypatch.setattr(counting, 'build', lambda: 'hot_paths')
        monkeypatch.setattr(counting, 'paths', lambda program: dict.fromkeys(needs, 100))
        monkeypatch.setattr(counting, 'count_all', lambda program, tool, rounds, jobs: {name: needs[name] for name in rounds})
        return cli.main(list(given))

    return run


def entry(file: Path, name: str) -> dict[str, object]:
    return json.loads(file.read_text())['paths'][name]


def test_up_to_five_percent_more_passes_and_any_more_fails_with_both_counts_and_what_to_do(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_text()
    assert run(needs={'head': 10_500, 'route': 20_000}) == 0
    assert run(needs={'head': 10_501, 'route': 20_000}) == 1
    said = capsys.readouterr().out
    assert 'head: 10,501 instructions a round in place of 10,000, +5.0%' in said
    assert 'scripts/perf-guard --accept head --note "why"' in said
    assert run('route', needs={'head': 10_501, 'route': 20_000}) == 0, 'only the paths that were named'
    assert file.read_text() == before


def test_growth_is_accepted_with_a_note_alone_however_small_and_the_note_is_kept(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for needed in (10_001, 12_000):
        assert run('--accept', 'head', needs={'head': needed, 'route': 20_000}) == 2
        assert '--note' in capsys.readouterr().err
    assert run('--accept', 'head', '--note', 'reads one more field', needs={'head': 12_000, 'route': 30_000}) == 0
    accepted = entry(file, 'head')
    assert accepted['instructions'] == 12_000
    [change] = accepted['history']
    assert (change['before'], change['after'], change['note']) == (10_000, 12_000, 'reads one more field')
    assert entry(file, 'route') == {'instructions': 20_000}, 'only the path that was named'
    assert run(needs={'head': 12_000, 'route': 20_000}) == 0


def test_fewer_are_told_and_accepted_without_a_note_and_a_path_remembers_a_few_changes(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(needs={'head': 9000, 'route': 20_000}) == 0
    assert 'Write it down, so that it stays: scripts/perf-guard --accept head' in capsys.readouterr().out
    for needed in range(9000, 8000, -100):
        assert run('--accept', 'head', needs={'head': needed, 'route': 20_000}) == 0
    history = entry(file, 'head')['history']
    assert [change['after'] for change in history] == [8100, 8200, 8300, 8400, 8500]


def test_under_other_conditions_nothing_is_compared_and_all_are_accepted_or_none(
    run: Run, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs = {'head': 99_000, 'route': 99_000}
    assert run(needs=needs, rustc='1.96.0') == 0
    assert 'nothing was compared: rustc 1.96.0 in place of 1.95.0' in capsys.readouterr().out
    assert run('--accept', 'head', '--note', 'newer', needs=needs, rustc='1.96.0') == 2
    assert run('--accept', 'all', needs=needs, rustc='1.96.0') == 2
    assert run('--accept', 'all', '--note', 'rustc 1.96', needs=needs, rustc='1.96.0') == 0
    assert json.loads(file.read_text())['counted_with'] == {**HERE, 'rustc': '1.96.0'}
    assert run(needs=needs, rustc='1.96.0') == 0


def test_a_path_that_is_not_written_down_fails_as_one_that_is_gone_does(run: Run, file: Path) -> None:
    assert run(needs={'head': 10_000, 'route': 20_000, 'new': 1}) == 1
    assert run(needs={'head': 10_000}) == 1
    assert run('--accept', 'new', '--accept', 'route', needs={'head': 10_000, 'new': 1}) == 0
    assert list(json.loads(file.read_text())['paths']) == ['head', 'new']
    assert run('none', needs={'head': 10_000, 'new': 1}) == 2


def test_without_valgrind_it_says_so_and_fails_only_where_it_is_required(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conditions, 'here', lambda: HERE)
    monkeypatch.setattr(tools, 'valgrind', lambda: None)
    assert cli.main([]) == 0
    assert 'skipped: valgrind is not installed (apt-get install valgrind)' in capsys.readouterr().out
    assert cli.main(['--require']) == 2


def test_what_can_not_be_measured_or_read_is_no_verdict(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> str:
        raise counting.Failure('cargo build failed')

    assert run(needs=WRITTEN) == 0
    monkeypatch.setattr(counting, 'build', fails)
    assert cli.main([]) == 2
    file.write_text('{"paths": []}')
    assert cli.main([]) == 2
