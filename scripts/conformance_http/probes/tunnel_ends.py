"""How a tunnel ends, and that it does not end by itself."""

from client import Client
from expect import same
from probes.upgrades import ASKED, GRANTED, granting
from registry import HOUSE, theme
from trial import Trial, check
from upstream import Incoming

probe = theme('tunnel-ends', 'The end of a tunnel')


@probe(
    'tunnels-half-close-client',
    'A client that ends its side still gets what the upstream sends',
    level=HOUSE,
    source='LESSONS 15',
    expects='a megabyte arrives',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(GRANTED)
            if incoming.rest() == b'bye':
                incoming.send(b'd' * (1 << 20))

    trial.script(script)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    client.send(b'bye')
    client.end_sending()
    same('bytes that arrived', len(client.rest()), 1 << 20)


@probe(
    'tunnels-half-close-upstream',
    'An upstream that ends its side still gets what the client sends',
    level=HOUSE,
    source='LESSONS 15',
    expects='a megabyte arrives',
)
def _(trial: Trial) -> None:
    got: list[int] = []

    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(GRANTED)
            incoming.end_sending()
            got.append(len(incoming.rest()))
            incoming.upstream.changed()

    trial.script(script)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    same('what came', client.rest(), b'')
    client.send(b'u' * (1 << 20))
    client.end_sending()
    trial.upstream.wait('the upstream has read to the end', lambda: bool(got))
    same('bytes that arrived', got, [1 << 20])


@probe(
    'tunnels-client-gone',
    'A client that is gone is gone upstream',
    level=HOUSE,
    source='LESSONS 16',
    expects='the connection upstream ends',
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    client.reset()
    trial.upstream.wait(
        'the connection upstream has ended',
        lambda: bool(trial.upstream.connections) and trial.upstream.connections[0].over,
    )


@probe(
    'tunnels-upstream-gone',
    'An upstream that is gone is gone for the client',
    level=HOUSE,
    source='LESSONS 15',
    expects='the connection of the client ends',
)
def _(trial: Trial) -> None:
    def script(incoming: Incoming) -> None:
        if incoming.request() is not None:
            incoming.send(GRANTED)
            incoming.exactly(1)
            incoming.reset()

    trial.script(script)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    client.send(b'x')
    same('what came', client.rest(), b'')


@probe(
    'tunnels-idle',
    'A websocket in which nothing is said for longer than an answer may take stays',
    level=HOUSE,
    source='LESSONS WS b, 32',
    expects='a frame goes through after it',
    answer_timeout=1,
    body_timeout=1,
)
def _(trial: Trial) -> None:
    trial.script(granting)
    client = trial.client()
    client.send(f'{ASKED}\r\n'.encode())
    client.answer()
    # Nothing happens in that time that could be waited for: the read is the wait.
    check(silent(client, 2.5), f'it was ended, or {bytes(client.reader.buffer)!r} came')
    client.send(b'still there')
    same('what came back', client.exactly(11), b'still there')


def silent(client: Client, seconds: float) -> bool:
    """Whether nothing comes for so long, not even an end."""
    client.socket.settimeout(seconds)
    try:
        client.socket.recv(1)
    except TimeoutError:
        return True
    except OSError:
        return False
    finally:
        client.socket.settimeout(client.patience)
    return False
