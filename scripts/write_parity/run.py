"""One sequence on both sides, which run beside each other and know nothing of each other."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from parity_fuzz.message import Answer

from . import answers, tables
from .dump import Tables
from .masks import Masks
from .sequences import Sequence, Step
from .side import Setting, Side


@dataclass
class Track:
    """What one side did: its answers, and the databases after login, after the steps where they were read, at the end."""

    answers: list[Answer] = field(default_factory=list)
    states: list[Tables] = field(default_factory=list)


@dataclass(frozen=True)
class Mismatch:
    step: Step
    aspects: tuple[str, ...]
    direct: Answer
    bridge: Answer


@dataclass
class Outcome:
    """What came of a sequence. `changed` has a step, or None for the end of the sequence."""

    sequence: Sequence
    bridge: list[Answer]
    mismatched: list[Mismatch] = field(default_factory=list)
    changed: list[tuple[Step | None, tables.Difference]] = field(default_factory=list)
    tables: int = 0
    rows: int = 0
    masks: Masks | None = None


def track(sequence: Sequence, setting: Setting, each: bool) -> Track:
    """All steps of a sequence on a side of their own."""
    side = Side(setting)
    try:
        assert side.databases is not None
        done, saved = Track(), {'data': str(side.data)}
        done.states.append(side.databases.read())
        for step in sequence.steps:
            answer = side.ask(step.filled(saved))
            saved |= step.kept(answer)
            done.answers.append(answer)
            if each:
                done.states.append(side.databases.read())
        if not each:
            done.states.append(side.databases.read())
        return done
    finally:
        side.stop()


def run(sequence: Sequence, setting: Setting, each: bool) -> Outcome:
    masks = Masks()
    with ThreadPoolExecutor(2) as pool:
        sides = [pool.submit(track, sequence, one, each) for one in (replace(setting, bridge=None), setting)]
        direct, bridge = (side.result() for side in sides)
    masks.known = tables.known_identifiers(direct.states[0])
    outcome = Outcome(sequence, bridge.answers, masks=masks)
    outcome.tables, outcome.rows = len(direct.states[-1]), tables.size(direct.states[-1])
    for step, one, other in zip(sequence.steps, direct.answers, bridge.answers, strict=True):
        if aspects := answers.compare(step.route, one, other, masks):
            outcome.mismatched.append(Mismatch(step, aspects, one, other))
    steps = [None, *(sequence.steps if each else [None])]
    seen: set[tables.Difference] = set()
    for step, one, other in zip(steps, direct.states, bridge.states, strict=True):
        new = [found for found in tables.compare(one, other, masks) if found not in seen]
        seen.update(new)
        outcome.changed += [(step, found) for found in new]
    return outcome
