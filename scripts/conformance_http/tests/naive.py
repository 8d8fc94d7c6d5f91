"""A proxy that is none: it passes bytes on, both ways. `python3 naive.py PORT UPSTREAM_PORT`.

What the probes find wrong with it is what they are worth.
"""

import contextlib
import socket
import sys
import threading


def copy(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            to.sendall(data)
    with contextlib.suppress(OSError):
        to.shutdown(socket.SHUT_WR)


def serve(client: socket.socket, upstream_port: int) -> None:
    try:
        upstream = socket.create_connection(('127.0.0.1', upstream_port))
    except OSError:
        client.close()
        return
    back = threading.Thread(target=copy, args=(upstream, client), daemon=True)
    back.start()
    copy(client, upstream)
    back.join()
    client.close()
    upstream.close()


def main() -> None:
    port, upstream_port = map(int, sys.argv[1:3])
    listener = socket.create_server(('127.0.0.1', port), backlog=256)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, upstream_port), daemon=True).start()


if __name__ == '__main__':
    main()
