"""What the pictures show: a dozen routes on their way, some of which need somebody."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demo_walk import Stage, check

ROUTES = """
[guardrails]
cool_down = "30m"

[session]
check_interval = "30s"

[[route]]
name = "ping"
sticky = "header:x-user"
ladder = ["shadow 60", "canary 25% 40", "native"]
advance = "auto"

[[route]]
name = "info"

[[route]]
name = "users_list"
mode = "shadow"

[[route]]
name = "tags_list"
sticky = "header:x-user"
ladder = ["shadow 150", "canary 5% 20", "canary 20% 500", "canary 50% 30m", "native"]
advance = "auto"

[[route]]
name = "settings_get"
mode = "shadow"
# It stays in shadow, so that what differs can be looked at.
guardrails = { rollback = "off" }

[[route]]
name = "assets_types"
sticky = "header:x-user"
ladder = ["shadow 50", "canary 50% 50", "native"]
advance = "auto"

[[route]]
name = "locations_all"
sticky = "header:x-user"
ladder = ["shadow 40", "canary 25% 1000", "native"]
advance = "auto"

[[route]]
name = "assets_ignored"
mode = "verify"
parity = [{ unordered = "/result", reason = "a Python set" }]

[[route]]
name = "calendar_list"
ladder = ["shadow 60", "canary 10% 200", "native"]

[[route]]
name = "notes_list"
mode = "canary"
percent = 25
sticky = "header:x-user"

[[route]]
name = "database_info"
mode = "shadow"
"""

MISMATCHING, BROKEN, CLIMBING = 'settings_get', 'locations_all', 'tags_list'
LONGEST = 240.0  # seconds; a release build has no faults, and nothing comes of them


class Story:
    """Switches faults and changes modes while there is traffic."""

    def __init__(self, stage: Stage, fault: Path) -> None:
        self.stage = stage
        self.fault = fault

    def tell(self) -> None:
        """What happens first."""
        self.change('info', 'ann', 'constant for a version; compared by hand', mode='native')
        self.change('calendar_list', 'bob', 'the dates are compared first', action='promote')
        self.until('the ladder has begun', CLIMBING, lambda route: route['mode'] == 'canary')
        self.fail()
        self.change('calendar_list', 'ann', 'reminders are being reworked; not before the release', action='hold')
        self.change('users_list', 'bob', 'no mismatch in shadow', mode='verify')

    def end(self) -> None:
        """What is to be fresh in the pictures."""
        self.differ()

    def differ(self) -> None:
        """A handler that writes a whole number as one with a fraction, now and then."""
        for wanted in (3, 6):
            self.fault.write_text(f'float@{MISMATCHING}')
            self.until('answers differ', MISMATCHING, lambda route: route['verdicts']['mismatched'] >= wanted)
            self.fault.write_text('')
            time.sleep(5)

    def fail(self) -> None:
        """A handler that begins to fail while a quarter of the users have it."""
        self.until('it answers some', BROKEN, lambda route: route['native']['requests'] >= 40)
        self.fault.write_text(f'panic@{BROKEN}')
        self.until('it is rolled back', BROKEN, lambda route: route['tripped'])
        self.fault.write_text('')

    def until(self, what: str, name: str, condition: Callable[[Any], Any]) -> None:
        end = time.monotonic() + LONGEST
        while not condition(self.stage.admin.get(f'/api/routes/{name}').json):
            if time.monotonic() > end:
                print(f'screenshots: {name}: never came: {what}', file=sys.stderr)
                return
            time.sleep(0.3)

    def change(self, name: str, by: str, why: str, **body: Any) -> None:
        answer = self.stage.admin.ask('PATCH', f'/api/routes/{name}', {**body, 'by': by, 'why': why})
        check(answer.status == 200, f'{name}: {answer.body!r}')
