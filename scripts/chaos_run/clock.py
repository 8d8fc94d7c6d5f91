"""One clock of the day for legacy and the bridge, which can be put forward and back."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name('clock.c')


class Clock:
    """Without a C compiler, or where nothing can be loaded into a process, it can not be moved."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / 'clock'
        self._file.write_bytes(struct.pack('=q', 0))
        library = folder / 'clock.so'
        self.why_not = _build(library)
        self.environment = {} if self.why_not else {'LD_PRELOAD': str(library), 'CHAOS_CLOCK': str(self._file)}
        self.off = 0

    def move(self, seconds: int) -> None:
        """So far off the real one."""
        self.off = seconds
        with self._file.open('r+b', buffering=0) as file:
            file.write(struct.pack('=q', seconds * 1_000_000_000))


def _build(library: Path) -> str | None:
    compiler = shutil.which('cc')
    if compiler is None:
        return 'there is no C compiler'
    command = [compiler, '-shared', '-fPIC', '-O2', '-o', str(library), str(SOURCE)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        return f'the clock does not compile: {built.stderr.strip()[:300]}'
    check = ['env', f'LD_PRELOAD={library}', 'true']
    loaded = subprocess.run(check, capture_output=True, text=True, check=False)
    return f'nothing can be loaded into a process: {loaded.stderr.strip()[:200]}' if loaded.stderr else None
