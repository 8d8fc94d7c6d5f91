"""Two answers, compared to the byte, under the rules that reads have and those of writes."""

from fnmatch import fnmatchcase

from parity_fuzz import compare as fuzz
from parity_fuzz.message import Answer

from .masks import Masks

RULES = (
    *fuzz.RULES,
    fuzz.Rule(
        'module order',
        ('PUT /settings',),
        'It answers as GET /settings does: active_modules may be a Python set.',
        fuzz.modules_as_set,
    ),
)


def compare(route: str, direct: Answer, bridge: Answer, masks: Masks) -> tuple[str, ...]:
    """The aspects in which they differ; none if they are equal, or equal under a rule or a mask."""
    aspects = fuzz.compare('', direct, bridge).aspects
    if aspects == ('body',) and any(_eased(rule, direct, bridge, masks) for rule in _eases(route)):
        return ()
    return aspects


def _eases(route: str) -> list[fuzz.Ease]:
    method, _, path = route.partition(' ')
    name = f'{method} {path.removeprefix("/api/1")}'
    of_route = [rule.ease for rule in RULES if any(fnmatchcase(name, pattern) for pattern in rule.routes)]
    return [lambda body: body, *of_route]


def _eased(ease: fuzz.Ease, direct: Answer, bridge: Answer, masks: Masks) -> bool:
    try:
        one, other = ease(direct.body), ease(bridge.body)
    except (ValueError, KeyError, TypeError):
        return False
    return masks.same(one.decode(errors='surrogateescape'), other.decode(errors='surrogateescape'))
