"""/tasks: which there are, the outcome of one (read once), cancelling one."""

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields

from legacy.arguments.parser import use_kwargs
from legacy.backend import backend
from legacy.errors import ApiError
from legacy.wire import body_of, ok, respond


class TaskId(Schema):
    task_id = fields.Integer(required=True, error_messages={'required': 'task_id is required for this endpoint'})


class Tasks(MethodView):
    def get(self) -> Response:
        tasks = backend().tasks
        return ok({'pending': tasks.pending(), 'completed': tasks.completed()})

    @use_kwargs(TaskId, 'view_args')
    def delete(self, task_id: int) -> Response:
        if not backend().tasks.cancel(task_id):
            raise ApiError(404, f'Did not cancel task with id {task_id} because it could not be found')
        return ok(True)


class Task(Tasks):
    def get(self, task_id: int) -> Response:  # type: ignore[override]
        tasks = backend().tasks
        if not tasks.knows(task_id):
            result = {'status': 'not-found', 'outcome': None}
            raise ApiError(404, f'No task with id {task_id} found', result)
        outcome = tasks.take_outcome(task_id)
        if outcome is None:
            result = {'status': 'pending', 'outcome': None}
            return respond(body_of(result, f'The task with id {task_id} is still pending'))
        # A refusal's own status code stands beside the outcome.
        beside = {key: outcome[key] for key in ('status_code',) if key in outcome}
        inner = {key: value for key, value in outcome.items() if key not in beside}
        return ok({'status': 'completed', 'outcome': inner, **beside})
