"""What a few hundred users of a frontend ask for, again and again."""

import http.client
import json
import math
import random
import threading
import time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

WORKERS = 6
USERS = 400


class Ask(NamedTuple):
    """A request, and how often it comes compared with the others."""

    weight: float
    method: str
    path: str
    body: Any = None


ASKS = (
    Ask(7, 'GET', '/api/1/ping'),
    Ask(5, 'GET', '/api/1/info'),
    Ask(7, 'GET', '/api/1/settings'),
    Ask(6, 'GET', '/api/1/tags'),
    Ask(5, 'GET', '/api/1/assets/types'),
    Ask(5, 'GET', '/api/1/locations/all'),
    Ask(3, 'GET', '/api/1/users'),
    Ask(4, 'GET', '/api/1/assets/ignored'),
    Ask(3, 'POST', '/api/1/calendar', {}),
    Ask(3, 'POST', '/api/1/notes', {}),
    Ask(2, 'GET', '/api/1/database/info'),
    Ask(6, 'GET', '/api/1/periodic'),
    Ask(5, 'GET', '/api/1/messages'),
    Ask(4, 'GET', '/api/1/balances/manual'),
    Ask(2, 'GET', '/api/1/queried_addresses'),
    Ask(2, 'GET', '/api/1/tasks'),
    Ask(0.3, 'GET', '/api/1/oracles/coingecko/cache'),
    Ask(0.2, 'GET', '/api/1/history/nowhere'),
)


class Traffic:
    """Users who ask until the end of the block, at a pace that comes and goes as people do."""

    def __init__(self, url: str, per_second: float) -> None:
        self.netloc = urlsplit(url).netloc
        self.per_second = per_second
        self.ended = threading.Event()
        self.workers = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]

    def __enter__(self) -> 'Traffic':
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for worker in self.workers:
            worker.join(10)

    def _pace(self) -> float:
        """Requests a second of one worker, now."""
        now = time.monotonic()
        swell = 1 + 0.3 * math.sin(now / 47) + 0.15 * math.sin(now / 13)
        return self.per_second / WORKERS * swell

    def _work(self) -> None:
        weights = [ask.weight for ask in ASKS]
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        while not self.ended.wait(random.expovariate(self._pace())):
            [ask] = random.choices(ASKS, weights)
            headers = {'x-user': f'user-{random.randrange(USERS)}'}
            body = None
            if ask.body is not None:
                body = json.dumps(ask.body)
                headers['Content-Type'] = 'application/json'
            try:
                connection.request(ask.method, ask.path, body, headers)
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()  # the next request begins on a new connection
