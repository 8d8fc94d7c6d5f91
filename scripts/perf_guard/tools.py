"""valgrind, from PATH or fetched into target/tools: it needs no installation, and so no root."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .conditions import ROOT

TOOLS = ROOT / 'target/tools'
FETCHED = TOOLS / 'valgrind'


@dataclass(frozen=True)
class Valgrind:
    """How it is called."""

    binary: str
    environment: dict[str, str]


def valgrind() -> Valgrind | None:
    """That of PATH, the one that was fetched earlier, or one that is fetched now; None where that can not be done."""
    if found := shutil.which('valgrind'):
        return Valgrind(found, {})
    return unpacked() or fetch()


def unpacked() -> Valgrind | None:
    """The one that was fetched. What a package calls `valgrind` is a script around `valgrind.bin`, which has paths of
    its own in it."""
    folders = [FETCHED / 'usr/libexec/valgrind', FETCHED / 'usr/lib/valgrind']
    binary = next((path for name in ('valgrind.bin', 'valgrind') if (path := FETCHED / 'usr/bin' / name).is_file()), None)
    folder = next((folder for folder in folders if folder.is_dir()), None)
    return Valgrind(str(binary), {'VALGRIND_LIB': str(folder)}) if binary and folder else None


def fetch() -> Valgrind | None:
    if not (shutil.which('apt-get') and shutil.which('dpkg')):
        return None
    print(f'perf-guard: there is no valgrind; fetching the package into {FETCHED.relative_to(ROOT)}', flush=True)
    shutil.rmtree(FETCHED, ignore_errors=True)
    FETCHED.mkdir(parents=True)
    quiet = {'cwd': FETCHED, 'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL}
    if subprocess.run(['apt-get', 'download', 'valgrind'], **quiet).returncode != 0:
        return None
    for package in FETCHED.glob('valgrind_*.deb'):
        subprocess.run(['dpkg', '-x', package.name, '.'], **quiet)
    return unpacked()


# `rep movsb` and `rep stosb` count as an instruction for each byte, and from which length on they are used depends on the
# processor: the C library is to use its loops.
LOOPS = 'glibc.cpu.x86_rep_movsb_threshold=1073741824:glibc.cpu.x86_rep_stosb_threshold=1073741824'


def environment(tool: Valgrind) -> dict[str, str]:
    """What a counted program sees of ours: nothing that could change what it does."""
    kept = {name: os.environ[name] for name in ('PATH', 'HOME', 'TMPDIR') if name in os.environ}
    return {**kept, 'LC_ALL': 'C', 'GLIBC_TUNABLES': LOOPS, **tool.environment}
