"""Endpoints the real backend does not have: they make a proxy's handling visible and repeatable."""

import hashlib
import random
import time
from collections.abc import Iterator
from typing import Any

import gevent
from flask import Response, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from legacy.arguments.parser import use_kwargs
from legacy.arguments.schemas import AsyncQuery
from legacy.backend import backend
from legacy.messages import MessageType
from legacy.notifier import Delivery
from legacy.request_origin import RAW_HEADERS, RAW_TARGET
from legacy.resources.base import answer
from legacy.wire import ok

READ_SIZE = 64 * 1024


class Seconds(AsyncQuery):
    seconds = fields.Float(load_default=1.0)


class SlowPlan(Seconds):
    fail = fields.String(load_default=None)


class ChunkPlan(Schema):
    chunks = fields.Integer(load_default=4)
    size = fields.Integer(load_default=1024)
    delay_ms = fields.Integer(load_default=0)


class BytesPlan(Schema):
    n = fields.Integer(load_default=1024)
    seed = fields.Integer(load_default=0)


class Message(Schema):
    type = fields.String(required=True)
    data = fields.Raw(required=True, allow_none=True)


class Text(Schema):
    verbosity = fields.String(load_default='warning', validate=validate.OneOf(('warning', 'error')))
    value = fields.String(required=True)


class Turn(Schema):
    now = fields.Integer(load_default=None, allow_none=True)


class Subscription(Schema):
    groups = fields.Integer(load_default=None, allow_none=True)


class Premium(MethodView):
    @use_kwargs(Subscription, 'json')
    def put(self, groups: int | None) -> Response:
        """A premium subscription that shows so many groups of history events, or none."""
        backend().session.premium_groups = groups
        return ok(True)


class Slow(MethodView):
    @use_kwargs(SlowPlan, 'json_and_query')
    def get(self, seconds: float, fail: str | None, async_query: bool) -> Response:
        """Waits without holding up anyone else. As a task it reports its progress over the websocket; `fail` makes it raise."""
        return slowly(seconds, fail, async_query)

    @use_kwargs(SlowPlan, 'json_and_query')
    def post(self, seconds: float, fail: str | None, async_query: bool) -> Response:
        """The same, by a method that may write."""
        return slowly(seconds, fail, async_query)


def slowly(seconds: float, fail: str | None, async_query: bool) -> Response:
    def work() -> dict[str, float]:
        steps = 4
        for step in range(1, steps + 1):
            gevent.sleep(seconds / steps)
            if async_query:
                backend().messages.add_message(
                    MessageType.PROGRESS_UPDATES,
                    {'subtype': 'multiple_prices_query_status', 'total': steps, 'processed': step},
                )
        if fail is not None:
            raise RuntimeError(fail)
        return {'slept': seconds}

    return answer(work, async_query)


class Busy(MethodView):
    @use_kwargs(Seconds, 'json_and_query')
    def get(self, seconds: float, async_query: bool) -> Response:
        """Computes without a switch: the whole process stands still."""

        def work() -> dict[str, int]:
            rounds = 0
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                rounds += 1
            return {'rounds': rounds}

        return answer(work, async_query)


class Chunked(MethodView):
    @use_kwargs(ChunkPlan, 'json_and_query')
    def get(self, chunks: int, size: int, delay_ms: int) -> Response:
        """A body of unknown length; chunk `i` is filled with the letter `a` + `i` modulo 26."""

        def body() -> Iterator[bytes]:
            for i in range(chunks):
                if i > 0:
                    gevent.sleep(delay_ms / 1000)
                yield bytes([ord('a') + i % 26]) * size

        return Response(body(), mimetype='application/octet-stream')


class Upload(MethodView):
    def post(self) -> Response:
        """Reads piece by piece and keeps nothing. A multipart body also reports its parts."""
        answer: dict[str, Any] = {
            'content_length': request.headers.get('Content-Length'),
            'transfer_encoding': request.headers.get('Transfer-Encoding'),
        }
        if request.mimetype == 'multipart/form-data':
            answer['form'] = request.form.to_dict()
            answer['files'] = {
                name: {'filename': file.filename, **measure(file.stream)} for name, file in request.files.items()
            }
            return ok(answer)
        return ok({**measure(request.environ['wsgi.input']), **answer})


def measure(stream: Any) -> dict[str, Any]:
    digest = hashlib.sha256()
    total = 0
    while piece := stream.read(READ_SIZE):
        digest.update(piece)
        total += len(piece)
    return {'bytes': total, 'sha256': digest.hexdigest()}


class Echo(MethodView):
    methods = {'GET', 'POST', 'PUT', 'PATCH', 'DELETE'}

    def dispatch_request(self, **_kwargs: Any) -> Response:  # type: ignore[override]
        body = request.get_data()
        return ok({
            'method': request.method,
            'target': request.environ[RAW_TARGET],
            'path': request.path,
            'query_string': request.environ['QUERY_STRING'],
            'http_version': request.environ['SERVER_PROTOCOL'],
            'remote_address': request.environ.get('REMOTE_ADDR'),
            'headers': request.environ[RAW_HEADERS],
            'body_bytes': len(body),
            'body_sha256': hashlib.sha256(body).hexdigest(),
        })


class Bytes(MethodView):
    @use_kwargs(BytesPlan, 'json_and_query')
    def get(self, n: int, seed: int) -> Response:
        return Response(random.Random(seed).randbytes(n), mimetype='application/octet-stream')


class Broadcast(MethodView):
    @use_kwargs(Message, 'json')
    def post(self, type: str, data: Any) -> Response:
        """To every websocket client, or to the queue of `/messages` if there is none."""
        return told(backend().messages.add_message(type, data))


class Warn(MethodView):
    @use_kwargs(Text, 'json')
    def post(self, verbosity: str, value: str) -> Response:
        """A text for the user: a `legacy` message to websocket clients, the bare text in a queue."""
        messages = backend().messages
        return told(messages.add_warning(value) if verbosity == 'warning' else messages.add_error(value))


def told(delivery: Delivery) -> Response:
    """Comes once the last socket has taken the message, so a client that does not read holds it up."""
    return ok({'delivered': delivery.delivered, 'queued': delivery.failed})


class CachedSettings(MethodView):
    def get(self) -> Response:
        """The settings as they were at the login or the last change: whoever else writes them is not noticed."""
        return ok(backend().session.cached_settings)


class Schedule(MethodView):
    @use_kwargs(Turn, 'json')
    def post(self, now: int | None) -> Response:
        """One turn of the scheduler of background tasks, at a time that may be given. Comes when what it started is done."""
        tasks = backend().task_manager
        started = tasks.schedule(now)
        gevent.joinall(started)
        return ok({'scheduling': tasks.should_schedule, 'started': [greenlet.task_name for greenlet in started]})


class RepeatHeaders(MethodView):
    def get(self) -> Response:
        response = ok(True)
        for name, value in (
            ('Set-Cookie', 'first=1; Path=/'),
            ('Set-Cookie', 'second="two, with a comma"; Path=/; HttpOnly'),
            ('X-Repeated', 'one'),
            ('X-Repeated', 'two'),
            ('Link', '</a>; rel=next'),
            ('Link', '</b>; rel=prev'),
        ):
            response.headers.add(name, value)
        return response
