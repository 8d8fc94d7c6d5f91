"""Whatever a command starts."""

import shlex
from pathlib import Path

from targets.base import Address, Running, Settings, Target, free_port, spawn


class Command(Target):
    """`{port}` in the command is where it has to listen, `{upstream_port}` where the upstream does, both of 127.0.0.1,
    and `{dir}` a folder of its own. It stays in the foreground. Its settings are its own affair."""

    name = 'command'

    def __init__(self, command: str) -> None:
        self.command = command

    def missing(self) -> str | None:
        return (
            None
            if '{port}' in self.command and '{upstream_port}' in self.command
            else '--start needs {port} and {upstream_port} in its command'
        )

    def version(self) -> str:
        return self.command.split()[0]

    def lacks(self, settings: Settings) -> str | None:
        return f'its own configuration decides on {", ".join(sorted(settings))}' if settings else None

    def start(self, folder: Path, upstream: Address, settings: Settings, patience: float) -> Running:
        port = free_port()
        command = self.command.replace('{port}', str(port)).replace('{upstream_port}', str(upstream[1]))
        running = spawn(shlex.split(command.replace('{dir}', str(folder))), folder, Path.cwd())
        running.address = ('127.0.0.1', port)
        running.reached(patience)
        return running
