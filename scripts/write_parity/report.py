"""What is printed: differences as they are found, and a table of the routes at the end."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from parity_fuzz.message import Answer
from parity_fuzz.report import parting

from .run import Mismatch, Outcome


def variant(answer: Answer) -> str:
    """Who answered, and why not the handler."""
    if answer.header('x-cutover-variant') == 'native':
        return 'native'
    words = [answer.header('x-cutover-reason') or answer.header('x-cutover-error') or 'unmarked']
    if detail := answer.header('x-cutover-detail'):
        words.append(detail)
    return ': '.join(words)


def outcome(one: Outcome, shown: int, verbose: bool) -> str:
    """The differences of a sequence, the first ones in full."""
    name = f'sequence {one.sequence.name}'
    lines = []
    if verbose:
        for step, answer in zip(one.sequence.steps, one.bridge, strict=True):
            lines.append(f'{name} step {step.number}: {_request(step.request)} -> {answer.status} {variant(answer)}')
    for mismatch in one.mismatched[:shown]:
        lines += _mismatch(name, mismatch)
    for step, difference in one.changed[:shown]:
        when = 'at its end' if step is None else f'after step {step.number}, {_request(step.request)}'
        lines.append(f'{name} {when}: {difference}')
    for what, found in (('answers', one.mismatched), ('cells or rows', one.changed)):
        if len(found) > shown:
            lines.append(f'{name}: {len(found) - shown} more {what} differ (--show N)')
    return '\n'.join(lines)


def _request(request: Any) -> str:
    body = (request.body or b'').decode(errors='replace')
    return f'{request.method} {request.target} {body if len(body) <= 200 else body[:197] + "..."}'.strip()


def _mismatch(name: str, found: Mismatch) -> list[str]:
    lines = [f'{name} step {found.step.number}, {_request(found.step.request)}: {", ".join(found.aspects)} differ']
    for side, answer in (('direct', found.direct), ('bridge', found.bridge)):
        headers = ' | '.join(f'{name}: {value}' for name, value in answer.contract())
        told = f' ({variant(answer)})' if side == 'bridge' else ''
        lines.append(f'  {side} {answer.status} {answer.reason}{told} | {headers}')
    if found.direct.body != found.bridge.body:
        one, other, at = parting(found.direct.body, found.bridge.body)
        lines += [f'  bodies part at byte {at}:', f'    direct {one!r}', f'    bridge {other!r}']
    return lines


@dataclass
class Count:
    requests: int = 0
    native: int = 0
    forwarded: Counter[str] = field(default_factory=Counter)
    mismatched: int = 0

    def cells(self) -> tuple[str, ...]:
        why = ', '.join(f'{count} {reason}' for reason, count in self.forwarded.most_common()) or '-'
        return str(self.requests), str(self.native), str(self.mismatched), why


def table(outcomes: list[Outcome]) -> str:
    counts: dict[str, Count] = {}
    total = Count()
    for one in outcomes:
        wrong = {mismatch.step.number for mismatch in one.mismatched}
        for step, answer in zip(one.sequence.steps, one.bridge, strict=True):
            said = variant(answer)
            for count in (counts.setdefault(step.route, Count()), total):
                count.requests += 1
                count.native += said == 'native'
                count.mismatched += step.number in wrong
            if said != 'native':
                counts[step.route].forwarded[said] += 1
                total.forwarded[said.partition(':')[0]] += 1
    rows = [('route', 'requests', 'native', 'mismatched', 'forwarded')]
    rows += [(route, *count.cells()) for route, count in sorted(counts.items())]
    rows.append(('all', *total.cells()))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1] + [0]
    lines = ('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return '\n'.join(line.rstrip() for line in lines)


def summary(outcomes: list[Outcome], seconds: float) -> str:
    differing = sum(len(one.mismatched) + len(one.changed) for one in outcomes)
    masked = Counter()
    for one in outcomes:
        masked += one.masks.hits if one.masks else Counter()
    words = ', '.join(f'{name} {count}' for name, count in masked.items() if count) or 'nothing'
    compared = max((one.tables for one in outcomes), default=0)
    rows = max((one.rows for one in outcomes), default=0)
    verdict = f'{differing} differences' if differing else 'no difference'
    asked = sum(len(one.sequence.steps) for one in outcomes)
    return (
        f'{verdict} in {asked} requests of {len(outcomes)} sequences, {seconds:.0f} s; '
        f'compared after each sequence: {compared} tables, {rows} rows; masked: {words}'
    )
