"""What the server made of the bytes it was sent, a line of JSON per request: for tests of what a proxy let through.

A record is there before the answer is: the answer names it in `X-Legacy-Record`. So whoever counts answers can tell
whether the server saw more requests than were asked.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from gevent.pywsgi import WSGIHandler

from legacy.server import LegacyHandler

NUMBER = 'legacy.record'
ANSWER_HEADER = 'X-Legacy-Record'
READ_SIZE = 64 * 1024
# Enough of a line that is no request to tell where it came from.
SHOWN = 400


class Recorder:
    """A file of records, numbered from 1. One process writes it."""

    def __init__(self, path: Path) -> None:
        self.file = path.open('a', encoding='ascii', buffering=1)
        self.numbers = itertools.count(1)
        self.pending: dict[int, dict[str, Any]] = {}

    def begin(self, handler: WSGIHandler) -> int:
        number = next(self.numbers)
        self.pending[number] = {
            'record': number,
            'connection': handler.client_address[1],
            'method': handler.command,
            'target': handler.path,
            'version': handler.request_version,
            'headers': lines(handler),
        }
        return number

    def write(self, number: int, **more: Any) -> None:
        """Once for each; what it is told later is not written."""
        record = self.pending.pop(number, None)
        if record is not None:
            self.file.write(json.dumps({**record, **more}) + '\n')

    def refused(self, handler: WSGIHandler, status: str) -> None:
        """Bytes that the server took for the beginning of a request, and found to be none."""
        record = {
            'record': next(self.numbers),
            'connection': handler.client_address[1],
            'refused': status,
            'line': str(handler.requestline)[:SHOWN],
            'headers': lines(handler),
        }
        self.file.write(json.dumps(record) + '\n')


def lines(handler: WSGIHandler) -> list[tuple[str, str]]:
    pairs = (line.rstrip('\r\n').partition(':') for line in handler.headers.headers)
    return [(name, value.strip(' \t')) for name, _, value in pairs]


class RecordedApplication:
    """The application, with the whole body read before it is asked."""

    def __init__(self, application: Any, recorder: Recorder) -> None:
        self.application = application
        self.recorder = recorder
        # The websocket handler looks for it.
        self.app_protocol = application.app_protocol

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        number = environ[NUMBER]
        if environ.get('wsgi.websocket') is not None or not environ['wsgi.input_terminated']:
            self.recorder.write(number, upgrade=True)
            return self.application(environ, start_response)  # type: ignore[no-any-return]
        body = BytesIO()
        try:
            while piece := environ['wsgi.input'].read(READ_SIZE):
                body.write(piece)
        except OSError as e:
            self.recorder.write(number, broken=f'{type(e).__name__}: {e}', body_bytes=body.tell())
            raise
        whole = body.getvalue()
        self.recorder.write(number, body_bytes=len(whole), body_sha256=hashlib.sha256(whole).hexdigest())
        environ['wsgi.input'] = BytesIO(whole)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, (ANSWER_HEADER, str(number))], *more)

        return self.application(environ, start)  # type: ignore[no-any-return]


def recording(recorder: Recorder) -> type[LegacyHandler]:
    class RecordingHandler(LegacyHandler):
        def handle_one_request(self) -> Any:
            # Those of the request before must not pass for those of one that has none.
            self.headers = type(self).headers
            outcome = super().handle_one_request()
            if isinstance(outcome, tuple):
                recorder.refused(self, outcome[0])
            return outcome

        def get_environ(self) -> dict[str, Any]:
            environ = super().get_environ()
            environ[NUMBER] = recorder.begin(self)
            return environ

        def handle_one_response(self) -> None:
            try:
                super().handle_one_response()
            finally:
                # Upgrades that are refused before the application is asked.
                recorder.write(self.environ[NUMBER], unasked=True)

    return RecordingHandler
