"""What schemathesis is told: only what the bridge answered itself is judged, and how much that was is counted."""

import atexit
import json
import os
from collections import Counter
from pathlib import Path

import schemathesis
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

VARIANT, REASON, FAILURE = 'x-cutover-variant', 'x-cutover-reason', 'x-cutover-error'
BROKEN = 'cutover: the write broke off'
JUDGED = (status_code_conformance, content_type_conformance, response_schema_conformance)

# By operation and who answered: how often.
counts: Counter[tuple[str, str, int]] = Counter()


def answered_by(response: Response) -> str:
    """`native`, `legacy`, `failed` if legacy did because the handler failed, or `bridge` for its own refusals."""
    if response.headers.get(FAILURE):
        return 'bridge'
    if response.headers.get(REASON) == ['ERROR']:
        return 'failed'
    [variant] = response.headers.get(VARIANT) or ['legacy']
    return variant


@schemathesis.hook
def after_call(_context, case, response) -> None:  # noqa: ANN001 - the types are schemathesis' own
    counts[case.operation.label, answered_by(response), response.status_code] += 1


@schemathesis.check
def native_conformance(ctx, response, case) -> None:  # noqa: ANN001
    """The three that it has itself, for native answers."""
    if BROKEN in (response.text or ''):
        raise AssertionError('the handler broke off; the log of the bridge says why')
    if answered_by(response) != 'native':
        return
    for check in JUDGED:
        check(ctx, response, case)


def write() -> None:
    rows = [[*key, number] for key, number in sorted(counts.items())]
    Path(os.environ['CONFORMANCE_COUNTS']).write_text(json.dumps(rows))


atexit.register(write)
