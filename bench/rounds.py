"""Processes that are told what to do, and rounds in which they take turns; what the benchmarks share."""

import contextlib
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


class Failure(Exception):
    """Something that ends the run, said in a sentence."""


class Refusal(Failure):
    """What a subject was told to do and could not."""

    def __init__(self, subject: str, do: str, error: str) -> None:
        super().__init__(f'{subject}: {do}: {error}')
        self.error = error


class Subject:
    """A process that does what it is told: one JSON object per line each way."""

    def __init__(self, library: str, command: list[str], **environment: str) -> None:
        self.library = library
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
        )

    def ask(self, do: str, **details: Any) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        try:
            print(json.dumps({'do': do, **details}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ''
        answer = json.loads(line) if line else {'error': f'it ended with status {self.process.wait()}'}
        if 'error' in answer:
            raise Refusal(self.library, do, answer['error'])
        return answer

    def end(self) -> None:
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Turn(NamedTuple):
    """What one subject does in every round, and under which name it is kept."""

    name: str
    act: Callable[[], dict[str, Any]]


Rounds = dict[str, list[dict[str, Any]]]


def say(text: str) -> None:
    print(f'bench: {text}', file=sys.stderr, flush=True)


def interleave(what: str, turns: list[Turn], rounds: int) -> Rounds:
    results: Rounds = {turn.name: [] for turn in turns}
    for number in range(rounds):
        say(f'{what}, round {number + 1} of {rounds}')
        first = number % len(turns)
        for turn in turns[first:] + turns[:first]:
            results[turn.name].append(turn.act())
    return results


def median(rounds: Rounds, name: str, figure: str) -> float:
    return statistics.median(each[figure] for each in rounds[name])
