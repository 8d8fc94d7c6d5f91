"""The parts: which are wanted, and which are in place. Each can be switched off and on at any time."""

from collections.abc import Callable

NOTIFIER, SESSION, CACHES, TRANSACTIONS, TASKS = PARTS = ('notifier', 'session', 'caches', 'transactions', 'tasks')


class Parts:
    """A part is on while it is wanted and its hooks are in place. `changed` hears of every change."""

    def __init__(self, wanted: dict[str, bool] | None = None) -> None:
        self.wanted = dict.fromkeys(PARTS, True) | (wanted or {})
        self.placed: dict[str, set[str]] = {part: set() for part in PARTS}
        self.needed: dict[str, set[str]] = {part: set() for part in PARTS}
        self.changed: Callable[[], None] = lambda: None

    def need(self, part: str, module: str) -> None:
        """It is on once the hooks of all modules that were named here are in place."""
        self.needed[part].add(module)

    def place(self, part: str, module: str) -> None:
        self.placed[part].add(module)
        self.changed()

    def on(self, part: str) -> bool:
        placed = self.placed[part]
        return self.wanted[part] and bool(placed) and placed >= self.needed[part]

    def switch(self, part: str, on: bool) -> None:
        if part not in self.wanted:
            raise ValueError(f'there is no part {part!r}')
        if self.wanted[part] != on:
            self.wanted[part] = on
            self.changed()
