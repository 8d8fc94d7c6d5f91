"""What the run says in the end: on the terminal, and as summary.md and summary.json."""

import json
import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from verdict import FAILED, GROUPS, KNOWN_UNCLEAN, NOT_RUN, OK, VERDICTS, Case

WIDTH = 118


@dataclass(frozen=True)
class Outcome:
    """What came of one mode."""

    mode: str
    cases: list[Case]
    seconds: float
    report: Path
    broken: str = ''
    """Why it ended early."""
    not_run: str = ''
    """Why it did not begin."""

    @property
    def word(self) -> str:
        if self.not_run:
            return 'NOT RUN'
        return 'FAIL' if self.broken or any(case.verdict == FAILED for case in self.cases) else 'PASS'

    @property
    def remarkable(self) -> list[Case]:
        """All of the report but those that are plainly OK."""
        return [case for case in self.cases if case.verdict != OK and case.behaviour != NOT_RUN]

    def rows(self) -> list[list[str]]:
        """One per group that has cases, and their sum: its name, cases, and the count of each verdict."""
        rows = []
        for group in dict.fromkeys(case.group for case in self.cases):
            rows.append(_row(f'{group}.* {GROUPS.get(group, "")}'.strip(), [c for c in self.cases if c.group == group]))
        return [*rows, _row('all', self.cases)]

    def verdict(self) -> str:
        """One line."""
        if self.not_run:
            return self.not_run.partition('\n')[0]
        counts = Counter(case.verdict for case in self.cases)
        said = ', '.join(f'{counts[verdict]} {verdict}' for verdict in VERDICTS if counts[verdict])
        return f'{self.broken.partition(chr(10))[0]}; {said}' if self.broken else said

    @property
    def missing(self) -> list[str]:
        """Announced, and not in the report."""
        return [case.number for case in self.cases if case.behaviour == NOT_RUN]

    @property
    def mended(self) -> list[str]:
        """Known findings that are none any more."""
        return [case.number for case in self.cases if case.number in KNOWN_UNCLEAN[self.mode] and case.verdict == OK]

    def remarks(self) -> list[str]:
        """What there is to say of cases that the list of the remarkable does not have."""
        said = [f'{number} is listed as a known finding, but was clean.' for number in self.mended]
        if self.missing:
            said.append(f'Not run, which counts as failed: {", ".join(self.missing)}.')
        return said


HEAD = ['group', 'cases', *VERDICTS]


def _row(name: str, cases: list[Case]) -> list[str]:
    counts = Counter(case.verdict for case in cases)
    return [name, str(len(cases)), *(str(counts[verdict] or '-') for verdict in VERDICTS)]


def plain(text: str) -> str:
    """Autobahn's texts are HTML, of several lines."""
    return ' '.join(unescape(re.sub(r'<[^>]+>', ' ', text)).split())


def _word(case: Case) -> str:
    """Autobahn's word on the behaviour, and on the close if that is not OK."""
    return case.behaviour if case.close in ('OK', case.behaviour) else f'{case.behaviour}, close {case.close}'


def show(outcome: Outcome, link: Path) -> None:
    """The table of one mode, and every case that is not OK."""
    print(f'\nmode {outcome.mode}')
    if outcome.not_run or outcome.broken:
        print(textwrap.indent(f'\n{(outcome.not_run or outcome.broken).rstrip()}', '  '))
    if not outcome.cases:
        return
    print(f'\n  cases: {len(outcome.cases)}, in {outcome.seconds:.0f} s\n')
    _table([HEAD, *outcome.rows()])
    for case in outcome.remarkable:
        word = f': {_word(case)}' if case.verdict != _word(case) else ''
        print(_wrapped(f'{case.number:<8}{case.verdict}{word}', 2))
        for text in (plain(case.description), plain(case.why)):
            if text:
                print(_wrapped(text, 10))
        if case.verdict == FAILED and case.report:
            print(_wrapped(str(link / case.report), 10))
    for remark in outcome.remarks():
        print(textwrap.fill(remark, WIDTH, initial_indent='  ', subsequent_indent='  '))


def show_end(outcomes: list[Outcome], folder: Path) -> None:
    print()
    for outcome in outcomes:
        where = f'; {folder / outcome.mode / "index.html"}' if outcome.report.is_file() else ''
        print(f'{outcome.word:<8}{outcome.mode}: {outcome.verdict()}{where}')


def _wrapped(text: str, indent: int) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=' ' * indent, subsequent_indent=' ' * max(indent, 10),
                         break_long_words=False, break_on_hyphens=False)


def _table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = [cell.rjust(width) if at else cell.ljust(width)
                 for at, (cell, width) in enumerate(zip(row, widths, strict=True))]
        print('  ' + '  '.join(cells))
        if number == 0:
            print('  ' + '  '.join('─' * width for width in widths))
    print()


def as_json(outcomes: list[Outcome], about: dict[str, str]) -> str:
    def mode(outcome: Outcome) -> dict[str, Any]:
        return {
            'outcome': outcome.word,
            'seconds': round(outcome.seconds, 1),
            'not_run': outcome.not_run or None,
            'broken': outcome.broken or None,
            'groups': [dict(zip(HEAD, [row[0], *(int(cell.replace('-', '0')) for cell in row[1:])], strict=True))
                       for row in outcome.rows()],
            'not_ok': [
                {'case': case.number, 'verdict': case.verdict, 'behavior': case.behaviour, 'behaviorClose': case.close,
                 'description': plain(case.description), 'why': plain(case.why) or None, 'report': case.report}
                for case in outcome.remarkable
            ],
            'missing': outcome.missing,
            'known_but_clean': outcome.mended,
        }

    return json.dumps({**about, 'modes': {outcome.mode: mode(outcome) for outcome in outcomes}}, indent=2) + '\n'


def as_markdown(outcomes: list[Outcome], about: dict[str, str]) -> str:
    lines = ['# Websocket conformance', '', *(f'- {name}: {value}' for name, value in about.items())]
    for outcome in outcomes:
        lines += ['', f'## Mode {outcome.mode}: {outcome.word}', '', outcome.verdict()]
        if not outcome.cases:
            continue
        lines += ['', _line(HEAD), _line(['---', *['---:'] * (len(HEAD) - 1)]), *map(_line, outcome.rows())]
        if outcome.remarkable:
            lines += ['', _line(['case', 'verdict', 'Autobahn says', 'what it does', 'why']), _line(['---'] * 5)]
            for case in outcome.remarkable:
                texts = [plain(case.description), plain(case.why)]
                lines.append(_line([_linked(case, outcome.mode), case.verdict, _word(case), *texts]))
        lines += ['', *outcome.remarks()]
    return '\n'.join(lines).rstrip() + '\n'


def _linked(case: Case, mode: str) -> str:
    return f'[{case.number}]({mode}/{case.report})' if case.report else case.number


def _line(cells: list[str]) -> str:
    escaped = (cell.replace('|', '\\|').replace('<', '&lt;') for cell in cells)
    return f'| {" | ".join(escaped)} |'
