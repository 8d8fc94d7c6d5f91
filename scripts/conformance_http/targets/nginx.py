"""nginx, as its documentation has a reverse proxy with websockets."""

import shutil
from pathlib import Path

from targets.base import Address, Running, Settings, Target, free_port, said_by, spawn

DIRECTIVES = {
    'header_timeout': 'client_header_timeout {}s;',
    'body_timeout': 'client_body_timeout {}s;',
    'idle_timeout': 'keepalive_timeout {}s;',
    'write_timeout': 'send_timeout {}s;',
    'max_body': 'client_max_body_size {};',
    'connect_timeout': 'proxy_connect_timeout {}s;',
    'answer_timeout': 'proxy_read_timeout {}s;',
    'frame_timeout': 'proxy_read_timeout {}s;',
}

CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream backend {{
        server {upstream} max_fails=0{connections};
        keepalive 32;
        {upstream_idle}
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;
        {directives}
        location / {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Host $host;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


class Nginx(Target):
    name = 'nginx'
    settings = frozenset({*DIRECTIVES, 'pool', 'upstream_idle'})

    def __init__(self) -> None:
        self.binary = shutil.which('nginx') or shutil.which('nginx', path='/usr/sbin:/usr/local/sbin') or ''

    def missing(self) -> str | None:
        return (
            None
            if self.binary
            else 'nginx is not installed; on Debian: apt-get install --no-install-recommends nginx-light'
        )

    def version(self) -> str:
        return said_by(self.binary, '-v').rpartition(' ')[2].replace('/', ' ')

    def start(self, folder: Path, upstream: Address, settings: Settings, patience: float) -> Running:
        port = free_port()
        directives = [DIRECTIVES[name].format(value) for name, value in settings.items() if name in DIRECTIVES]
        connections = f' max_conns={settings["pool"]}' if 'pool' in settings else ''
        idle = f'keepalive_timeout {settings["upstream_idle"]}s;' if 'upstream_idle' in settings else ''
        file = folder / 'nginx.conf'
        file.write_text(
            CONFIGURATION.format(
                folder=folder,
                upstream='{}:{}'.format(*upstream),
                port=port,
                directives=' '.join(directives),
                connections=connections,
                upstream_idle=idle,
            )
        )
        running = spawn([self.binary, '-p', str(folder), '-c', str(file)], folder)
        running.address = ('127.0.0.1', port)
        running.reached(patience)
        return running
