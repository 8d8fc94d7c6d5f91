"""The time zone of this process, as far as it can be told: by the hour, over the years that there are transactions."""

import time

# Whole hours, and whole steps of six of them, since 2015-01-01 and until 2038-01-01.
BEGIN, END = 1420070400, 2145916800
HOUR = 3600
STEP = 6 * HOUR


def offset(at: int) -> int:
    """Seconds east of Greenwich."""
    return time.localtime(at).tm_gmtoff


def changes() -> list[tuple[int, int]]:
    """The offset at the beginning, and each one that comes later, with the first full hour at which it holds."""
    last = offset(BEGIN)
    found = [(BEGIN, last)]
    for step in range(BEGIN, END, STEP):
        if offset(step + STEP - HOUR) == last:
            continue
        for at in range(step, step + STEP, HOUR):
            if (now := offset(at)) != last:
                last = now
                found.append((at, now))
    return found
