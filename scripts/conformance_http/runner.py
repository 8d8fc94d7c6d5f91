"""Puts probes to a target: each has a proxy and an upstream of its own, several at a time."""

import shutil
import socket
import tempfile
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from client import Late
from reader import Ended, Malformed
from registry import BROKEN, FAIL, KNOWN, NOT_APPLICABLE, PASS, Probe
from targets.base import NotStarted, Target
from trial import Failed, NotApplicable, Trial
from upstream import Upstream


@dataclass(frozen=True)
class Result:
    """What came of one probe."""

    probe: Probe
    verdict: str
    why: str
    """What the proxy did, the reason why the probe is not applicable, or why it is known to fail."""
    seconds: float
    sent: str = ''
    got: str = ''


def run(
    target: Target, probes: list[Probe], jobs: int, patience: float, done: Callable[[Result], None]
) -> list[Result]:
    """All of them, in their order."""

    def one(probe: Probe) -> Result:
        result = put(target, probe, patience)
        done(result)
        return result

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, probes))


def put(target: Target, probe: Probe, patience: float) -> Result:
    began = time.monotonic()
    lacking = target.lacks(probe.settings)
    if lacking is not None:
        return Result(probe, NOT_APPLICABLE, lacking, 0.0)
    folder = Path(tempfile.mkdtemp(prefix='conformance-'))
    upstream = Upstream(patience, target.own)
    held: list[socket.socket] = []
    try:
        try:
            address = upstream.address
            if probe.upstream == 'refusing':
                upstream.stop_listening()
            elif probe.upstream == 'full':
                address = full(held)
            running = target.start(folder, address, probe.settings, patience)
        except NotStarted as e:
            return Result(probe, BROKEN, str(e), time.monotonic() - began)
        trial = Trial(running, upstream, patience)
        why = ''
        try:
            probe.run(trial)
            verdict = PASS
        except (Failed, Late, Malformed, Ended) as e:
            verdict, why = FAIL, str(e)
        except NotApplicable as e:
            verdict, why = NOT_APPLICABLE, str(e)
        except Exception:  # a fault of the probe's own is shown, and the others go on
            verdict, why = BROKEN, traceback.format_exc()
        finally:
            trial.close()
            running.kill()
        sent = ' | '.join(repr(bytes(client.sent[:600])) for client in trial.clients[:3])
        got = ' | '.join(repr(bytes(client.got[:600])) for client in trial.clients[:3])
    finally:
        upstream.close()
        for sock in held:
            sock.close()
        shutil.rmtree(folder, ignore_errors=True)
    if verdict == FAIL and probe.id in target.known:
        verdict, why = KNOWN, f'{target.known[probe.id]} ({why})'
    return Result(probe, verdict, why, time.monotonic() - began, sent, got)


def full(held: list[socket.socket]) -> tuple[str, int]:
    """An address where a connection is never made: the queue of a listener that lets nobody in is full."""
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(0)
    held.append(listener)
    for _ in range(64):
        sock = socket.socket()
        sock.settimeout(0.2)
        held.append(sock)
        try:
            sock.connect(listener.getsockname())
        except TimeoutError:
            break
    address: tuple[str, int] = listener.getsockname()
    return address
