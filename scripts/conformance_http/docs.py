"""The tables in docs/conformance.md."""

from pathlib import Path

import report
from report import Outcome

PAGE = Path(__file__).resolve().parent.parent.parent / 'docs' / 'conformance.md'
BEGIN, END = '<!-- conformance http: begin -->', '<!-- conformance http: end -->'


def replaced(page: str, tables: str) -> str:
    """The page with these tables between its marks.

    :raises ValueError: it has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f'{PAGE.name} has no {BEGIN} and {END}')
    return f'{before}{BEGIN}\n\n{tables.strip()}\n\n{END}{after}'


def write(outcomes: list[Outcome]) -> None:
    PAGE.write_text(replaced(PAGE.read_text(), report.as_markdown(outcomes)))
