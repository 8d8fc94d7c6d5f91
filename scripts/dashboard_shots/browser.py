"""Chromium without a window, told what to do over the Chrome DevTools Protocol."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import websocket

PATIENCE = 30.0  # longest wait for anything, in seconds


class Browser:
    """One page of a browser of its own, gone at the end with all that it wrote."""

    def __init__(self, program: str) -> None:
        self.profile = Path(tempfile.mkdtemp(prefix='cutover-screenshots-'))
        options = [
            '--headless=new', '--remote-debugging-port=0', '--no-first-run', '--disable-background-networking',
            '--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions', '--hide-scrollbars', '--mute-audio',
            '--force-device-scale-factor=1', '--lang=en-GB', f'--user-data-dir={self.profile}',
        ]
        if os.geteuid() == 0:
            options.append('--no-sandbox')  # as root it refuses to start with it
        silent = subprocess.DEVNULL
        self.child = subprocess.Popen(
            [program, *options, 'about:blank'],
            env={**os.environ, 'TMPDIR': str(self.profile)},
            stdin=silent, stdout=silent, stderr=silent, start_new_session=True,
        )
        self.asked = 0
        # Without an Origin: the browser refuses pages that want to drive it, and a page would send one.
        self.socket = websocket.create_connection(self._address(), timeout=PATIENCE, suppress_origin=True)
        target = self.call('Target.createTarget', {'url': 'about:blank'}, session=None)['targetId']
        attach = {'targetId': target, 'flatten': True}
        self.session = self.call('Target.attachToTarget', attach, session=None)['sessionId']
        self.call('Page.enable')
        self.call('Emulation.setTimezoneOverride', {'timezoneId': 'UTC'})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _address(self) -> str:
        """A port, then a path, in a file of its profile."""
        told = self.profile / 'DevToolsActivePort'
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.child.poll() is not None:
                raise RuntimeError(f'the browser ended with status {self.child.returncode}')
            lines = told.read_text().splitlines() if told.exists() else []
            if len(lines) == 2:
                return f'ws://127.0.0.1:{lines[0]}{lines[1]}'
            time.sleep(0.05)
        raise RuntimeError('the browser never said where its DevTools listen')

    def call(self, method: str, params: dict[str, Any] | None = None, session: str | None = '') -> dict[str, Any]:
        """A command and its result; events that come between are dropped."""
        self.asked += 1
        command: dict[str, Any] = {'id': self.asked, 'method': method, 'params': params or {}}
        if session is not None:
            command['sessionId'] = session or self.session
        self.socket.send(json.dumps(command))
        while True:
            said = json.loads(self.socket.recv())
            if said.get('id') == self.asked:
                if 'error' in said:
                    raise RuntimeError(f'{method}: {said["error"]["message"]}')
                return said['result']

    def evaluate(self, script: str) -> Any:
        params = {'expression': script, 'awaitPromise': True, 'returnByValue': True, 'userGesture': True}
        said = self.call('Runtime.evaluate', params)
        if 'exceptionDetails' in said:
            raise RuntimeError(f'{script}: {said["exceptionDetails"].get("exception", {}).get("description")}')
        return said['result'].get('value')

    def until(self, what: str, condition: str) -> Any:
        """Waits until an expression is true; an error, as between two documents, is not yet."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if found := self.evaluate(condition):
                    return found
            except RuntimeError:
                pass
            time.sleep(0.05)
        raise RuntimeError(f'never came: {what}')

    def show(self, url: str, width: int, height: int, scheme: str) -> None:
        """Goes to an address, in a window of this size, and waits until it is loaded."""
        self.size(width, height)
        wishes = {'prefers-color-scheme': scheme, 'prefers-reduced-motion': 'reduce'}
        features = [{'name': name, 'value': value} for name, value in wishes.items()]
        self.call('Emulation.setEmulatedMedia', {'features': features})
        self.evaluate('window.leaving = true')
        self.call('Page.navigate', {'url': url})
        self.until(f'{url} is loaded', '!window.leaving && document.readyState === "complete"')

    def size(self, width: int, height: int) -> None:
        metrics = {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': False}
        self.call('Emulation.setDeviceMetricsOverride', metrics)

    def picture(self) -> bytes:
        """What is shown, as PNG."""
        return base64.b64decode(self.call('Page.captureScreenshot', {'format': 'png'})['data'])
