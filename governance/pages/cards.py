"""Tables whose rows become cards where the page is narrow, and lists of facts."""

import re
from collections.abc import Iterable, Sequence
from html import escape


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{_breakable(value)}</dd>" for name, value in pairs)
    return f'<dl class="facts">{cells}</dl>'


def stacked(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose rows become cards where the page is narrow."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td data-name="{escape(name)}">{_breakable(value)}</td>' for name, value in zip(header, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table class="stack"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _breakable(value: object) -> str:
    """Names may go on in the next line after what joins their parts; days may not."""
    broken = re.sub(r"([/._@])(?=\w)", r"\1<wbr>", escape(str(value)))
    return re.sub(r"\b(\d{4}-\d\d-\d\d)\b", r"<time>\1</time>", broken)


def short(code: str | None) -> str:
    """A commit by its first letters; the data has it whole."""
    return re.sub(r"([0-9a-f]{12})[0-9a-f]{28}", r"\1", code) if code else "not known"


def spaced(state: str) -> str:
    return state.replace("_", " ")


def text(said: str) -> str:
    return f"<p>{escape(said)}</p>"
