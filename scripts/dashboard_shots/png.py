"""PNG files with a palette: what a page shows needs no more than 256 colours, and a third of the bytes."""

import struct
import zlib
from collections import Counter
from itertools import islice

SIGNATURE = b'\x89PNG\r\n\x1a\n'
COLOURS = 256


def smaller(png: bytes) -> bytes:
    """The same picture with a palette."""
    width, height, pixels = decoded(png)
    counts = Counter(pixels)
    kept = palette_of([colour for colour, _ in counts.most_common()])
    place = {colour: at for at, colour in enumerate(kept)}
    for colour in counts:
        if colour not in place:
            place[colour] = min(range(len(kept)), key=lambda at: distance(kept[at], colour))
    indices = bytes(place[colour] for colour in pixels)
    # Without a filter: with a palette, neighbouring numbers are no neighbouring colours.
    lines = b''.join(b'\0' + indices[at : at + width] for at in range(0, len(indices), width))
    header = struct.pack('>IIBBBBB', width, height, 8, 3, 0, 0, 0)
    palette = b''.join(kept)
    return SIGNATURE + b''.join(
        chunk(kind, data)
        for kind, data in ((b'IHDR', header), (b'PLTE', palette), (b'IDAT', zlib.compress(lines, 9)), (b'IEND', b''))
    )


def palette_of(colours: list[bytes]) -> list[bytes]:
    """The most frequent of those that look alike, and then as many of the others as there is room for."""
    kept: dict[bytes, bytes] = {}
    for bits in range(8):
        kept = {}
        for colour in colours:
            kept.setdefault(bytes(part >> bits for part in colour), colour)
        if len(kept) <= COLOURS:
            break
    palette = list(kept.values())
    chosen = set(palette)
    others = (colour for colour in colours if colour not in chosen)
    return [*palette, *islice(others, COLOURS - len(palette))]


def distance(one: bytes, other: bytes) -> int:
    return sum((mine - its) ** 2 for mine, its in zip(one, other, strict=True))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def decoded(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the colour of each pixel, of a file as Chromium writes them: 8 bits of RGB or RGBA, not interlaced."""
    if not png.startswith(SIGNATURE):
        raise ValueError('this is no PNG file')
    at, data, header = len(SIGNATURE), b'', b''
    while at < len(png):
        [length] = struct.unpack_from('>I', png, at)
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12
        if kind == b'IHDR':
            header = body
        elif kind == b'IDAT':
            data += body
    width, height, depth, colours, _, _, interlaced = struct.unpack('>IIBBBBB', header)
    size = {2: 3, 6: 4}.get(colours)
    if depth != 8 or size is None or interlaced:
        raise ValueError('this PNG file is none of those that Chromium writes')
    lines = unfiltered(zlib.decompress(data), width * size, size)
    return width, height, [line[at : at + 3] for line in lines for at in range(0, width * size, size)]


def unfiltered(data: bytes, length: int, size: int) -> list[bytes]:
    """The lines of the picture (PNG specification, section 9)."""
    lines: list[bytes] = []
    above = bytes(length)
    for start in range(0, len(data), length + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + length])
        if kind == 1:
            for at in range(size, length):
                line[at] = (line[at] + line[at - size]) & 255
        elif kind == 2:
            line = bytearray((mine + its) & 255 for mine, its in zip(line, above, strict=True))
        elif kind == 3:
            for at in range(length):
                left = line[at - size] if at >= size else 0
                line[at] = (line[at] + (left + above[at]) // 2) & 255
        elif kind == 4:
            for at in range(length):
                left, corner = (line[at - size], above[at - size]) if at >= size else (0, 0)
                line[at] = (line[at] + nearest(left, above[at], corner)) & 255
        above = bytes(line)
        lines.append(above)
    return lines


def nearest(left: int, above: int, corner: int) -> int:
    """Paeth's predictor."""
    guess = left + above - corner
    by_left, by_above, by_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    if by_left <= by_above and by_left <= by_corner:
        return left
    return above if by_above <= by_corner else corner
