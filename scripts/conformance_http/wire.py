"""HTTP/1 as bytes: a strict reader of answers and of requests, RFC 9112. It repairs nothing."""

import re
from dataclasses import dataclass

from reader import Ended, Malformed, Reader

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_LINE = re.compile(rb'HTTP/(\d\.\d) (\d{3})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?')
REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP/(1\.[01])")
# A field's value: visible characters, SP, HTAB and obs-text, RFC 9110 section 5.5.
VALUE = re.compile(rb'[\t\x20-\x7e\x80-\xff]*')
MOST_INTERIM = 64
CHUNK_SIZE = re.compile(rb'([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e\x80-\xff]*)?')


@dataclass(frozen=True)
class Head:
    """The header section of a message. Names and values as they were sent, whitespace around values left out."""

    raw: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def all(self, name: str) -> list[str]:
        """The values of every line of this name, in order."""
        wanted = name.lower().encode('latin-1')
        return [value.decode('latin-1') for line, value in self.headers if line.lower() == wanted]

    def get(self, name: str) -> str | None:
        """The only value, or the first."""
        values = self.all(name)
        return values[0] if values else None

    def has(self, name: str) -> bool:
        return bool(self.all(name))

    def tokens(self, name: str) -> list[str]:
        """The members of a list field, in lower case."""
        return [token.strip().lower() for value in self.all(name) for token in value.split(',') if token.strip()]


@dataclass(frozen=True)
class Answer(Head):
    """A response. `framing` is how its body ended: none, length, chunked or close; `complete` whether it was whole."""

    version: str = '1.1'
    status: int = 0
    reason: str = ''
    body: bytes = b''
    framing: str = 'none'
    complete: bool = True
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    interim: tuple['Answer', ...] = ()

    def __str__(self) -> str:
        return f'{self.status} {self.reason}'.strip()


@dataclass(frozen=True)
class Request(Head):
    """What the upstream was sent. `faults` is what RFC 9112 does not allow of it."""

    method: str = ''
    target: str = ''
    version: str = ''
    body: bytes = b''
    framing: str = 'none'
    complete: bool = True
    trailers: tuple[tuple[bytes, bytes], ...] = ()
    connection: int = 0
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        # As source text: it may have control characters in it.
        return f'{self.method} {self.target}'.encode('unicode_escape').decode()


def fields(block: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Header lines, each with its CRLF.

    :raises Malformed: at the first that is none.
    """
    parsed = []
    for line in block.split(b'\r\n'):
        if not line:
            continue
        name, colon, value = line.partition(b':')
        if not colon or not TOKEN.fullmatch(name):
            raise Malformed(f'header line {line[:80]!r}')
        value = value.strip(b' \t')
        if not VALUE.fullmatch(value):
            raise Malformed(f'header value {line[:80]!r}')
        parsed.append((name, value))
    return tuple(parsed)


def chunked(reader: Reader) -> tuple[bytes, bool, tuple[tuple[bytes, bytes], ...]]:
    """A chunked body: its content, whether it came to its end, its trailers.

    :raises Malformed: a chunk breaks the grammar of RFC 9112 section 7.1.
    """
    content = bytearray()
    try:
        while True:
            line = reader.until(b'\r\n')[:-2]
            size = CHUNK_SIZE.fullmatch(line)
            if size is None:
                raise Malformed(f'chunk size {line[:80]!r}')
            count = int(size[1], 16)
            if count == 0:
                break
            content += reader.exactly(count)
            if (end := reader.exactly(2)) != b'\r\n':
                raise Malformed(f'{end!r} at the end of a chunk')
        block = bytearray()
        while (line := reader.until(b'\r\n')) != b'\r\n':
            block += line
    except Ended:
        return bytes(content), False, ()
    return bytes(content), True, fields(bytes(block))


def read_answer(reader: Reader, method: str = 'GET') -> Answer:
    """The next response to a request of this method, with the interim ones before it (a 101 is final).

    :raises Malformed: it is none.
    :raises Ended: nothing came, or the connection ended within the head.
    """
    interim: list[Answer] = []
    while True:
        raw = reader.until(b'\r\n\r\n')
        line, _, block = raw[:-2].partition(b'\r\n')
        status = STATUS_LINE.fullmatch(line)
        if status is None:
            raise Malformed(f'status line {line[:80]!r}')
        answer = Answer(
            raw,
            fields(block),
            version=status[1].decode(),
            status=int(status[2]),
            reason=(status[3] or b'').decode('latin-1'),
        )
        if not 100 <= answer.status < 200 or answer.status == 101:
            break
        interim.append(answer)
        if len(interim) > MOST_INTERIM:
            raise Malformed(f'more than {MOST_INTERIM} interim answers')
    body, framing, complete, trailers = _answer_body(reader, answer, method)
    return Answer(
        answer.raw,
        answer.headers,
        answer.version,
        answer.status,
        answer.reason,
        body,
        framing,
        complete,
        trailers,
        tuple(interim),
    )


def _answer_body(
    reader: Reader, answer: Answer, method: str
) -> tuple[bytes, str, bool, tuple[tuple[bytes, bytes], ...]]:
    """RFC 9112 section 6.3, rules 1 to 8."""
    if method == 'HEAD' or answer.status in (101, 204, 304) or (method == 'CONNECT' and answer.status // 100 == 2):
        return b'', 'none', True, ()
    codings, lengths = answer.tokens('transfer-encoding'), answer.all('content-length')
    if codings and lengths:
        raise Malformed('an answer with Content-Length and Transfer-Encoding')
    if codings:
        if codings != ['chunked']:
            raise Malformed(f'an answer with Transfer-Encoding {", ".join(codings)}')
        content, complete, trailers = chunked(reader)
        return content, 'chunked', complete, trailers
    if lengths:
        if len(lengths) != 1 or not re.fullmatch('[0-9]+', lengths[0]):
            raise Malformed(f'an answer with Content-Length {lengths}')
        try:
            return reader.exactly(int(lengths[0])), 'length', True, ()
        except Ended:
            return reader.rest(), 'length', False, ()
    body = reader.rest()
    # Only a connection that ends in good order says that this was all.
    return body, 'close', not (reader.ended and reader.ended.reset), ()


def read_request(reader: Reader, connection: int) -> Request | None:
    """The next request as an upstream sees it; `None` at the end of the connection. What is wrong with it is noted."""
    try:
        raw = reader.until(b'\r\n\r\n')
    except Ended:
        if not reader.buffer:
            return None
        rest = reader.rest()
        return Request(rest, (), connection=connection, complete=False, faults=(f'no whole head: {rest[:200]!r}',))
    line, _, block = raw[:-2].partition(b'\r\n')
    faults: list[str] = []
    parsed = REQUEST_LINE.fullmatch(line)
    if parsed is None:
        faults.append(f'request line {line[:80]!r}')
    try:
        headers = fields(block)
    except Malformed as e:
        faults.append(str(e))
        headers = ()
    words = line.split(b' ') + [b'', b'']
    head = Head(raw, headers)
    if not faults:
        faults += head_faults(head)
    body, framing, complete, trailers = b'', 'none', True, ()
    try:
        if head.has('transfer-encoding'):
            framing = 'chunked'
            body, complete, trailers = chunked(reader)
        elif (length := head.get('content-length') or '').isdigit():
            framing = 'length'
            try:
                body = reader.exactly(int(length))
            except Ended:
                body, complete = reader.rest(), False
    except Malformed as e:
        faults.append(str(e))
        complete = False
    return Request(
        raw,
        headers,
        words[0].decode('latin-1'),
        words[1].decode('latin-1'),
        parsed[3].decode() if parsed else '',
        body,
        framing,
        complete,
        trailers,
        connection,
        tuple(faults),
    )


def head_faults(head: Head) -> list[str]:
    """What a sender must not have sent: framing that has two readings, or another number of Host lines than one."""
    faults = []
    lengths, codings, hosts = (head.all(name) for name in ('content-length', 'transfer-encoding', 'host'))
    if lengths and codings:
        faults.append('Content-Length and Transfer-Encoding')
    if len(lengths) > 1 or any(not re.fullmatch('[0-9]+', value) for value in lengths):
        faults.append(f'Content-Length {lengths}')
    if codings and codings != ['chunked']:
        faults.append(f'Transfer-Encoding {codings}')
    if len(hosts) != 1:
        faults.append(f'Host {hosts}')
    return faults
