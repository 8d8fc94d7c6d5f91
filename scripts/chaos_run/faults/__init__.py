"""What is broken, how, and when it is whole again.

- base: what a fault is
- processes: legacy and the bridge, killed, stopped, started again
- network: the link between them
- disk: no room
- lock: somebody else holds a database
- files: routes.toml, and databases that are replaced or rekeyed
- descriptors: none left
- clock: another time of the day
"""

from ..stack import Stack
from .base import Fault
from .clock import Skew
from .descriptors import Descriptors
from .disk import DataDisk, StateDisk
from .files import Garbage, Rekey, Replace, Resume
from .lock import Lock, LongLock
from .network import Blackhole, Cut, Delay, LongBlackhole, Resets, Throttle
from .processes import BridgeDrain, BridgeKill, BridgeUpgrade, LegacyKill, LegacyLongStop, LegacyRestart, LegacyStop

ALL: tuple[type[Fault], ...] = (
    LegacyKill, LegacyStop, LegacyRestart, BridgeKill, BridgeDrain,
    Cut, Delay, Throttle, Blackhole, Resets,
    DataDisk, StateDisk, Lock, Garbage, Replace, Resume, Rekey, Descriptors, Skew,
    LegacyLongStop, LongBlackhole, LongLock, BridgeUpgrade,
)  # fmt: skip
BY_NAME = {fault.name: fault for fault in ALL}


def available(stack: Stack) -> tuple[dict[str, type[Fault]], dict[str, str]]:
    """Those that this machine allows, and why not the others."""
    missing = {fault.name: why for fault in ALL if (why := fault.why_not(stack))}
    return {name: fault for name, fault in BY_NAME.items() if name not in missing}, missing
