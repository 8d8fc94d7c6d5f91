"""What is asked for the corpus: reads in any order, and sequences of writes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    """One request, header lines as they are sent."""

    method: str
    path: str
    body: object = None
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    raw: str | None = None

    def bytes(self) -> bytes:
        body = self.raw if self.raw is not None else '' if self.body is None else json.dumps(self.body)
        lines = [f'{self.method} /api/1{self.path} HTTP/1.1', 'Host: 127.0.0.1', 'Accept: */*', *map(': '.join, self.headers)]
        if body:
            if not any(name.lower() == 'content-type' for name, _ in self.headers):
                lines.append('Content-Type: application/json')
            lines.append(f'Content-Length: {len(body.encode())}')
        lines.append('Connection: close')
        return '\r\n'.join([*lines, '', body]).encode()


PLAIN = ['/ping', '/info', '/users', '/settings', '/tags', '/assets/types', '/locations/all', '/assets/ignored']
ORIGIN = ('Origin', 'http://localhost:8080')

READS: list[Ask] = [
    # What legacy's memory holds comes first: whoever replays learns it from here.
    *(Ask('GET', path) for path in PLAIN),
    *(Ask('GET', path, headers=(ORIGIN,)) for path in PLAIN),
    *(Ask('HEAD', path) for path in PLAIN),
    *(Ask('GET', f'{path}?unknown=1&unknown=2') for path in PLAIN),
    *(Ask('GET', path, body={'unknown': 1}) for path in ('/ping', '/tags', '/settings')),
    Ask('GET', '/info?check_for_updates=false'),
    Ask('GET', '/info?check_for_updates=perhaps'),
    Ask('GET', '/%74ags'),
    Ask('GET', '/tags/'),
    Ask('GET', '/tags;x=1'),
    Ask('GET', '/no/such/thing'),
    Ask('POST', '/ping'),
    Ask('DELETE', '/assets/types'),
    Ask('OPTIONS', '/tags', headers=(ORIGIN, ('Access-Control-Request-Method', 'PUT'))),
    Ask('GET', '/tags', raw='{"a": '),
    Ask('GET', '/tags', raw='[]'),
    Ask('GET', '/tags', raw='null'),
    Ask('GET', '/tags', raw='not JSON', headers=(('Content-Type', 'text/plain'),)),
    # A read that is asked by POST.
    Ask('POST', '/notes', body={}),
    Ask('POST', '/notes', body={'limit': 2, 'offset': 1}),
    Ask('POST', '/notes', body={'order_by_attributes': ['title'], 'ascending': [True]}),
    Ask('POST', '/notes', body={'order_by_attributes': ['title', 'location'], 'ascending': [False, True]}),
    Ask('POST', '/notes', body={'title_substring': 'a'}),
    Ask('POST', '/notes', body={'from_timestamp': 0, 'to_timestamp': 4102444800}),
    Ask('POST', '/notes', body={'location': 'DASHBOARD'}),
    Ask('POST', '/notes', body={'limit': -1}),
    Ask('POST', '/notes', body={'limit': 'two'}),
    Ask('POST', '/notes', body={'order_by_attributes': ['title']}),
    Ask('POST', '/notes', body={'unknown': True}),
    Ask('POST', '/notes', raw='{'),
    Ask('POST', '/notes'),
    Ask('GET', '/notes'),
]

TAG = {'name': 'Corpus', 'description': 'of the corpus', 'background_color': 'aabbcc', 'foreground_color': '112233'}
NOTE = {'title': 'corpus', 'content': 'of the corpus', 'location': 'DASHBOARD', 'is_pinned': False}

SEQUENCES: list[list[Ask]] = [
    [
        Ask('GET', '/tags'),
        Ask('PUT', '/tags', body=TAG),
        Ask('PUT', '/tags', body=TAG),
        Ask('GET', '/tags'),
        Ask('PATCH', '/tags', body={'name': 'Corpus', 'description': None}),
        Ask('GET', '/tags'),
        Ask('DELETE', '/tags', body={'name': 'Corpus'}),
        Ask('DELETE', '/tags', body={'name': 'Corpus'}),
        Ask('GET', '/tags'),
    ],
    [
        Ask('GET', '/assets/ignored'),
        Ask('PUT', '/assets/ignored', body={'assets': ['BTC']}),
        Ask('PUT', '/assets/ignored', body={'assets': []}),
        Ask('GET', '/assets/ignored'),
        Ask('DELETE', '/assets/ignored', body={'assets': ['BTC']}),
        Ask('GET', '/assets/ignored'),
    ],
    [
        Ask('POST', '/notes', body={}),
        Ask('DELETE', '/notes', body={'identifier': 1}),
        Ask('DELETE', '/notes', body={'identifier': 99999}),
        Ask('PUT', '/notes', body={**NOTE, 'title': ''}),
        Ask('POST', '/notes', body={}),
    ],
    [
        Ask('PUT', '/settings', body={'settings': {'ui_floating_precision': 4}}),
        Ask('PUT', '/settings', body={'settings': {'ui_floating_precision': 'four'}}),
        Ask('GET', '/settings'),
    ],
]
