"""rotki: its task manager asks the lease before it starts one of the tasks that touch only the databases.

Each of them has a method that starts it if it is due, and gives None if not; a leased task is not due. The manager keeps
these methods bound from its construction on, so the class is changed, before there is any manager.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cutover_compat.guard import guarded, replace
from cutover_compat.hooks.rotki_backend import MODULE as BACKEND
from cutover_compat.hooks.rotki_backend import Seen
from cutover_compat.importing import attempt
from cutover_compat.leases import LAST_RUNS, Scheduler
from cutover_compat.parts import TASKS
from cutover_compat.shape import parameters, says

if TYPE_CHECKING:
    from cutover_compat.importing import Finder
    from cutover_compat.leases import Leases
    from cutover_compat.package import Package

MODULE = 'rotkehlchen.tasks.manager'
KNOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    'trigger_calendar_reminder': ('notify_reminders', ('CALENDAR_REMINDER', 'add_message', 'executemany')),
    'delete_past_calendar_events': ('delete_past_calendar_entries', ('LAST_DELETE_PAST_CALENDAR_EVENTS',)),
    'update_owned_assets': ('update_owned_assets', ('update_owned_assets_in_globaldb', 'LAST_OWNED_ASSETS_UPDATE')),
    'detect_new_spam_tokens': ('autodetect_spam_assets_in_db', ('LAST_SPAM_ASSETS_DETECT_KEY', 'REFRESH_BALANCES')),
}
"""By task, what its method starts, and what that mentions."""


def register(finder: 'Finder', package: 'Package') -> None:
    finder.add(MODULE, lambda module: change(module, package))
    finder.add(BACKEND, lambda module: follow(module, package))


def change(module: ModuleType, package: 'Package') -> None:
    package.parts.need(TASKS, MODULE)
    says(module, 'TaskManager.__init__', 'should_schedule', 'potential_tasks', 'schedule_lock', *LAST_RUNS.values())
    says(module, 'TaskManager._schedule', 'potential_tasks', 'running_greenlets')
    says(module, 'TaskManager.schedule', 'should_schedule', 'schedule_lock')
    for task, (work, mentions) in KNOWN.items():
        attempt(lease, module, package.leases, task, work, mentions)
    package.parts.place(TASKS, MODULE)


def lease(module: ModuleType, leases: 'Leases', task: str, work: str, mentions: tuple[str, ...]) -> None:
    """One that is not what is known is not among those that can be leased."""
    method = f'TaskManager._maybe_{task}'
    parameters(module, method, 'self')
    says(module, method, 'spawn_and_track', work, *([LAST_RUNS[task]] if task in LAST_RUNS else ()))
    says(module, work, *mentions)
    says(module, 'TaskManager.__init__', f'_maybe_{task}')
    wrap(module.TaskManager, leases, task)


def wrap(manager: type, leases: 'Leases', task: str) -> None:
    def make(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def maybe(self: Any) -> Any:
            if guarded('looking at a lease', leases.withheld, task, self):
                return None
            # It may read from a database first, and a lease may come meanwhile.
            with leases.working(task):
                greenlets = original(self)
            guarded('remembering a task', leases.began, task, greenlets)
            return greenlets

        return maybe

    replace(manager, f'_maybe_{task}', make)
    leases.hooked.add(task)


def follow(module: ModuleType, package: 'Package') -> None:
    """Whether the manager has its turns, and whose greenlets it starts."""
    package.parts.need(TASKS, BACKEND)
    says(module, 'Rotkehlchen.__init__', 'task_manager', 'greenlet_manager', 'args')
    says(module, 'Rotkehlchen.main_loop', 'task_manager', 'disable_task_manager', 'schedule')

    def remember(seen: Seen) -> None:
        def scheduler() -> Scheduler | None:
            alive = seen()
            if alive is None:
                return None
            return Scheduler(alive.task_manager, alive.greenlet_manager, not alive.args.disable_task_manager)

        package.leases.scheduler = scheduler

    package.when_made.append(remember)
    package.parts.place(TASKS, BACKEND)
