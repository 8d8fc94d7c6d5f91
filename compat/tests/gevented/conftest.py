"""For tests in a process that gevent has patched; `test_gevented.py` starts it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from gevent import monkey

from cutover_compat import hooks, log
from cutover_compat.importing import Finder
from cutover_compat.package import Package
from cutover_compat.parts import Parts
from scripted import ScriptedBridge

FAKE = Path(__file__).parent / 'fake'
assert monkey.is_module_patched('socket'), 'these run by way of test_gevented.py'


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[ScriptedBridge]:
    bridge = ScriptedBridge(tmp_path / 'bridge.sock')
    bridge.start()
    yield bridge
    bridge.stop()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """With its hooks waiting for modules, and modules of the known shape to import."""
    log._said.clear()
    monkeypatch.syspath_prepend(str(FAKE))
    package = Package(str(tmp_path / 'bridge.sock'), Parts())
    finder = Finder()
    hooks.register(finder, package)
    finder.install()
    yield package
    finder.remove()
    if package.link is not None:
        package.link.stop()
    for name in [name for name in sys.modules if name.split('.')[0] == 'rotkehlchen']:
        del sys.modules[name]


@pytest.fixture
def load(package: Package) -> Callable[[str], ModuleType]:
    """Imports a module, hooks and all."""
    return importlib.import_module


@pytest.fixture
def attached(package: Package, bridge: ScriptedBridge) -> ScriptedBridge:
    """The package is connected to the bridge."""
    package.start()
    assert package.link is not None and package.link.up.wait(5)
    assert package.link.announcing is not None
    package.link.announcing.join()
    return bridge
