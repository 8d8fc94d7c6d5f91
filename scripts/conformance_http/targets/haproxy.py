"""HAProxy, with the defaults of its mode http."""

import shutil
from pathlib import Path

from targets.base import Address, Running, Settings, Target, free_port, said_by, spawn

TIMEOUTS = {
    'header_timeout': 'http-request',
    'body_timeout': 'client',
    'write_timeout': 'client',
    'idle_timeout': 'http-keep-alive',
    'connect_timeout': 'connect',
    'answer_timeout': 'server',
    'frame_timeout': 'server',
    'queue_timeout': 'queue',
}

CONFIGURATION = """\
global
    maxconn 500
    nbthread 1
defaults
    mode http
    option forwardfor
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    timeout tunnel 1h
    {timeouts}
frontend front
    bind 127.0.0.1:{port}
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    default_backend back
backend back
    server one {upstream}{connections}
"""


class HAProxy(Target):
    name = 'haproxy'
    settings = frozenset({*TIMEOUTS, 'pool', 'upstream_idle'})

    def __init__(self) -> None:
        self.binary = shutil.which('haproxy') or shutil.which('haproxy', path='/usr/sbin:/usr/local/sbin') or ''

    def missing(self) -> str | None:
        return (
            None
            if self.binary
            else 'HAProxy is not installed; on Debian: apt-get install --no-install-recommends haproxy'
        )

    def version(self) -> str:
        return said_by(self.binary, '-v').replace('version ', '').split('-')[0]

    def start(self, folder: Path, upstream: Address, settings: Settings, patience: float) -> Running:
        port = free_port()
        timeouts = [
            f'timeout {TIMEOUTS[name]} {round(value * 1000)}ms' for name, value in settings.items() if name in TIMEOUTS
        ]
        connections = f' maxconn {settings["pool"]}' if 'pool' in settings else ''
        if 'upstream_idle' in settings:
            connections += f' pool-purge-delay {round(settings["upstream_idle"] * 1000)}ms'
        file = folder / 'haproxy.cfg'
        file.write_text(
            CONFIGURATION.format(
                port=port, upstream='{}:{}'.format(*upstream), connections=connections, timeouts='\n    '.join(timeouts)
            )
        )
        running = spawn([self.binary, '-db', '-f', str(file)], folder)
        running.address = ('127.0.0.1', port)
        running.reached(patience)
        return running
