"""The list of probes: what each is called, where it comes from, and how binding it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trial import Trial

# How binding a probe is. A `house` probe is what the bridge promises beyond the standard: another proxy that fails it
# is not at fault.
MUST, SHOULD, HOUSE = 'MUST', 'SHOULD', 'house'
LEVELS = (MUST, SHOULD, HOUSE)

PASS, FAIL, KNOWN, NOT_APPLICABLE, BROKEN = 'pass', 'fail', 'known', 'n/a', 'broken'
"""`broken`: the probe could not be carried out, because the proxy did not start or died."""


@dataclass(frozen=True)
class Probe:
    """One question to a proxy."""

    id: str
    name: str
    """What a proxy that passes does, as a sentence."""
    level: str
    source: str
    expects: str
    run: Callable[['Trial'], None]
    theme: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What has to be configured for it, see `targets.base`."""
    upstream: str = 'listening'
    """`listening`, `refusing` (nobody listens there) or `full` (a connection to it is never made)."""


PROBES: dict[str, Probe] = {}
THEMES: dict[str, str] = {}


def theme(name: str, title: str) -> Callable[..., Callable[[Callable[['Trial'], None]], Callable[['Trial'], None]]]:
    """Begins a theme; gives the decorator by which its probes are declared."""
    THEMES[name] = title

    def probe(
        id: str, says: str, *, level: str, source: str, expects: str, upstream: str = 'listening', **settings: Any
    ) -> Callable[[Callable[['Trial'], None]], Callable[['Trial'], None]]:
        def declare(run: Callable[['Trial'], None]) -> Callable[['Trial'], None]:
            assert id not in PROBES and level in LEVELS, id
            PROBES[id] = Probe(id, says, level, source, expects, run, name, settings, upstream)
            return run

        return declare

    return probe
