"""What is printed and written: differences with their reproduction, and the table of the routes."""

import json
from collections import Counter
from typing import Any

from .message import Answer
from .run import Count, Difference, Plan, Run

SHOWN_PER_ROUTE = 3
AROUND = 60


def describe(difference: Difference, plan: Plan) -> str:
    request = difference.smallest
    lines = [
        f'{difference.route}: {", ".join(difference.verdict.aspects)} (request {difference.number}, {difference.kind})',
        f'  direct: {request.curl(plan.direct, plan.host)}',
        f'  bridge: {request.curl(plan.bridge, plan.host)}',
    ]
    for name, answer in (('direct', difference.direct), ('bridge', difference.bridge)):
        lines.append(f'  {name} said: {_head(answer)}')
    if difference.direct.body != difference.bridge.body:
        ours, theirs, at = parting(difference.direct.body, difference.bridge.body)
        lines += [f'  bodies part at byte {at}:', f'    direct {ours!r}', f'    bridge {theirs!r}']
    return '\n'.join(lines)


def _head(answer: Answer) -> str:
    own = [f'{name}: {value}' for name, value in answer.headers if name.lower().startswith('x-cutover-')]
    contract = [f'{name}: {value}' for name, value in answer.contract()]
    return f'{answer.status} {answer.reason} | {" | ".join(contract + own)}'


def parting(one: bytes, other: bytes) -> tuple[bytes, bytes, int]:
    """Where two bodies part, with something around it."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    begin = max(0, at - AROUND)
    return one[begin : at + AROUND], other[begin : at + AROUND], at


def differences(run: Run) -> str:
    """The first ones of each route in full, the rest counted."""
    shown: list[str] = []
    seen: Counter[str] = Counter()
    for difference in run.differences:
        seen[difference.route] += 1
        if seen[difference.route] <= SHOWN_PER_ROUTE:
            shown.append(describe(difference, run.plan))
    shown += [f'{route}: {n - SHOWN_PER_ROUTE} more' for route, n in seen.items() if n > SHOWN_PER_ROUTE]
    return '\n\n'.join(shown)


def table(run: Run) -> str:
    rows = [('route', 'requests', '200', 'native', 'forwarded', 'under a rule', 'passing', 'differences')]
    total = Count()
    for name, count in run.counts.items():
        rows.append(_row(name, count))
        _add(total, count)
    rows.append(_row('all', total))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ('  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return '\n'.join(line.rstrip() for line in lines)


def _row(name: str, count: Count) -> tuple[str, ...]:
    numbers = (str(count.requests), str(count.fine), str(count.native))
    return name, *numbers, _words(count.forwarded), _words(count.ruled), str(count.passing), str(count.differences)


def _words(counter: Counter[str]) -> str:
    return ', '.join(f'{name} {count}' for name, count in counter.most_common()) or '-'


def _add(total: Count, count: Count) -> None:
    for name in ('requests', 'fine', 'native', 'passing', 'differences'):
        setattr(total, name, getattr(total, name) + getattr(count, name))
    total.forwarded += count.forwarded
    total.ruled += count.ruled


def as_json(phase: str, run: Run) -> dict[str, Any]:
    return {
        'phase': phase,
        'seed': run.plan.seed,
        'seconds': round(run.seconds, 1),
        'routes': {name: vars(count) for name, count in run.counts.items()},
        'differences': [_difference(difference, run.plan) for difference in run.differences],
    }


def _difference(difference: Difference, plan: Plan) -> dict[str, Any]:
    return {
        'route': difference.route,
        'request': difference.number,
        'kind': difference.kind,
        'aspects': difference.verdict.aspects,
        'direct': difference.smallest.curl(plan.direct, plan.host),
        'bridge': difference.smallest.curl(plan.bridge, plan.host),
        'asked': difference.request.curl(plan.direct, plan.host),
        'answers': {'direct': _answer(difference.direct), 'bridge': _answer(difference.bridge)},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    body = answer.body.decode(errors='backslashreplace')
    return {'status': answer.status, 'reason': answer.reason, 'headers': answer.headers, 'body': body[:4000]}


def write(file: str, phases: list[dict[str, Any]]) -> None:
    with open(file, 'w', encoding='utf-8') as out:
        json.dump(phases, out, indent=1, default=dict)
        out.write('\n')
