"""Disks that can be filled: small file systems of the run's own, or else a bound on what the bridge may write."""

import contextlib
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

INSIDE = 'CHAOS_MOUNTS'  # set once this process has mounts of its own
BALLAST = '.ballast'


def own_mounts() -> str:
    """Has this process start again where it may mount, if it may. Says how, or why not."""
    if given := os.environ.get(INSIDE):
        return given
    for how in (['unshare', '--mount'], ['unshare', '--user', '--map-root-user', '--mount']):
        trial = 'mount -t tmpfs -o size=64k chaos /mnt'
        try:
            allowed = subprocess.run([*how, 'sh', '-c', trial], capture_output=True, check=False).returncode == 0
        except OSError:
            break
        if allowed:
            os.environ[INSIDE] = 'tmpfs'
            os.execvp(how[0], [*how, sys.executable, sys.argv[0], *sys.argv[1:]])
    return 'RLIMIT_FSIZE'


class Disk:
    """A folder, on a file system of so many bytes. It goes with the process: the mount is nobody else's."""

    def __init__(self, folder: Path, size: int, mounted: bool) -> None:
        self.folder, self._mounted = folder, mounted
        folder.mkdir(parents=True)
        if mounted:
            options = f'size={size},mode=700'
            subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'chaos', str(folder)], check=True, capture_output=True)

    def fill(self, leave: int) -> int:
        """Takes all there is but so many bytes. Gives how much it took."""
        ballast = self.folder / BALLAST
        taken = 0
        with ballast.open('wb', buffering=0) as file:
            for piece in (1 << 20, 4096, 1):
                with contextlib.suppress(_Full):
                    while True:
                        taken += _write(file.fileno(), b'\0' * piece)
            if leave:
                file.truncate(max(0, taken - leave))
        return taken

    def close(self) -> None:
        """The folder is an empty one again, and can be removed."""
        if self._mounted:
            subprocess.run(['umount', '--lazy', str(self.folder)], check=False, capture_output=True)

    def free(self) -> None:
        (self.folder / BALLAST).unlink(missing_ok=True)


class _Full(Exception):
    pass


def _write(descriptor: int, what: bytes) -> int:
    try:
        written = os.write(descriptor, what)
    except OSError as e:
        if e.errno == errno.ENOSPC:
            raise _Full from None
        raise
    if written < len(what):
        raise _Full
    return written


def limit_files(pid: int, size: int) -> Callable[[], None]:
    """No file of this process can grow beyond so many bytes. Gives what takes that back."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def back() -> None:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    return back
