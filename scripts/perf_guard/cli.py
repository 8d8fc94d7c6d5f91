"""The command line."""

import argparse
import subprocess
import sys

from . import conditions, counting, tools
from .counting import Failure
from .figures import FILE, Figures, Unreadable
from .verdict import FAILS, Kind, Verdict, judged, needs_note

DESCRIPTION = """\
Counts the instructions of hot paths (benches/hot_paths) with callgrind, and fails where one needs over 5 % more than
benches/hot_paths.json says. Counts are the same on a busy machine. bench/README.md says what is counted."""
EPILOGUE = """\
Counts depend on the compiler, the target, the C library and the processor's vector instructions, which the file names.
Where one of them is another, everything is counted and nothing compared.

exit status: 0 no path needs over 5 % more, or nothing was compared, which it says; 1 one does, or is not written down;
2 it could not be measured.

examples:
  scripts/perf-guard
  scripts/perf-guard headers route
  scripts/perf-guard --accept headers --note "Forwarded is written as well (RFC 7239)"
  scripts/perf-guard --accept all --note "rustc 1.96"\
"""


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='scripts/perf-guard', description=DESCRIPTION, epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('paths', nargs='*', metavar='PATH', help='only these')
    add('--accept', action='append', metavar='PATH', help='write down what it needs now; may be repeated; all: every path')
    add('--note', metavar='WHY', help='why it needs more; has to be given where it does')
    add('--require', action='store_true', help='fail where there is no valgrind; without it that is said, and passed over')
    add('--jobs', type=int, metavar='N', help='paths at once (default: one for each core)')
    found = parser.parse_args(given)
    if found.accept and found.paths:
        parser.error('a path is either to be accepted or to be judged')
    if found.note is not None and not found.note.strip():
        parser.error('--note is empty')
    return found


def main(given: list[str] | None = None) -> int:
    options = arguments(given)
    try:
        return guard(options)
    except (Failure, Unreadable, OSError, subprocess.CalledProcessError) as error:
        print(f'perf-guard: {error}', file=sys.stderr)
        return 2


def guard(options: argparse.Namespace) -> int:
    figures, found = Figures.read(FILE), conditions.here()
    tool = tools.valgrind()
    if tool is None:
        say('skipped: valgrind is not installed (apt-get install valgrind)')
        return 2 if options.require or options.accept else 0
    program = counting.build()
    rounds = counting.paths(program)
    wanted = options.accept or options.paths
    names = [*rounds, *(name for name in figures.paths if name not in rounds)] if wanted in ([], ['all']) else wanted
    if unknown := [name for name in names if name not in rounds and name not in figures.paths]:
        raise Failure(f'there is no path {", ".join(unknown)}; there are: {", ".join(rounds)}')

    def count(some: list[str]) -> dict[str, int]:
        return counting.count_all(program, tool, {name: rounds[name] for name in some if name in rounds}, options.jobs)

    others = conditions.differing(figures.counted_with, found) if figures.paths else []
    if options.accept:
        if others and wanted != ['all']:
            raise Failure(f'one path can not be accepted among figures of another kind ({", ".join(others)}): --accept all')
        return accept(figures, count(names), names, options.note, found, others, list(rounds))
    counts = count(names)
    if others:
        return tell_only(counts, others)
    # Before a path is said to need more it is counted once more.
    again = count([verdict.name for verdict in judged(figures, counts, names) if verdict.kind is Kind.MORE])
    return judge(judged(figures, {**counts, **{name: min(counts[name], more) for name, more in again.items()}}, names))


def judge(verdicts: list[Verdict]) -> int:
    show(verdicts)
    for line in (line for verdict in verdicts for line in verdict.advice()):
        say(line)
    failed = [verdict.name for verdict in verdicts if verdict.kind in FAILS]
    say(f'FAILED: {", ".join(failed)}' if failed else 'no path needs over 5 % more than is written down')
    return 1 if failed else 0


def tell_only(counts: dict[str, int], others: list[str]) -> int:
    show([Verdict(name, None, now) for name, now in counts.items()])
    say(f'nothing was compared: {", ".join(others)}.')
    say('scripts/perf-guard --accept all --note "why" writes these down in place of the others.')
    return 0


def accept(
    figures: Figures, counts: dict[str, int], names: list[str], note: str | None,
    found: conditions.Conditions, others: list[str], order: list[str],
) -> int:
    show(judged(figures, counts, names))
    if note is None and others:
        raise Failure(f'say why all figures are to be others: --note "why" ({", ".join(others)})')
    if note is None and (more := needs_note(figures, counts, names)):
        raise Failure(f'say why it is worth that, with --note "why": {", ".join(more)}')
    figures.accepting(counts, names, note, found, order).write(FILE)
    say(f'written down; commit {FILE.relative_to(conditions.ROOT) if FILE.is_relative_to(conditions.ROOT) else FILE}')
    return 0


def show(verdicts: list[Verdict]) -> None:
    """A table."""
    print(f'  {"path":12} {"written down":>14} {"now":>14} {"growth":>8}')
    for verdict in verdicts:
        before, now = (f'{count:,}' if count is not None else '-' for count in (verdict.before, verdict.now))
        both = verdict.before is not None and verdict.now is not None
        growth = f'{verdict.growth:+.1%}' if both else '-'
        remark = '' if verdict.kind is Kind.SAME else f'  {verdict.kind.value}'
        print(f'  {verdict.name:12} {before:>14} {now:>14} {growth:>8}{remark if both else ""}'.rstrip())
    print(flush=True)


def say(text: str) -> None:
    print(f'perf-guard: {text}', flush=True)
