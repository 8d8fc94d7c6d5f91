"""Values: valid ones by kind, drawn from the pool, and what can be done to spoil one."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .harvest import Pool


@dataclass(frozen=True)
class Draw:
    """One request's own source of chance, and the pool."""

    random: random.Random
    pool: Pool

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def of(self, values: Sequence[Any]) -> Any:
        return values[self.random.randrange(len(values))]

    def some(self, make: Callable[[], Any], most: int = 4) -> list[Any]:
        return [make() for _ in range(self.random.randint(1, most))]


Kind = Callable[[Draw], Any]

WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 7, 1.5, 2.0, -0.0, 1e30, 10**20, -(10**20), 2**63, 2**63 - 1, -(2**63), 2**31,
    '', ' ', 'x', '0', '-1', '1.5', '1e3', 'NaN', 'null', 'true', '٣', 'ß', 'İ', '💥', 'e\u0301', 'a\u0000b',
    '\t', '\u2028', '\ud800', 'x' * 300, '%', '_', "it's", '"', '\\', 'a,b', ',', '<b>', '../..', '%41', '_nft_',
    '_nft_zz', [], [None], [[]], ['x'], [1, 'a'], [True], {}, {'a': 1}, {'a': [1, None, "x'"]},
    float('nan'), float('inf'),
)  # fmt: skip


def known(name: str, *more: Any) -> Kind:
    """A value that the backend itself has named."""
    return lambda draw: draw.of([*getattr(draw.pool, name), *more])


def constant(*values: Any) -> Kind:
    return lambda draw: draw.of(values)


def part(name: str) -> Kind:
    """A known text or a part of it, in some case: what people type into a search field."""

    def make(draw: Draw) -> str:
        text = str(draw.of(getattr(draw.pool, name)))
        if draw.chance(0.6):
            begin = draw.random.randrange(len(text) or 1)
            text = text[begin : begin + draw.random.randint(1, 5)]
        return draw.of((text, text, text.lower(), text.upper(), f' {text} ', f'%{text}'))

    return make


def spelled(kind: Kind) -> Kind:
    """A name of an enumeration in one of the spellings that are accepted."""

    def make(draw: Draw) -> Any:
        text = kind(draw)
        return draw.of((text, text, text.upper(), text.replace(' ', '_'), text.replace('_', ' '), text.title()))

    return make


def many(kind: Kind, most: int = 4) -> Kind:
    """A list, or its elements with commas between."""

    def make(draw: Draw) -> Any:
        values = draw.some(lambda: kind(draw), most)
        return ','.join(map(str, values)) if draw.chance(0.2) else values

    return make


def listed(kind: Kind, most: int = 4) -> Kind:
    """A list, an empty one at times."""
    return lambda draw: [] if draw.chance(0.08) else draw.some(lambda: kind(draw), most)


def number(least: int, most: int) -> Kind:
    def make(draw: Draw) -> Any:
        value = draw.random.randint(least, most)
        return draw.of((value, value, value, str(value), float(value)))

    return make


def boolean(draw: Draw) -> Any:
    return draw.of((True, False, True, False, 'true', 'False', 'yes', 'Off', 1, 0, 'n'))


def refusing(draw: Draw) -> Any:
    """A boolean that is false: for what would start a task or ask the network."""
    return draw.of((False, False, 'false', 0, 'No', 'off'))


def timestamp(draw: Draw) -> Any:
    value = draw.of(draw.pool.timestamps) + draw.of((0, 0, 1, -1, 86400, -3600))
    return draw.of((value, value, value, str(value), float(value), f' {value} '))


def asset(draw: Draw) -> str:
    text = str(draw.of(draw.pool.assets))
    return draw.of((text, text, text, text.lower(), text.upper(), quote(text, safe=''), 'ETH', 'EUR'))


def address(draw: Draw) -> str:
    text = str(draw.of((draw.pool.addresses, draw.pool.token_addresses, draw.pool.labels)[draw.random.randrange(3)]))
    return draw.of((text, text, text, text.lower(), text[2:], text.upper()))


def chain_address(draw: Draw) -> dict[str, Any]:
    entry = dict(draw.of(draw.pool.book))
    if draw.chance(0.3):
        entry.pop('blockchain')
    elif draw.chance(0.2):
        entry['blockchain'] = draw.of(draw.pool.chains)
    return entry


def spoil(draw: Draw, value: Any) -> Any:
    """Something near a valid value, or nothing like it."""
    return draw.of(WRONG) if draw.chance(0.4) else near(draw, value)


def near(draw: Draw, value: Any) -> Any:
    match value:
        case bool():
            return draw.of(('tRUE', 'True ', 2, '', 1.0, 'null', [value], 'ON', '٠', None))
        case int() | float():
            return draw.of((
                -value, value + 0.5, value * 10**15, str(value), f' {value}', f'{value}.0', f'+{value}', f'{value}e0',
                f'0{value}', '1_0', '１２', hex(int(value)), [value], value == 1, {'value': value}, None,
            ))  # fmt: skip
        case str():
            return near_text(draw, value)
        case list():
            return near_list(draw, value)
        case dict():
            return near_object(draw, value)
        case _:
            return draw.of(WRONG)


def near_text(draw: Draw, text: str) -> Any:
    at = draw.random.randrange(len(text) or 1)
    return draw.of((
        text.upper(), text.lower(), text.swapcase(), f' {text}', f'{text} ', f'{text}\n', text.replace(' ', '_'),
        text.replace('_', '-'), text[:at] + text[at + 1 :], text[:at] + text[at : at + 1] * 2 + text[at + 1 :],
        text + 'x', text.replace('i', 'ı'), text.replace('s', 'ſ'), text.replace('k', '\u212a'), quote(text, safe=''),
        [text], f'{text},', f"'{text}'", f'{text}%', '_' * len(text), text[::-1], {text: text}, f'{text}\u0301', None,
    ))  # fmt: skip


def near_list(draw: Draw, values: list[Any]) -> Any:
    changed = list(values)
    if changed and draw.chance(0.5):
        at = draw.random.randrange(len(changed))
        changed[at] = spoil(draw, changed[at])
        return changed
    first = values[0] if values else None
    spread = {str(at): value for at, value in enumerate(values)}
    return draw.of((
        [], '', first, [*values, *values], [*values, None], [*values, draw.of(WRONG)], [values], spread, {},
        values[::-1], ','.join(map(str, values)) + ',', values * 20,
    ))  # fmt: skip


def near_object(draw: Draw, entry: dict[str, Any]) -> Any:
    changed = dict(entry)
    name = draw.of(list(entry) or ['x'])
    match draw.random.randrange(5):
        case 0:
            changed.pop(name, None)
        case 1:
            changed[draw.of(('foo', name.upper(), f'{name}s', ''))] = draw.of(WRONG)
        case 2 | 3:
            changed[name] = spoil(draw, changed.get(name))
        case _:
            return draw.of((list(entry.values()), str(entry), [entry], None, {}))
    return changed
