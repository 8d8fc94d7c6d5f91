"""The legacy notifier of compat/, behind gevent-websocket and gevent's WSGI server as legacy has it, without its API.

It prints its address, and is then told what to do as the other subjects are. Each broadcast is the notifier's own: JSON
once, then one blocking send to each subscriber.
"""

import json
import sys
import time
from collections.abc import Iterable
from typing import Any

import gevent
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.resource import Resource

from legacy.notifier import Notifier, subscriber_class
from ws_publisher import MESSAGE_TYPE, Messages, data, messages_of


def not_found(_environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response('404 NOT FOUND', [('Content-Length', '0')])
    return [b'']


def publish(notifier: Notifier, messages: Messages) -> dict[str, Any]:
    failures = 0

    def on_failure() -> None:
        nonlocal failures
        failures += 1

    began = time.monotonic()
    for number in messages.numbers():
        if wait := messages.wait(number, began):
            gevent.sleep(wait)
        notifier.broadcast(MESSAGE_TYPE, data(number), on_failure)
    if failures:
        return {'error': f'{failures} sends failed'}
    return {'seconds': time.monotonic() - began}


def main() -> None:
    notifier = Notifier()
    resource = Resource([('^/ws', subscriber_class(notifier)), ('^/', not_found)])
    server = WSGIServer(('127.0.0.1', 0), resource, handler_class=WebSocketHandler, log=None)
    server.start()
    print(f'listening on 127.0.0.1:{server.server_port}', flush=True)
    # A line is waited for in a thread; it sleeps while messages are published.
    threads = gevent.get_hub().threadpool
    while line := threads.apply(sys.stdin.readline):
        order = json.loads(line)
        if order['do'] == 'subscribers':
            answer = {'subscribers': len(notifier.subscribers)}
        else:
            answer = publish(notifier, messages_of(order))
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
