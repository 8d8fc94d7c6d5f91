"""Claims that many probes make."""

from trial import Failed, Outcome, Trial, check
from wire import Answer, Request


def refused(trial: Trial, request: str | bytes, *statuses: int, method: str = 'GET') -> Outcome:
    """Answered with one of these statuses (400 if none is named), the connection ended, and nothing went up."""
    outcome = trial.outcome(request, method)
    check(outcome.status in (statuses or (400,)), str(outcome))
    check(len(outcome.answers) == 1 and not outcome.went_on, str(outcome))
    check(not outcome.forwarded, str(outcome))
    return outcome


def rejected(outcome: Outcome) -> bool:
    """Refused in any way: a client or server error, or an end without a word, and nothing went up."""
    return not outcome.forwarded and not outcome.went_on and (not outcome.answers or outcome.status >= 400)


def clean(request: Request) -> None:
    """:raises Failed: a sender must not have sent this."""
    check(not request.faults, f'upstream got {request}, which has: {"; ".join(request.faults)}')
    check(request.complete, f'upstream got {request} with a body that has no end')


def rejected_or_clean(trial: Trial, request: str | bytes, body: bytes | None = None) -> Outcome:
    """Refused, or one request went up that has one reading (and this body)."""
    outcome = trial.outcome(request)
    if rejected(outcome):
        return outcome
    check(len(outcome.forwarded) == 1, str(outcome))
    clean(outcome.forwarded[0])
    if body is not None:
        check(outcome.forwarded[0].body == body, f'upstream got the body {outcome.forwarded[0].body[:80]!r}')
    return outcome


def gateway_error(answer: Answer, *statuses: int) -> None:
    """A failure that the proxy tells of, not one of the upstream's."""
    check(answer.status in (statuses or (500, 502, 503, 504)), f'it was answered {answer}')


def without(headers: Request | Answer, *names: str) -> None:
    """None of these fields came through."""
    there = [name for name in names if headers.has(name)]
    check(not there, f'came through: {", ".join(there)}; {headers.raw[:600]!r}')


def same(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise Failed(f'{what}: {got!r}, not {wanted!r}')
