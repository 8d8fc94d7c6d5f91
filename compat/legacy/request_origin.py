"""Environ keys under which the server leaves a request's lines as they came."""

RAW_HEADERS = 'legacy.raw_headers'
RAW_TARGET = 'legacy.raw_target'
