"""scripts/chaos: the parts of it that its verdict hangs on."""

import itertools
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'scripts'))

from chaos_run import faults  # noqa: E402 - the path has to be set first
from chaos_run.ledger import Ledger, Row  # noqa: E402
from chaos_run.link import Link  # noqa: E402
from chaos_run.schedule import steps  # noqa: E402

PATIENCE = 10.0


def test_a_seed_always_gives_the_same_schedule_and_every_fault_comes_before_any_comes_again():
    first, again = (list(itertools.islice(steps(7, faults.BY_NAME), 60)) for _ in range(2))
    assert first == again != list(itertools.islice(steps(8, faults.BY_NAME), 60))
    drawn = [planned.fault for step in first for planned in step.faults]
    assert set(drawn[: len(faults.BY_NAME)]) == set(faults.BY_NAME)
    for step in first:
        kinds = [faults.BY_NAME[planned.fault] for planned in step.faults]
        assert len({kind.part for kind in kinds}) == len(kinds)


def test_a_write_that_was_acknowledged_has_to_show_and_one_without_an_answer_may():
    ledger, row = Ledger(), Row('ada', 'tag', 'ada:w:1')
    added = ledger.begin(row, '0')
    assert row.may_be(added.sent, added.sent) == {None, '0'}
    ledger.done(added)
    later = added.told + 1
    assert ledger.wrong('ada', 'tag', {'ada:w:1': ['0']}, later, later) == []
    assert len(ledger.wrong('ada', 'tag', {}, later, later)) == 1, 'lost'
    assert len(ledger.wrong('ada', 'tag', {'ada:w:1': ['0', '0']}, later, later)) == 1, 'twice'
    assert len(ledger.wrong('ada', 'tag', {'ada:w:1': ['0'], 'ada:w:2': ['0']}, later, later)) == 1, 'of nobody'
    ledger.begin(row, None)
    ledger.unknown(row)
    for found in ({}, {'ada:w:1': ['0']}):
        assert ledger.wrong('ada', 'tag', found, later + 100, later + 100) == []


def test_what_was_refused_must_never_show():
    ledger, row = Ledger(), Row('ada', 'tag', 'ada:w:1')
    ledger.undone(row, ledger.begin(row, '0'))
    assert len(ledger.wrong('ada', 'tag', {'ada:w:1': ['0']}, 1e9, 1e9)) == 1


@pytest.fixture
def link() -> Iterator[Link]:
    """In front of a server that sends back what it gets."""
    server = socket.create_server(('127.0.0.1', 0))
    one = Link('seed')
    one.target = server.getsockname()

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while piece := connection.recv(1000):
                    connection.sendall(piece)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield one
    one.close()
    server.close()


def connect(link: Link) -> socket.socket:
    return socket.create_connection(('127.0.0.1', link.port), PATIENCE)


def test_a_link_passes_on_and_can_be_held_cut_and_refused(link: Link):
    with connect(link) as client:
        client.sendall(b'one')
        assert client.recv(10) == b'one'
        link.hold()
        client.sendall(b'two')
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(10)
        link.let_go()
        client.settimeout(PATIENCE)
        assert client.recv(10) == b'two', 'late, and not lost'
        link.refuse('a test')
        with pytest.raises(ConnectionRefusedError):
            connect(link)
        client.sendall(b'three')
        assert client.recv(10) == b'three', 'what is open goes on'
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    link.accept('a test')
    with connect(link) as client:
        client.sendall(b'four')
        assert client.recv(10) == b'four'


def test_a_connection_that_is_to_be_reset_carries_no_more_than_was_drawn(link: Link):
    link.resets = (3, 3)
    got = b''
    with connect(link) as client:
        client.sendall(b'12345')
        with pytest.raises(ConnectionResetError):
            while True:
                got += client.recv(10)
    assert len(got) <= 3
