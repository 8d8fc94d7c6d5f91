"""A function that closes, rekeys, copies or replaces the user's files: the bridge lets go of them for as long."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded

if TYPE_CHECKING:
    from cutover_compat.package import Package


def at_work(
    package: 'Package',
    after: Callable[[Any, Any], None] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`after` hears of success: the object, and what the function returned. It runs before the bridge may open them."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def work(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                guarded('having the bridge close the files', package.files, 'begin')
                done = original(self, *args, **kwargs)
                if after is not None:
                    guarded('telling the bridge of the session', after, self, done)
                return done
            finally:
                guarded('having the bridge open the files', package.files, 'end')

        return work

    return make
