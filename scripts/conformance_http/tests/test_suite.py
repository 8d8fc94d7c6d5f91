"""The list of probes, and what they say of a proxy that is none."""

import sys
from pathlib import Path

import docs
import probes  # noqa: F401  declares them
import report
from registry import BROKEN, FAIL, HOUSE, KNOWN, MUST, NOT_APPLICABLE, PASS, PROBES
from report import Outcome
from runner import Result, run
from targets.command import Command

NAIVE = Command(f'{sys.executable} {Path(__file__).with_name("naive.py")} {{port}} {{upstream_port}}')


def measured(*ids: str) -> dict[str, str]:
    results = run(NAIVE, [PROBES[id] for id in ids], 4, 3, lambda _: None)
    return {result.probe.id: result.verdict for result in results}


def test_every_row_of_the_lessons_has_a_probe() -> None:
    words = ' '.join(probe.source for probe in PROBES.values()).replace(',', ' ').replace(';', ' ').split()
    rows = {int(word) for word in words if word.isdigit()}
    # 18 is about native writes, and has tests of its own.
    assert set(range(1, 37)) - {18} <= rows
    for letter in 'abcd':
        assert any(f'WS {letter}' in probe.source for probe in PROBES.values()), letter


def test_every_probe_says_what_it_is() -> None:
    for probe in PROBES.values():
        assert not probe.name[0].islower() and not probe.name.endswith('.'), probe.id
        assert probe.source and probe.expects, probe.id
        assert probe.level != MUST or 'RFC' in probe.source, f'{probe.id}: who demands it?'


def test_a_tunnel_of_bytes_fails_what_a_proxy_must_do() -> None:
    failing = [
        'framing-cl-te',
        'framing-te-identity',
        'framing-cl-plus',
        'framing-cl-lines-differ',
        'chunks-size-word',
        'heads-space-before-colon',
        'heads-value-nul',
        'hosts-twice',
        'hosts-none',
        'up-connection',
        'up-via',
        'up-underscore',
        'down-connection',
        'down-date',
        'upgrades-no-tunnel-before-101',
        'upgrades-unasked-bare',
        'upgrades-not-no-connection',
        'answers-length-word',
        'answers-no-http-garbage',
        'interim-http-1-0',
        'versions-own',
        'failures-refused',
        'paths-refused-raw',
        'bodies-expect-not-forwarded',
    ]
    verdicts = measured(*failing)
    assert {id: verdict for id, verdict in verdicts.items() if verdict != FAIL} == {}


def test_a_tunnel_of_bytes_passes_what_any_proxy_does() -> None:
    passing = [
        'framing-pipelined',
        'chunks-extension',
        'paths-all-kept',
        'up-unknown',
        'down-as-sent',
        'bodies-large-up',
        'bodies-large-down',
        'bodies-expect',
        'tunnels-close-codes',
        'tunnels-half-close-client',
        'tunnels-half-close-upstream',
        'answers-truncated-length',
        'clients-half-body-chunked-end',
    ]
    verdicts = measured(*passing)
    assert {id: verdict for id, verdict in verdicts.items() if verdict != PASS} == {}


def test_what_a_command_can_not_be_told_does_not_apply_to_it() -> None:
    assert measured('limits-body-announced', 'ws-accept') == {
        'limits-body-announced': NOT_APPLICABLE,
        'ws-accept': NOT_APPLICABLE,
    }


def test_a_proxy_that_does_not_start_is_told_apart_from_one_that_fails() -> None:
    results = run(Command('false {port} {upstream_port}'), [PROBES['framing-none']], 1, 3, lambda _: None)
    assert [result.verdict for result in results] == [BROKEN]
    assert 'status 1' in results[0].why


def outcome(name: str, **verdicts: str) -> Outcome:
    """`must` and `house` are the verdicts of a probe of that level."""
    chosen = {level: next(probe for probe in PROBES.values() if probe.level.lower() == level) for level in verdicts}
    return Outcome(name, '1', [Result(chosen[level], verdict, '', 0.0) for level, verdict in verdicts.items()], 0.0)


def test_only_the_bridge_has_to_keep_the_promises_of_the_bridge() -> None:
    assert outcome('bridge', must=PASS, house=FAIL).word == 'FAIL'
    assert outcome('nginx', must=PASS, house=FAIL).word == 'PASS'
    assert outcome('nginx', must=FAIL, house=PASS).word == 'FAIL'
    assert outcome('bridge', must=PASS, house=KNOWN).word == 'PASS'
    assert Outcome('nginx', '', [], 0.0, 'not installed').word == 'NOT RUN'


def test_the_tables_show_who_fails_what_and_what_is_no_fault() -> None:
    tables = report.as_markdown([outcome('bridge', must=PASS, house=PASS), outcome('nginx', must=FAIL, house=FAIL)])
    rows = [line for line in tables.splitlines() if line.startswith('| `')]
    assert len(rows) == 2
    assert any(f'| {MUST} |' in row and row.endswith('| pass | fail |') for row in rows)
    assert any(f'| {HOUSE} |' in row and row.endswith('| pass | (fail) |') for row in rows)


def test_the_tables_replace_those_of_the_page() -> None:
    page = f'before\n{docs.BEGIN}\nold\n{docs.END}\nafter\n'
    assert docs.replaced(page, 'new\n') == f'before\n{docs.BEGIN}\n\nnew\n\n{docs.END}\nafter\n'
