"""Requirements with their figures, and charts: what a run says in the end, as tables and as the file of --json."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from report import heading, table
from rounds import Rounds, median, say

Spread = tuple[float, float]


class Requirement(NamedTuple):
    """A bound, and what was measured."""

    requirement: str
    bound: str
    figure: float | None
    """None where it was not measured; the text says why."""
    text: str
    spread: Spread | None
    """The least and the most of the single rounds."""
    passed: bool | None
    """None where the figure is there for the record, without a bound."""


class Bar(NamedTuple):
    """One of a chart."""

    label: str
    value: float
    spread: Spread | None = None


class Chart(NamedTuple):
    """Bars of one unit."""

    title: str
    unit: str
    bars: list[Bar]


def ratios(mine: Rounds, one: str, its: Rounds, other: str, figure: str) -> tuple[float, Spread]:
    """One figure of a subject against another's: of medians, and the range of the ratios in the single rounds."""
    each = [a[figure] / b[figure] for a, b in zip(mine[one], its[other], strict=True)]
    return median(mine, one, figure) / median(its, other, figure), (min(each), max(each))


def spread(rounds: Rounds, name: str, figure: str, scale: float = 1.0) -> Spread:
    each = [turn[figure] * scale for turn in rounds[name]]
    return min(each), max(each)


def short(value: float) -> str:
    """Three digits that count, and every digit before the point."""
    return f'{value:,.0f}' if value >= 100 else f'{value:.3g}'


def print_requirements(title: str, checked: Iterable[Requirement]) -> None:
    heading(title)
    words = {True: 'PASS', False: 'FAIL', None: ''}
    rows = [
        [each.requirement, each.bound, each.text, words[each.passed],
         f'{short(each.spread[0])}–{short(each.spread[1])}' if each.spread else '']
        for each in checked
    ]
    table(['requirement', 'bound', 'measured', '', 'by round'], rows, left=5)


def print_machine(facts: dict[str, str]) -> None:
    heading('Machine')
    table(['what', 'which'], [[name, text] for name, text in facts.items()], left=2)


def write(file: Path, bench: str, facts: dict[str, str], checked: list[Requirement], charts: list[Chart],
          rounds: Any) -> None:
    """What `--json` asks for; docs/benchmarks.md is made of such files."""
    report = {
        'bench': bench,
        'machine': facts,
        'requirements': [each._asdict() for each in checked],
        'charts': [{**chart._asdict(), 'bars': [bar._asdict() for bar in chart.bars]} for chart in charts],
        'rounds': rounds,
    }
    file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + '\n')


def verdict(checked: list[Requirement], took: float) -> int:
    """The exit status: 1 where a bound is missed."""
    bounded = [each for each in checked if each.passed is not None]
    missed = [each for each in bounded if not each.passed]
    say(f'done in {took:.0f} s; {len(bounded) - len(missed)} of {len(bounded)} bounds met')
    return 1 if missed else 0
