"""Small plots as inline SVG, readable without colour: every line and bar is named in the picture."""

from collections.abc import Sequence
from html import escape

_W, _H, _PAD = 480.0, 300.0, 44.0


def curve(  # noqa: PLR0913
    x: Sequence[float], y: Sequence[float], *, name: str, x_name: str, y_name: str, best: Sequence[float] | None = None
) -> str:
    """A line in the unit square over its diagonal, beside the best one possible."""
    lines = [f'<path class="even" d="{_path((0, 1), (0, 1))}"/>']
    if best is not None:
        lines.append(f'<path class="two" d="{_path(x, best)}"/>{_text(0.30, 0.97, "perfect order")}')
    lines.append(f'<path class="one" d="{_path(x, y)}"/>{_text(0.42, 0.66, name)}')
    return _svg(_axes(x_name, y_name) + "".join(lines), name)


def bars(
    labels: Sequence[str], pairs: Sequence[tuple[float, float]], *, names: tuple[str, str], x_name: str, y_name: str
) -> str:
    """Two bars a label, side by side."""
    top = max((max(pair) for pair in pairs), default=0.0) or 1.0
    width = 1 / max(len(labels), 1)
    drawn = [
        _bar(i * width + width * (0.12 + 0.38 * side), value / top, width * 0.36, css)
        for i, pair in enumerate(pairs)
        for side, (value, css) in enumerate(zip(pair, ("bar-one", "bar-two"), strict=True))
    ]
    ticks = [_text(i * width + width * 0.3, -0.06, label) for i, label in enumerate(labels)]
    legend = [
        _text(0.04, 0.98 - 0.07 * side, f"{'left' if side == 0 else 'right'}: {name}")
        for side, name in enumerate(names)
    ]
    return _svg(
        _axes(x_name, f"{y_name}, up to {top:,.0f}") + "".join(drawn + ticks + legend), f"{names[0]} and {names[1]}"
    )


def _at(x: float, y: float) -> tuple[float, float]:
    return _PAD + x * (_W - 2 * _PAD), _H - _PAD - y * (_H - 2 * _PAD)


def _path(x: Sequence[float], y: Sequence[float]) -> str:
    points = [_at(one, other) for one, other in zip(x, y, strict=True)]
    return "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in points)


def _bar(x: float, height: float, width: float, css: str) -> str:
    left, top = _at(x, max(height, 0.0))
    tall, wide = _at(x, 0.0)[1] - top, width * (_W - 2 * _PAD)
    return f'<rect class="{css}" x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>'


def _text(x: float, y: float, words: str) -> str:
    left, top = _at(x, y)
    return f'<text x="{left:.1f}" y="{top:.1f}">{escape(words)}</text>'


def _axes(x_name: str, y_name: str) -> str:
    frame = f'<path class="axis" fill="none" d="{_path((0, 0, 1), (1, 0, 0))}"/>'
    return frame + _text(0.0, 1.05, y_name) + f'<text x="{_PAD}" y="{_H - 6}">{escape(x_name)}</text>'


def _svg(inner: str, title: str) -> str:
    said = escape(title)
    box = f'viewBox="0 0 {_W:.0f} {_H:.0f}" role="img" aria-label="{said}"'
    return f"<svg {box}><title>{said}</title>{inner}</svg>"
