"""Failures and how they look on the wire."""

import logging
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, NotFound

from legacy.wire import body_of, respond

logger = logging.getLogger(__name__)


class ApiError(Exception):
    """A failure a handler decided on: its status, its text, and sometimes a result other than null."""

    def __init__(self, status: int, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.result = result


def register(app: Flask) -> None:
    """404 keeps its own status; every other exception, 400 and 405 of the framework included, becomes a 500."""

    @app.errorhandler(ApiError)
    def decided(e: ApiError) -> Response:
        return respond(body_of(e.result, e.message), e.status)

    @app.errorhandler(NotFound)
    def not_found(e: NotFound) -> Response:
        return respond(body_of(None, str(e.description)), 404)

    @app.errorhandler(Exception)
    def unexpected(e: Exception) -> Response:
        if not isinstance(e, HTTPException):
            logger.error('unhandled: %s', e, exc_info=e)
        return respond(body_of(None, str(e)), 500)
