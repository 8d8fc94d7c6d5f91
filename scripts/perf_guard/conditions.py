"""What counts depend on besides the code. Where any of it is another, there is nothing to compare with."""

import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPUINFO = Path('/proc/cpuinfo')

Conditions = dict[str, str]


def here() -> Conditions:
    """The compiler, its target, what the C library is, and which vector instructions it and others choose at run time.

    The C compiler, which SQLCipher and OpenSSL are made by, comes with the C library.
    """
    told = subprocess.run(['rustc', '-vV'], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    facts = dict(line.split(': ', 1) for line in told.splitlines() if ': ' in line)
    return {
        'rustc': facts['release'],
        'target': os.environ.get('CARGO_BUILD_TARGET') or facts['host'],
        'libc': ' '.join(platform.libc_ver()).strip() or 'unknown',
        'processor': vectors(),
    }


def vectors() -> str:
    """The widest vector instructions that valgrind shows to a program."""
    try:
        lines = CPUINFO.read_text().splitlines()
    except OSError:
        return 'unknown'
    flags = next((line.split(':', 1)[1].split() for line in lines if line.startswith('flags')), [])
    return 'avx2' if 'avx2' in flags else 'no avx2'


def differing(written: Conditions, found: Conditions) -> list[str]:
    """What is another here, each in a few words."""
    keys = list(dict.fromkeys([*written, *found]))
    return [
        f'{key} {found.get(key, "none")} in place of {written.get(key, "none")}'
        for key in keys if written.get(key) != found.get(key)
    ]
