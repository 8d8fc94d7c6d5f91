"""What a run says: on the terminal, as summary.md and as summary.json."""

import json
import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry import BROKEN, FAIL, HOUSE, KNOWN, LEVELS, MUST, NOT_APPLICABLE, PASS, THEMES, Probe
from runner import Result

WIDTH = 118
VERDICTS = (PASS, FAIL, KNOWN, NOT_APPLICABLE, BROKEN)


@dataclass(frozen=True)
class Outcome:
    """What came of one target."""

    name: str
    version: str
    results: list[Result]
    seconds: float
    not_run: str = ''
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        if self.not_run or not self.results:
            return 'NOT RUN'
        return 'FAIL' if any(self.counts_against(result) for result in self.results) else 'PASS'

    def counts_against(self, result: Result) -> bool:
        """The bridge has to pass everything; others what the standard demands."""
        if result.verdict == BROKEN:
            return True
        return result.verdict == FAIL and (self.name == 'bridge' or result.probe.level == MUST)

    @property
    def mended(self) -> list[str]:
        """Known to fail, and passed."""
        return [result.probe.id for result in self.results if result.verdict == PASS and result.probe.id in self.known]

    def failing(self) -> list[Result]:
        return [result for result in self.results if result.verdict in (FAIL, KNOWN, BROKEN)]

    def passed(self, level: str, theme: str | None = None) -> str:
        """As in `12/13`: of those that apply, how many passed."""
        mine = [
            result
            for result in self.results
            if result.probe.level == level and theme in (None, result.probe.theme) and result.verdict != NOT_APPLICABLE
        ]
        return f'{sum(result.verdict == PASS for result in mine)}/{len(mine)}' if mine else '-'


def listing(probes: list[Probe]) -> str:
    lines, last = [], ''
    for probe in probes:
        if probe.theme != last:
            last = probe.theme
            lines += ['', THEMES[last]]
        lines.append(f'  {probe.id:<34}{probe.level:<8}{probe.name} [{probe.source}]')
    return '\n'.join(lines[1:]) + f'\n\n{len(probes)} probes\n'


def rows(outcome: Outcome) -> list[list[str]]:
    """By theme: what passed of each level, and what does not apply."""
    made = []
    for theme, title in [*THEMES.items(), (None, 'all')]:
        mine = [result for result in outcome.results if theme in (None, result.probe.theme)]
        if mine:
            none = sum(result.verdict == NOT_APPLICABLE for result in mine)
            made.append([title, *(outcome.passed(level, theme) for level in LEVELS), str(none or '-')])
    return made


HEAD = ['theme', *LEVELS, NOT_APPLICABLE]


def as_text(outcomes: list[Outcome]) -> str:
    lines: list[str] = []
    for outcome in outcomes:
        lines += ['', f'target {outcome.name} ({outcome.version or "not run"})', '']
        if outcome.not_run:
            lines.append(f'  {outcome.not_run}')
            continue
        lines += [f'  probes: {len(outcome.results)}, in {outcome.seconds:.0f} s', '']
        lines += table([HEAD, *rows(outcome)])
        for result in outcome.failing():
            lines.append(
                wrapped(f'{result.verdict.upper()} {result.probe.id} ({result.probe.level}): {result.probe.name}', 2)
            )
            details = [result.probe.source, f'expected: {result.probe.expects}', f'but: {result.why}']
            if result.verdict != KNOWN:
                details += [f'sent: {result.sent}', f'got: {result.got}']
            lines += [wrapped(detail, 6) for detail in details]
        if outcome.mended:
            lines.append(wrapped(f'listed as known to fail, but passed: {", ".join(outcome.mended)}', 2))
    lines.append('')
    for outcome in outcomes:
        counts = Counter(result.verdict for result in outcome.results)
        said = ', '.join(f'{counts[verdict]} {verdict}' for verdict in VERDICTS if counts[verdict])
        lines.append(f'{outcome.word:<8}{outcome.name}: {said or outcome.not_run}')
    return '\n'.join(lines)


def wrapped(text: str, indent: int) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=' ' * indent, subsequent_indent=' ' * (indent + 2), break_on_hyphens=False
    )


def table(cells: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for number, row in enumerate(cells):
        lines.append(
            '  '
            + '  '.join(
                cell.rjust(width) if at else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        )
        if number == 0:
            lines.append('  ' + '  '.join('─' * width for width in widths))
    return [*lines, '']


def as_json(outcomes: list[Outcome]) -> str:
    def of(outcome: Outcome) -> dict[str, Any]:
        return {
            'outcome': outcome.word,
            'version': outcome.version,
            'seconds': round(outcome.seconds, 1),
            'not_run': outcome.not_run or None,
            'probes': [
                {
                    'id': result.probe.id,
                    'name': result.probe.name,
                    'theme': result.probe.theme,
                    'level': result.probe.level,
                    'source': result.probe.source,
                    'expects': result.probe.expects,
                    'verdict': result.verdict,
                    'why': result.why or None,
                    'seconds': round(result.seconds, 2),
                    'sent': result.sent or None,
                    'got': result.got or None,
                }
                for result in outcome.results
            ],
        }

    return json.dumps({outcome.name: of(outcome) for outcome in outcomes}, indent=2) + '\n'


def as_markdown(outcomes: list[Outcome]) -> str:
    """The tables of docs/conformance.md: what passed by theme, and every probe that a target fails."""
    shown = [outcome for outcome in outcomes if outcome.results]
    if not shown:
        return 'Nothing was run.\n'
    heads = [f'{outcome.name} {level}' for outcome in shown for level in LEVELS]
    lines = [
        f'Measured: {", ".join(outcome.version for outcome in shown)}. {len(shown[0].results)} probes.',
        '',
        line(['theme', *heads]),
        line(['---', *['---:'] * len(heads)]),
    ]
    for theme, title in [*THEMES.items(), (None, 'all')]:
        lines.append(line([title, *(outcome.passed(level, theme) for outcome in shown for level in LEVELS)]))
    by = [{result.probe.id: result for result in outcome.results} for outcome in shown]
    failing = [
        result.probe
        for result in shown[0].results
        if any(results[result.probe.id].verdict in (FAIL, KNOWN, BROKEN) for results in by)
    ]
    lines += [
        '',
        f'The {len(failing)} probes that one of them does not pass:',
        '',
        line(['probe', 'level', 'source', *(outcome.name for outcome in shown)]),
        line(['---'] * (3 + len(shown))),
    ]
    for probe in failing:
        verdicts = [results[probe.id].verdict for results in by]
        said = [f'({verdict})' if probe.level == HOUSE and verdict == FAIL else verdict for verdict in verdicts]
        lines.append(line([f'`{probe.id}`: {probe.name}', probe.level, probe.source, *said]))
    return '\n'.join(lines) + '\n'


def line(cells: list[str]) -> str:
    escaped = (
        cell.replace('|', '\\|').replace('<', '&lt;').replace('\x0b', '\\x0b').replace('\x0c', '\\x0c')
        for cell in cells
    )
    return f'| {" | ".join(escaped)} |'
