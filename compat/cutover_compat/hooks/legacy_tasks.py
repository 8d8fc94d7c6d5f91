"""compat/legacy: its task manager asks the lease before it starts a task."""

import weakref
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded, replace
from cutover_compat.hooks.rotki_tasks import KNOWN, wrap
from cutover_compat.leases import LAST_RUNS, Scheduler
from cutover_compat.parts import TASKS
from cutover_compat.shape import parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.package import Package

MODULE, BACKEND = 'legacy.background.manager', 'legacy.backend'


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))
    finder.add(BACKEND, lambda module: follow(module, package))


def change(module: ModuleType, package: 'Package') -> None:
    package.parts.need(TASKS, MODULE)
    says(module, 'TaskManager.__init__', 'should_schedule', *LAST_RUNS.values(), *(f'_maybe_{task}' for task in KNOWN))
    for task in KNOWN:
        parameters(module, f'TaskManager._maybe_{task}', 'self')
        wrap(module.TaskManager, package.leases, task)
    package.parts.place(TASKS, MODULE)


def follow(module: ModuleType, package: 'Package') -> None:
    package.parts.need(TASKS, BACKEND)
    says(module, 'Backend.__init__', 'task_manager', 'greenlet_manager', 'disable_task_manager')

    def remember(seen: Callable[[], Any]) -> None:
        def scheduler() -> Scheduler | None:
            alive = seen()
            if alive is None:
                return None
            return Scheduler(alive.task_manager, alive.greenlet_manager, not alive.disable_task_manager)

        package.leases.scheduler = scheduler

    def make(original: Callable[..., None]) -> Callable[..., None]:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            guarded('looking at the backend', remember, weakref.ref(self))

        return init

    replace(module.Backend, '__init__', make)
    package.parts.place(TASKS, BACKEND)
