"""Command line: parse, seed, listen, stop on a signal."""

import argparse
import logging
import signal
import sys
from functools import partial
from pathlib import Path

import gevent
from flask import Flask
from gevent.event import Event

from legacy.app import create_app
from legacy.backend import Backend
from legacy.db.driver import DatabaseError
from legacy.db.seed import DEFAULT_PASSWORD, DEFAULT_USER, SECOND_PASSWORD, SECOND_USER, SIZES, seed
from legacy.recorder import RecordedApplication, Recorder, recording
from legacy.server import LegacyServer

USAGE_ERROR = 2
LOG_LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='legacy',
        description='A Flask+gevent+SQLCipher backend with the wire format that cutover migrates.',
        epilog=(
            f'Seeded users: {DEFAULT_USER!r} with password {DEFAULT_PASSWORD!r} (data), '
            f'{SECOND_USER!r} with password {SECOND_PASSWORD!r} (empty).'
        ),
    )
    add = parser.add_argument
    add('--rest-api-port', type=int, default=4242, metavar='N', help='port; 0 picks a free one (default: 4242)')
    add('--api-host', default='127.0.0.1', help='address to listen on (default: 127.0.0.1)')
    add('--data-dir', type=Path, required=True, metavar='DIR', help='where users/ and global/ live')
    add(
        '--api-cors',
        default='http://localhost:*/*',
        metavar='LIST',
        help='comma separated origins (default: http://localhost:*/*)',
    )
    add(
        '--seed-data',
        choices=('none', *SIZES),
        default='none',
        help='create the users below and global.db when absent: 500 or 100 000 history events (default: none)',
    )
    add('--disable-task-manager', action='store_true', help='no background tasks')
    add('--record', type=Path, metavar='FILE', help='append what the server made of each request, a line of JSON')
    add(
        '--log-level',
        type=str.upper,
        choices=LOG_LEVELS,
        default='WARNING',
        help='log level on stderr (default: WARNING)',
    )
    return parser


def fail(message: str) -> int:
    print(f'legacy: {message}', file=sys.stderr)
    return USAGE_ERROR


def main(argv: list[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    logging.basicConfig(
        stream=sys.stderr,
        level=args.log_level,
        format='%(asctime)s %(levelname)s %(name)s: %(message)s',
    )
    if not 0 <= args.rest_api_port <= 65535:
        return fail(f'{args.rest_api_port} is not a port number')
    try:
        data_dir = prepare_data_dir(args.data_dir)
        if args.seed_data != 'none':
            seed(data_dir, SIZES[args.seed_data])
        backend = Backend(data_dir, args.log_level, args.disable_task_manager)
    except OSError as e:
        return fail(f'cannot use data directory {args.data_dir}: {e.strerror or e}')
    except DatabaseError as e:
        return fail(f'cannot use data directory {args.data_dir}: {e}')
    app = create_app(backend, args.api_cors)
    try:
        server = make_server(args, app, backend)
        server.start()
    except OSError as e:
        backend.close()
        if e.filename is not None:
            return fail(f'cannot record to {e.filename}: {e.strerror or e}')
        return fail(f'cannot listen on {args.api_host}:{args.rest_api_port}: {e.strerror or e}')

    backend.start()
    stop = Event()
    gevent.signal_handler(signal.SIGTERM, stop.set)
    gevent.signal_handler(signal.SIGINT, stop.set)
    print(f'legacy listening on http://{args.api_host}:{server.server_port}', flush=True)
    stop.wait()
    server.stop(timeout=1)
    backend.close()
    return 0


def make_server(args: argparse.Namespace, app: Flask, backend: Backend) -> LegacyServer:
    address = (args.api_host, args.rest_api_port)
    if args.record is None:
        return LegacyServer(address, app, backend.notifier)
    recorder = Recorder(args.record)
    wrap = partial(RecordedApplication, recorder=recorder)
    return LegacyServer(address, app, backend.notifier, recording(recorder), wrap)


def prepare_data_dir(path: Path) -> Path:
    """Create the layout if it is missing and prove that it can be written to."""
    (path / 'users').mkdir(parents=True, exist_ok=True)
    (path / 'global').mkdir(exist_ok=True)
    probe = path / '.writable'
    probe.touch()
    probe.unlink()
    return path.resolve()
