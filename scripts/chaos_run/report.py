"""What is printed at the end, and kept for programs."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from . import limits
from .run import Run


def summary(run: Run, command: str) -> dict[str, Any]:
    recoveries: dict[str, list[float]] = defaultdict(list)
    for done in run.tally.done:
        recoveries[done.fault].append(round(done.recovered, 3))
    bounds = {**limits.ANSWER, 'recovery': limits.RECOVERY}
    memory = [one for life in run.stack.lives for one in life.memory]
    return {
        'command': command,
        'seed': run.seed,
        'steps': run.tally.steps,
        'findings': run.journal.findings,
        'recoveries': dict(sorted(recoveries.items())),
        'bounds': bounds,
        'longest': {kind: {'seconds': round(s, 3), 'request': what} for kind, (s, what) in sorted(run.scene.longest.items())},
        'answers': dict(sorted(run.scene.counts.items())),
        'writes': run.ledger.counts(),
        'stored': run.final.stored,
        'logins and logouts': {'acknowledged': run.session.changes, 'unanswered or refused': run.session.unconfirmed},
        'compared': run.comparer.compared,
        'bodies': {'whole': run.bulk.whole, 'broken off': run.bulk.broken},
        'websockets': {
            'messages': sum(one.messages for one in run.listeners),
            'connections': sum(one.connections for one in run.listeners),
            'served by the bridge': sum(one.served['bridge'] for one in run.listeners),
            'tunnelled': sum(one.served['tunnel'] for one in run.listeners),
        },
        'processes': run.stack.restarts,
        'memory in MiB': {'least': min(memory, default=0) >> 20, 'most': max(memory, default=0) >> 20},
        'descriptors': [life.descriptors for life in run.stack.lives],
        'verdicts of the bridge': dict(sorted(run.final.verdicts.items())),
        'logged': dict(run.final.logged.most_common()),
        'not injected': run.tally.missing,
    }


def write(found: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False, default=str) + '\n')


def text(found: dict[str, Any], verbose: bool) -> str:
    lines = ['', f'{found["steps"]} steps; bound of the recovery after each: {found["bounds"]["recovery"]:.0f} s', '']
    lines += [f'| {"fault":19} | times | whole again, longest |', f'| {"-" * 19} | ----: | -------------------: |']
    for fault, times in found['recoveries'].items():
        lines.append(f'| {fault:19} | {len(times):5} | {max(times):18.2f} s |')
    for fault, why in found['not injected'].items():
        lines.append(f'| {fault:19} | {"-":>5} | {why} |')
    lines += ['', f'| {"answers to":19} | bound | longest |', f'| {"-" * 19} | ----: | ------: |']
    for kind, one in found['longest'].items():
        bound = f'{found["bounds"][kind]:.1f} s' if kind in found['bounds'] else '-'
        lines.append(f'| {kind:19} | {bound} | {one["seconds"]:.2f} s |')
    writes, sockets, bodies = found['writes'], found['websockets'], found['bodies']
    lines += [
        '',
        f'answers: {sum(found["answers"].values())}; processes: legacy {found["processes"]["legacy"]}, bridge {found["processes"]["bridge"]}',
        f'writes: {writes["acknowledged"]} acknowledged, {writes["unanswered"]} without an answer; users changed '
        f'{found["logins and logouts"]["acknowledged"]} times; compared with legacy {found["compared"]} times',
        f'websockets: {sockets["messages"]} messages on {sockets["connections"]} connections '
        f'({sockets["served by the bridge"]} served by the bridge); bodies: {bodies["whole"]} whole, {bodies["broken off"]} broken off',
        f'memory of the bridge: {found["memory in MiB"]["least"]} to {found["memory in MiB"]["most"]} MiB',
    ]
    if verbose:
        lines += ['', *(f'  {count:6}  {what}' for what, count in found['answers'].items())]
        lines += ['', *(f'  {count:6}  {what}' for what, count in found['verdicts of the bridge'].items())]
        lines += ['', *(f'  {count:6}  {what}' for what, count in found['logged'].items())]
    return '\n'.join(lines)
