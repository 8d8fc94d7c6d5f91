"""The pictures: which page, how large, and what is opened on it."""

from pathlib import Path
from typing import NamedTuple

import png
from browser import Browser
from story import CLIMBING, MISMATCHING

WIDE, NARROW = 1280, 400
LARGEST = 250_000  # bytes; a page of documentation is to load quickly
# Its data are there, the line to the bridge is open, and the first second of what comes over it has come.
DRAWN = (
    'document.querySelector("main h1") && document.querySelector("main").getAttribute("aria-busy") === "false" '
    '&& document.querySelector(".is-live") !== null && document.querySelector(".waiting") === null '
    '&& ![...document.querySelectorAll(".figures b")].some((figure) => figure.innerText === "–")'
)


class Shot(NamedTuple):
    """A page, what is waited for and what is opened there before it is pictured. `height`: 0 for as high as it is."""

    name: str
    path: str
    height: int
    opened: tuple[str, ...] = ()
    until: str = 'true'
    width: int = WIDE
    schemes: tuple[str, ...] = ('light', 'dark')


SHOTS = (
    Shot('overview', '/', 0),
    Shot('routes', '/routes?sort=traffic:down', 940),
    Shot('route', f'/routes/{CLIMBING}', 1240),
    Shot('mismatch', f'/routes/{MISMATCHING}', 900, ('.place > summary', '.case > summary')),
    Shot('live', '/live', 900, until='document.querySelectorAll(".stream tbody tr").length >= 20'),
    Shot('journal', '/journal', 1000),
    Shot('phone', f'/routes/{CLIMBING}', 860, width=NARROW, schemes=('light',)),
)


def take(browser: Browser, url: str, shot: Shot, scheme: str, folder: Path) -> Path:
    browser.show(url + shot.path, shot.width, shot.height or 900, scheme)
    browser.until(f'{shot.path} is drawn', DRAWN)
    browser.until(f'{shot.path} has it all', shot.until)
    # Its scrollbar, for which the page keeps a place, is not pictured.
    browser.evaluate('document.documentElement.style.scrollbarGutter = "auto"')
    for selector in shot.opened:
        browser.until(f'{selector} is opened', f'document.querySelector("{selector}").click() ?? true')
    if shot.opened:
        browser.until('the sample is there', 'document.querySelector(".sides") !== null')
        browser.evaluate('scrollBy(0, document.querySelector(".mismatches").getBoundingClientRect().top - 104)')
    if not shot.height:
        browser.size(shot.width, min(1400, browser.evaluate('document.documentElement.scrollHeight')))
    # What has just happened is said for some seconds, over the page.
    browser.until('nothing is said', 'document.querySelector(".toast") === null')
    browser.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    picture = png.smaller(browser.picture())
    file = folder / (f'{shot.name}-dark.png' if scheme == 'dark' else f'{shot.name}.png')
    file.write_bytes(picture)
    if len(picture) > LARGEST:
        raise RuntimeError(f'{file} has {len(picture)} bytes, more than {LARGEST}')
    return file
