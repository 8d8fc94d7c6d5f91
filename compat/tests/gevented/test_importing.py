"""Modules are changed when they are imported, and left alone if they are not what is known."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cutover_compat import log
from cutover_compat.guard import replace
from cutover_compat.importing import Finder
from cutover_compat.package import Package
from cutover_compat.parts import NOTIFIER, TRANSACTIONS
from cutover_compat.shape import UnknownShape, parameters, says

DRIVER = 'rotkehlchen.db.drivers.gevent'


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, code: str) -> None:
        (tmp_path / f'{name}.py').write_text(code)
        importlib.invalidate_caches()

    yield write
    for name in ('target', 'target_of_two'):
        sys.modules.pop(name, None)


@pytest.fixture
def finder() -> Iterator[Finder]:
    log._said.clear()
    finder = Finder()
    finder.install()
    yield finder
    finder.remove()


def test_a_hook_runs_after_its_module_and_the_module_has_its_own_loader(make: Callable[..., None], finder: Finder) -> None:
    make('target', 'VALUE = 1\nLOADER = type(__loader__).__name__\n')
    seen: list[ModuleType] = []
    finder.add('target', seen.append)
    assert seen == []
    module = importlib.import_module('target')
    assert seen == [module]
    assert module.VALUE == 1
    assert module.LOADER == type(module.__spec__.loader).__name__ == 'SourceFileLoader'
    finder.add('target', seen.append)
    assert seen == [module, module], 'what is imported already is changed at once'


def test_a_hook_that_fails_does_not_keep_a_module_from_being_imported(
    make: Callable[..., None],
    finder: Finder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make('target', 'VALUE = 1\n')
    later: list[ModuleType] = []
    finder.add('target', lambda module: module.missing)
    finder.add('target', lambda module: parameters(module, 'VALUE'))
    finder.add('target', later.append)
    assert importlib.import_module('target').VALUE == 1
    assert len(later) == 1
    assert len(caplog.records) == 2


def test_an_error_of_the_module_itself_is_its_own(make: Callable[..., None], finder: Finder) -> None:
    make('target', 'raise RuntimeError("mine")\n')
    finder.add('target', lambda _: None)
    with pytest.raises(RuntimeError, match='mine'):
        importlib.import_module('target')
    finder.add('not.there', lambda _: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module('not.there')


def test_a_shape_is_told_by_names_parameters_and_what_a_function_says(make: Callable[..., None]) -> None:
    make('target', 'class A:\n  @staticmethod\n  def f(a, b=1): return "text", open\nV = 1\n')
    module = importlib.import_module('target')
    parameters(module, 'A.f', 'a', 'b')
    says(module, 'A.f', 'text', 'open')
    for check, words in [
        (lambda: parameters(module, 'A.f', 'a'), r'target\.A\.f takes \(a, b\), known is \(a\)'),
        (lambda: parameters(module, 'A.g'), 'target has no A.g'),
        (lambda: parameters(module, 'V'), 'target.V is no function'),
        (lambda: says(module, 'A.f', 'other'), "target.A.f has no 'other' in it"),
    ]:
        with pytest.raises(UnknownShape, match=words):
            check()


def test_a_backend_of_another_shape_runs_as_it_is(
    package: Package,
    load: Callable[[str], ModuleType],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = tmp_path / 'other' / 'rotkehlchen' / 'api' / 'websockets'
    other.mkdir(parents=True)
    for place in (other, other.parent, other.parent.parent):
        (place / '__init__.py').touch()
    code = 'def process_result(r): return r\nclass RotkiNotifier:\n  def broadcast(self, message): return "as ever"\n'
    (other / 'notifier.py').write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path / 'other'))
    module = load('rotkehlchen.api.websockets.notifier')
    assert module.RotkiNotifier().broadcast('x') == 'as ever'
    assert not hasattr(module.RotkiNotifier.broadcast, 'cutover_original')
    assert not package.parts.on(NOTIFIER)
    [record] = caplog.records
    assert 'takes (self, message), known is (self, message_type' in record.getMessage()


def test_a_method_is_replaced_once_and_keeps_its_name() -> None:
    class A:
        def f(self) -> str:
            return 'a'

    for _ in range(2):
        replace(A, 'f', lambda original: lambda self: original(self) + '!')
    assert (A().f(), A.f.__name__) == ('a!', 'f')


def test_parts_are_on_when_wanted_and_all_of_their_hooks_are_in_place(package: Package, load: Callable[[str], ModuleType]) -> None:
    assert not package.parts.on(TRANSACTIONS)
    load(DRIVER)
    assert package.parts.on(TRANSACTIONS)
    package.parts.switch(TRANSACTIONS, False)
    assert not package.parts.on(TRANSACTIONS)
    load('rotkehlchen.user_messages')
    assert package.parts.on(NOTIFIER), 'nothing more is known to be needed'
    package.parts.need(NOTIFIER, 'another')
    assert not package.parts.on(NOTIFIER)
    with pytest.raises(ValueError, match='no part'):
        package.parts.switch('other', True)
