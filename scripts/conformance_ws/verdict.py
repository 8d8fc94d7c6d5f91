"""What counts as passed: Autobahn's word on each case, and the findings that are known."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GROUPS = {
    '1': 'Framing',
    '2': 'Pings/Pongs',
    '3': 'Reserved Bits',
    '4': 'Opcodes',
    '5': 'Fragmentation',
    '6': 'UTF-8 Handling',
    '7': 'Close Handling',
    '9': 'Limits/Performance',
    '10': 'Misc',
}
"""Autobahn's names for the first part of a case's number."""

BEHAVIOUR = ('OK', 'NON-STRICT', 'INFORMATIONAL')
CLOSE = ('OK', 'INFORMATIONAL')

OK, NON_STRICT, INFORMATIONAL, KNOWN, FAILED = VERDICTS = ('OK', 'NON-STRICT', 'INFORMATIONAL', 'KNOWN', 'FAILED')
NOT_RUN = 'not run'

LEGACY_CLOSE = (
    "legacy's own: it answers a close that has a reason with Python's repr of that reason and no code, and a tunnel "
    'passes on what it says'
)
KNOWN_UNCLEAN = {'tunnel': {'7.3.4': LEGACY_CLOSE, '7.3.5': LEGACY_CLOSE}, 'bridge': {}}
"""By mode: cases whose close may be UNCLEAN, and why. Their behaviour has to be acceptable all the same."""


@dataclass(frozen=True)
class Case:
    """One case: Autobahn's words, and ours."""

    number: str
    behaviour: str
    close: str
    verdict: str
    description: str = ''
    why: str = ''
    report: str | None = None
    """Autobahn's page about it, beside index.html."""

    @property
    def group(self) -> str:
        return self.number.partition('.')[0]


def judge(mode: str, number: str, behaviour: str, close: str) -> tuple[str, str]:
    """The verdict, and the reason of a known finding."""
    if behaviour in BEHAVIOUR and close in CLOSE:
        return (INFORMATIONAL if INFORMATIONAL in (behaviour, close) else behaviour), ''
    if behaviour in BEHAVIOUR and close == 'UNCLEAN' and number in KNOWN_UNCLEAN[mode]:
        return KNOWN, KNOWN_UNCLEAN[mode][number]
    return FAILED, ''


def read(mode: str, announced: Iterable[str], folder: Path) -> list[Case]:
    """All cases that were announced. One that the report lacks, or a report that is not there, is a failure."""
    index = folder / 'index.json'
    found = json.loads(index.read_text()).get(mode, {}) if index.is_file() else {}
    return list(_cases(mode, announced, found, folder))


def _cases(mode: str, announced: Iterable[str], found: dict[str, Any], folder: Path) -> Iterator[Case]:
    for number in announced:
        entry = found.get(number)
        if entry is None:
            yield Case(number, NOT_RUN, NOT_RUN, FAILED)
            continue
        behaviour, close = entry['behavior'], entry['behaviorClose']
        verdict, why = judge(mode, number, behaviour, close)
        if verdict == OK:
            yield Case(number, behaviour, close, verdict)
            continue
        details = json.loads((folder / entry['reportfile']).read_text())
        if verdict == FAILED:
            why = details['result'] if behaviour not in BEHAVIOUR else details['resultClose']
        page = Path(entry['reportfile']).with_suffix('.html').name
        yield Case(number, behaviour, close, verdict, details['description'], why, page)
