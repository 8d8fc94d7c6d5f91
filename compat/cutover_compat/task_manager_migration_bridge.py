"""Tasks started in the backend's process, some of which the bridge can do, by the name the migration plan gives it."""

import functools
from collections.abc import Callable
from typing import Any

from cutover_compat import cli, log
from cutover_compat.package import Package
from cutover_compat.parts import TASKS


def enable_native_tasks() -> None:
    """From now on the bridge may have leases of tasks."""
    cli.package().parts.switch(TASKS, True)


def disable_native_tasks() -> None:
    """The lease that there is ends at once, and the bridge can have no other."""
    cli.package().parts.switch(TASKS, False)


class TaskManagerMigrationBridge:
    """In the place of a greenlet manager: what is not here is that one's."""

    def __init__(self, greenlet_manager: Any = None, package: Package | None = None) -> None:
        """Without one it is the backend's own."""
        self.package = cli.package() if package is None else package
        self._greenlet_manager = greenlet_manager

    @property
    def greenlet_manager(self) -> Any:
        if self._greenlet_manager is not None:
            return self._greenlet_manager
        scheduler = self.package.leases.scheduler()
        if scheduler is None:
            raise RuntimeError('the backend has no greenlet manager yet, or not the one that is known')
        return scheduler.greenlets

    def spawn_and_track(
        self,
        after_seconds: float | None,
        task_name: str,
        exception_is_error: bool,
        method: Callable[..., Any],
        native: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Has a greenlet of the backend run the method. If `native` names a task that the bridge has a lease of when it is
        time, the bridge is asked to do it, and the greenlet is at its end once that has begun. The method runs if the
        bridge refuses, or can not be asked; also if its answer is lost, so the task must be one that may be done twice.
        """
        run = method if native is None else self._bridge_first(native, method)
        return self.greenlet_manager.spawn_and_track(
            after_seconds=after_seconds,
            task_name=task_name,
            exception_is_error=exception_is_error,
            method=run,
            **kwargs,
        )

    def has_task(self, name: str) -> bool:
        """Whether one whose name begins with this is under way in the backend. What the bridge has begun is not."""
        return self.greenlet_manager.has_task(name)

    def clear_finished(self) -> None:
        self.greenlet_manager.clear_finished()

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        return getattr(self.greenlet_manager, name)

    def _bridge_first(self, native: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def run(**kwargs: Any) -> Any:
            if self._begun(native):
                return None
            # So that the bridge does not start it meanwhile.
            with self.package.leases.working(native):
                return method(**kwargs)

        return run

    def _begun(self, native: str) -> bool:
        """Whether the bridge has begun it."""
        package = self.package
        if package.link is None or not package.hears(TASKS) or not package.leases.holds(native):
            return False
        from cutover_compat.http import HTTPException, Refused

        try:
            return package.link.post('/run', {'task': native})['started'] is True
        # Not all there are: the backend ends greenlets with exceptions of its own.
        except (OSError, HTTPException, Refused, ValueError, TypeError, KeyError) as e:
            log.once(f'run {native}', f'cutover: the bridge does not do {native}, the backend does: {e!r}')
            return False
