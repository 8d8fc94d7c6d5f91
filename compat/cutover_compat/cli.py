"""The command line: which parts, which bridge, and the backend to run."""

import argparse
import os
import runpy
import sys
from typing import NoReturn

from cutover_compat import hooks
from cutover_compat.importing import Finder
from cutover_compat.package import Package
from cutover_compat.parts import PARTS, Parts

PREFIX = 'CUTOVER_COMPAT_'
SWITCHES = {'on': True, 'off': False, '1': True, '0': False, 'true': True, 'false': False}
_package: Package | None = None


def package() -> Package:
    """The one of this process."""
    if _package is None:
        raise RuntimeError('the backend was not started with python -m cutover_compat')
    return _package


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m cutover_compat',
        usage='%(prog)s --bridge unix:PATH [options] -- (-m MODULE | SCRIPT) [arguments of the backend]',
        description='Runs an unmodified backend with the half of the bridge that belongs inside it.',
        epilog=f'Each part can also be switched with {PREFIX}<PART>=on|off, and at run time by the bridge.',
    )
    parser.add_argument(
        '--bridge',
        metavar='unix:PATH',
        default=os.environ.get(f'{PREFIX}BRIDGE'),
        help=f"the bridge's socket, compat.socket in its configuration (or {PREFIX}BRIDGE)",
    )
    for part in PARTS:
        parser.add_argument(
            f'--{part}',
            action=argparse.BooleanOptionalAction,
            default=from_environment(parser, part),
            help=hooks.WHAT[part],
        )
    return parser


def from_environment(parser: argparse.ArgumentParser, part: str) -> bool:
    name = PREFIX + part.upper()
    given = os.environ.get(name, 'on')
    if given.lower() not in SWITCHES:
        parser.error(f'{name} is {given!r}; expected on or off')
    return SWITCHES[given.lower()]


def main(argv: list[str] | None = None) -> None:
    global _package
    given = sys.argv[1:] if argv is None else argv
    at = given.index('--') if '--' in given else len(given)
    parser = build_parser()
    options = parser.parse_args(given[:at])
    backend = given[at + 1:]
    if not backend or backend[0] == '-m' and len(backend) == 1:
        parser.error('no backend is named; put it behind --, as in -- -m rotkehlchen --rest-api-port 4242')
    if not (options.bridge or '').startswith('unix:') or options.bridge == 'unix:':
        parser.error('--bridge is needed, as in --bridge unix:/run/cutover/bridge.sock')
    _package = Package(options.bridge.removeprefix('unix:'), Parts({part: getattr(options, part) for part in PARTS}))
    finder = Finder()
    hooks.register(finder, _package)
    finder.install()
    run(backend)


def run(backend: list[str]) -> NoReturn:
    """As Python itself would, but in this process."""
    if backend[0] == '-m':
        sys.argv = backend[1:]
        runpy.run_module(backend[1], run_name='__main__', alter_sys=True)
    else:
        sys.argv = backend
        sys.path[0] = os.path.dirname(os.path.abspath(backend[0]))
        runpy.run_path(backend[0], run_name='__main__')
    raise SystemExit(0)
