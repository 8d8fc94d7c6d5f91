"""Flask that routes and does nothing else, on pywsgi: `router.py legacy`, or `router.py rules FILE`.

Every answer says in headers which rule it was routed to, and with which variables; without them nobody was. A file of
rules has a line each, methods and a rule of Werkzeug's: `GET,PUT /api/1/tags/<int:id>`.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402  (must come after the patch)
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, Response, request  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402


def nothing(**_variables: Any) -> str:
    return ''


def of_legacy() -> Flask:
    """The application of compat/legacy with its views taken out; they would ask a backend that is not there."""
    from legacy.app import create_app

    app = create_app(None, '*')  # type: ignore[arg-type]
    app.view_functions = dict.fromkeys(app.view_functions, nothing)
    app.before_request_funcs.clear()
    app.after_request_funcs.clear()
    return app


def of_rules(path: Path) -> Flask:
    app = Flask('rules', static_folder=None)
    for line in path.read_text().splitlines():
        methods, rule = line.split(' ', 1)
        app.add_url_rule(rule, endpoint=line, view_func=nothing, methods=methods.split(','))
    return app


def tell(response: Response) -> Response:
    rule = request.url_rule
    options = request.method == 'OPTIONS' and response.headers.get('Allow') is not None
    if rule is not None and request.routing_exception is None and not options:
        variables = {name: str(value) for name, value in (request.view_args or {}).items()}
        response.headers['X-Rule'] = rule.rule
        response.headers['X-Variables'] = json.dumps(variables)
    return response


def main(kind: str, *arguments: str) -> None:
    app = of_legacy() if kind == 'legacy' else of_rules(Path(arguments[0]))
    app.after_request(tell)
    server = WSGIServer(('127.0.0.1', 0), app, log=None, error_log=None)
    server.start()
    for rule in app.url_map.iter_rules():
        print(f'@ {",".join(sorted(rule.methods or ()))} {rule.rule}')
    print(f'@ listening on 127.0.0.1:{server.server_port}', flush=True)
    server.serve_forever()


if __name__ == '__main__':
    main(*sys.argv[1:])
