"""Building the paths, and counting their instructions."""

import contextlib
import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from .conditions import ROOT
from .tools import Valgrind, environment

BUILD = ['cargo', 'build', '--locked', '--profile', 'guard', '--bench', 'hot_paths']
COLLECTED = re.compile(r'^==\d+== Collected : (\d+)$', re.MULTILINE)
PATIENCE = 300  # seconds for one run; the longest takes a few


class Failure(Exception):
    """It could not be measured."""


def build() -> str:
    """The program with the paths."""
    built = subprocess.run(
        [*BUILD, '--message-format=json-render-diagnostics'], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    if built.returncode != 0:
        raise Failure(f'{" ".join(BUILD)} failed')
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get('reason') == 'compiler-artifact' and message['target']['name'] == 'hot_paths':
            return message['executable']
    raise Failure('cargo did not say where hot_paths is')


def paths(program: str) -> dict[str, int]:
    """Their names, and in how many rounds each is to be counted."""
    told = subprocess.run([program, '--list'], capture_output=True, text=True, check=True).stdout
    return {name: int(rounds) for name, rounds in (line.split() for line in told.splitlines())}


def count_all(program: str, tool: Valgrind, rounds: dict[str, int], jobs: int | None = None) -> dict[str, int]:
    """Instructions of a round, of each path. Whatever else the machine does changes none of them."""
    cores = sorted(os.sched_getaffinity(0))[: jobs or None]
    free = SimpleQueue[int]()
    for core in cores:
        free.put(core)
    with ThreadPoolExecutor(len(cores), initializer=stay, initargs=(free,)) as pool:
        counting = {name: pool.submit(count, program, tool, name, many) for name, many in rounds.items()}
        return {name: future.result() for name, future in counting.items()}


def stay(free: SimpleQueue[int]) -> None:
    """Keeps this thread, and what it starts, on one core, where whoever is woken waits for its turn: threads that wake each
    other take turns in one order then. A program that looks how many cores there are finds one."""
    os.sched_setaffinity(0, {free.get()})
    with contextlib.suppress(OSError):  # not everywhere allowed, and needed for the last percent alone
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def count(program: str, tool: Valgrind, name: str, rounds: int) -> int:
    """Instructions of a round: those of a run with these rounds without those of a run that only begins."""
    return round((collected(program, tool, name, rounds) - collected(program, tool, name, 0)) / rounds)


def collected(program: str, tool: Valgrind, name: str, rounds: int) -> int:
    """Instructions of a whole run."""
    command = [tool.binary, '--tool=callgrind', '--callgrind-out-file=/dev/null', program, name, str(rounds)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment(tool), check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f'{name}: {error}') from error
    found = COLLECTED.search(ran.stderr)
    if ran.returncode != 0 or found is None:
        raise Failure(f'{name}: {" ".join(command)} ended with {ran.returncode}:\n{ran.stderr[-2000:]}')
    return int(found[1])
