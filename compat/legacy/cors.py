"""flask-cors on `/*`, with the origins of `--api-cors`."""

from flask import Flask
from flask_cors import CORS


def register(app: Flask, origins: str) -> None:
    CORS(app, resources={r'/*': {'origins': origins.split(',')}})
