"""nginx and HAProxy: where they are, and how they are started."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from string import Template
from typing import NamedTuple

from rounds import Failure, say
from servers import PATIENCE_SECONDS, Server

HERE = Path(__file__).resolve().parent
PLACES = os.pathsep.join([os.environ.get('PATH', os.defpath), '/usr/sbin', '/usr/local/sbin'])
CORES = len(os.sched_getaffinity(0))

NGINX, HAPROXY = 'nginx', 'HAProxy'
CONFIGURATIONS = {NGINX: 'nginx.conf', HAPROXY: 'haproxy.cfg'}
COMMANDS = {
    NGINX: ['-e', 'stderr', '-p', '{directory}', '-c', '{configuration}'],
    HAPROXY: ['-db', '-q', '-f', '{configuration}'],
}


class Rival(NamedTuple):
    """A program to be compared with."""

    name: str
    binary: str
    libraries: str  # a search path, where they came with it
    version: str


def version(binary: str, libraries: str) -> str | None:
    """What it says of itself, if it runs."""
    try:
        said = subprocess.run([binary, '-v'], capture_output=True, text=True, check=True,
                              env={**os.environ, **with_libraries(libraries)})
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version:? (?:nginx/)?(\S+)', said.stdout + said.stderr)
    return found[1] if found else 'of unknown version'


def with_libraries(path: str) -> dict[str, str]:
    return {'LD_LIBRARY_PATH': path} if path else {}


def find(name: str, directory: Path) -> Rival | None:
    """The one that is installed; or one that is unpacked from the system's packages into a folder, which takes no root."""
    binary = shutil.which(name.lower(), path=PLACES)
    libraries = ''
    if binary is None:
        place = directory / name.lower()
        unpack(name.lower(), place)
        binary = next(map(str, place.glob(f'usr/sbin/{name.lower()}')), None)
        libraries = os.pathsep.join(map(str, sorted({each.parent for each in place.rglob('*.so*')})))
    said = version(binary, libraries) if binary else None
    if binary is None or said is None:
        say(f'{name} is not there, and nothing is compared with it; to install it: apt-get install {name.lower()}')
        return None
    return Rival(name, binary, libraries, said)


def unpack(package: str, place: Path) -> None:
    """A package and what it needs that the system does not have; nothing where that is not possible."""
    if place.exists() or not all(shutil.which(command) for command in ('apt-get', 'dpkg')):
        return
    say(f'fetching the package {package}')
    aside = place.with_suffix('.new')
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        plan = subprocess.run(['apt-get', '--simulate', '--no-install-recommends', 'install', package],
                              capture_output=True, text=True, check=True).stdout
        names = re.findall(r'^Inst (\S+)', plan, re.MULTILINE)
        subprocess.run(['apt-get', 'download', *names], cwd=aside, capture_output=True, check=True)
        for each in aside.glob('*.deb'):
            subprocess.run(['dpkg', '-x', str(each), str(aside)], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        say(f'the package {package} could not be fetched: {error}')
        return
    aside.rename(place)


def free_address() -> str:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return f'127.0.0.1:{listener.getsockname()[1]}'


def configure(rival: Rival, directory: Path, address: str, upstream: str, large: bool = False) -> list[str]:
    """Writes its configuration into a folder, for large bodies if they are to come, and gives the command that starts it."""
    configuration = directory / CONFIGURATIONS[rival.name]
    # Workers of a master that is root are somebody else otherwise, who may not be allowed into this folder.
    user = 'user root;' if os.geteuid() == 0 else ''
    template = Template((HERE / configuration.name).read_text())
    configuration.write_text(template.substitute(
        cores=CORES, directory=directory, address=address, upstream=upstream, user=user,
        # Four times what it has otherwise; for small answers that is of no use.
        large='tune.bufsize 65536' if large else ''))
    arguments = [each.format(directory=directory, configuration=configuration) for each in COMMANDS[rival.name]]
    return [rival.binary, *arguments]


class Running(Server):
    """One of them in front of an upstream. Neither can be told to take a free port, so it is given one."""

    def __init__(self, rival: Rival, directory: Path, upstream: str, large: bool = False) -> None:
        directory.mkdir()
        self.address = free_address()
        command = configure(rival, directory, self.address, upstream, large)
        super().__init__(rival.name, command, directory / 'log', **with_libraries(rival.libraries))
        self.wait()

    def wait(self) -> None:
        """Until it takes connections."""
        host, _, port = self.address.rpartition(':')
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self.end()
                    raise Failure(f'{self.name} does not start; its log:\n{self.log.read_text()[-2000:]}') from None
                time.sleep(0.005)
