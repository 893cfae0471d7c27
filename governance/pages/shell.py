"""One self-contained HTML page for every report: no network, light and dark, phone and print.

The page forbids its reader's browser whatever is not in it: only its own style and script count, by their hashes.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

_STYLE = Path(__file__).with_name("shell.css")


def page(title: str, *, answer: str, body: Iterable[str], styles: Iterable[str] = (), script: str = "") -> str:
    """A page that says its answer first, styled by the shell and `styles`."""
    style = "\n".join([_STYLE.read_text(), *styles])
    ran = f"<script>{script}</script>" if script else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_allowed(style, script)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f'<body><main><h1>{escape(title)}</h1><p class="answer">{escape(answer)}</p>{"".join(body)}</main>{ran}</body>'
        "</html>"
    )


def _allowed(style: str, script: str) -> str:
    ran = f"; script-src {_hash(script)}" if script else ""
    return f"default-src 'none'; style-src {_hash(style)}{ran}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def section(title: str, *parts: str, note: str = "") -> str:
    said = f'<p class="note">{escape(note)}</p>' if note else ""
    return f"<section><h2>{escape(title)}</h2>{said}{''.join(parts)}</section>"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Numbers stand right; a wide table scrolls by itself."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def figures(pairs: Iterable[tuple[str, object]]) -> str:
    """A row of figures, each with its name."""
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{_said(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="figures">{cells}</dl>'


def _cell(value: object) -> str:
    kind = ' class="n"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return f"<td{kind}>{_said(value)}</td>"


def _said(value: object) -> str:
    if isinstance(value, float):
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004
        return "unknown" if value != value else text  # noqa: PLR0124
    return escape(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value))
