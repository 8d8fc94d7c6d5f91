"""Bar charts as SVG, which a page shows in its own colours, light or dark; made with the standard library alone."""

import statistics
from html import escape

from judged import Bar, Chart, short
from rounds import Rounds

WIDTH, MARGIN = 760, 16
LABELS, VALUES = 190, 190  # columns to the left and right of the bars
TITLE, ROW, THICK = 44, 30, 16

STYLE = """\
    svg { color-scheme: light dark; }
    text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 13px; fill: #57606a; }
    .title { font-size: 15px; font-weight: 600; fill: #1f2328; }
    .right { text-anchor: end; }
    .bar { fill: #8c959f; }
    .bar.ours { fill: #1a7f37; }
    .ours-text { fill: #1f2328; font-weight: 600; }
    .spread { fill: none; stroke: #1f2328; stroke-width: 1.5; }
    .base { stroke: #d0d7de; }
    @media (prefers-color-scheme: dark) {
      text { fill: #8b949e; }
      .title, .ours-text { fill: #e6edf3; }
      .bar { fill: #6e7681; }
      .bar.ours { fill: #3fb950; }
      .spread { stroke: #e6edf3; }
      .base { stroke: #30363d; }
    }
"""


def bars(rounds: Rounds, figure: str) -> list[Bar]:
    """Medians and spread of a figure, of everybody who has it."""
    found = {name: [turn[figure] for turn in turns if turn.get(figure) is not None] for name, turns in rounds.items()}
    return [Bar(name, statistics.median(each), (min(each), max(each))) for name, each in found.items() if each]


def svg(chart: Chart) -> str:
    """Horizontal bars from nothing on, of the same scale; the thin line is the range of the rounds."""
    most = max((max([bar.value, *(bar.spread or ())]) for bar in chart.bars), default=0) or 1.0
    room = WIDTH - 2 * MARGIN - LABELS - VALUES

    def along(value: float) -> float:
        return room * max(value, 0) / most

    height = TITLE + ROW * len(chart.bars) + MARGIN
    left = MARGIN + LABELS
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        f'  <title id="title">{escape(chart.title)}, {escape(chart.unit)}</title>',
        f'  <style>\n{STYLE}  </style>',
        f'  <text class="title" x="{MARGIN}" y="26">{escape(chart.title)}</text>',
        f'  <text class="right" x="{WIDTH - MARGIN}" y="26">{escape(chart.unit)}</text>',
    ]
    for number, bar in enumerate(chart.bars):
        top = TITLE + ROW * number
        ours = ' ours' if bar.label.startswith('cutover') else ''
        text = 'ours-text' if ours else 'plain'
        middle = top + THICK / 2
        lines += [
            f'  <text class="{text} right" x="{left - 10}" y="{middle + 4.5:g}">{escape(bar.label)}</text>',
            f'  <rect class="bar{ours}" x="{left}" y="{top}" width="{along(bar.value):.1f}" height="{THICK}" rx="2"/>',
        ]
        if bar.spread:
            low, high = (left + along(value) for value in bar.spread)
            lines.append(f'  <path class="spread" d="M{low:.1f} {middle - 4:g}v8M{low:.1f} {middle:g}H{high:.1f}M{high:.1f} '
                         f'{middle - 4:g}v8"/>')
        lines.append(f'  <text class="{text} right" x="{WIDTH - MARGIN}" y="{middle + 4.5:g}">{short(bar.value)}'
                     f'{escape(span(bar))}</text>')
    lines += [f'  <path class="base" d="M{left} {TITLE - 6}V{height - MARGIN + 2}"/>', '</svg>']
    return '\n'.join(lines) + '\n'


def span(bar: Bar) -> str:
    return f'  ({short(bar.spread[0])}–{short(bar.spread[1])})' if bar.spread else ''
