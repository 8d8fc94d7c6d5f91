"""gevent's pywsgi server on one port: REST below `/api/1`, the websocket below `/ws`."""

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.resource import Resource

from legacy.notifier import Notifier, subscriber_class
from legacy.request_origin import RAW_HEADERS, RAW_TARGET

logger = logging.getLogger(__name__)


class LegacyHandler(WebSocketHandler):
    """Keeps the request line and the header lines as they came, for the echo endpoint.

    pywsgi folds repeated headers into one environ entry and decodes the path; what a proxy did to a
    request can only be seen in the originals.
    """

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        lines = [line.rstrip('\r\n').partition(':') for line in self.headers.headers]
        environ[RAW_HEADERS] = [(name, value.strip()) for name, _, value in lines]
        environ[RAW_TARGET] = self.path
        return environ


class Endpoints(Resource):
    """`/ws...` is the notifier, everything else Flask.

    The upgrade happens before the path is looked at. So an upgrade of any other path gets its 101 and
    is closed at once, with an empty close frame.
    """

    def __init__(self, app: Flask, notifier: Notifier) -> None:
        super().__init__([('^/ws', subscriber_class(notifier)), ('^/', app)])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        upgraded = environ.get('wsgi.websocket') is not None
        if upgraded and self._app_by_path(environ['PATH_INFO'], True) is None:
            return []  # the handler closes what nobody took
        return super().__call__(environ, start_response)


class LegacyServer(WSGIServer):
    def __init__(
        self,
        address: tuple[str, int],
        app: Flask,
        notifier: Notifier,
        handler: type[LegacyHandler] = LegacyHandler,
        wrap: Callable[[Any], Any] = lambda application: application,
    ) -> None:
        super().__init__(
            address,
            wrap(Endpoints(app, notifier)),
            handler_class=handler,
            log=logging.getLogger('legacy.access'),
            error_log=logger,
        )
