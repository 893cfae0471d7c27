"""A certificate as a page: the answer, what is not known, then risks, who accepted what, and what it was made from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from governance.pages import cards, shell

Document = Mapping[str, Any]
_STYLE = Path(__file__).with_suffix(".css")
_NONE = "none"


def page(document: Document) -> str:
    """The page of an issued certificate, which holds the certificate itself as data."""
    body = [*_sections(document), _embedded(document)]
    return shell.page(_title(document), answer=_answer(document), body=body, styles=[_STYLE.read_text()])


def _title(document: Document) -> str:
    about = document["asset"]
    return f"Certificate: {about['key']}" + (f" of {about['partition']}" if about["partition"] else "")


def _answer(document: Document) -> str:
    made, risks = document["materialisation"], document["risks"]
    standing = [one for one in risks["listed"] if one["stands"]]
    words = [_stands(one) for one in standing]
    counted = ", ".join(f"{words.count(word)} {word}" for word in ("open", "accepted", "mitigated"))
    worst = f"At worst {standing[0]['severity']} {standing[0]['risk']} from {_place(standing[0])}. " if standing else ""
    said = (
        f"{len(standing)} risks stand on it: {counted}. {worst}"
        if standing
        else f"Its risk state is {cards.spaced(risks['state'])}. "
    )
    if failed := document.get("checks", {}).get("failed"):
        said += f"Failed: {', '.join(failed)}. "
    gaps = f"Not known: {len(document['unknown'])}, see below." if document["unknown"] else "Nothing is left unknown."
    return f"Made on {_day(made['made_at'])} by the job {made['job']}. {said}{gaps}"


def _sections(document: Document) -> Iterator[str]:
    if document["unknown"]:
        items = "".join(f"<li>{escape(one)}</li>" for one in document["unknown"])
        yield shell.section("Not known", f'<div class="unknown"><ul>{items}</ul></div>')
    yield shell.section("Risks", _risks(document), note=_known_at(document["risks"]))
    yield shell.section("Accepted", _acceptances(document["acceptances"]))
    yield shell.section("Model and release", _models(document))
    yield shell.section("This version", cards.facts(_version(document)))
    yield shell.section("Made from", _inputs(document["inputs"]), note="The nearest first; each version once.")
    if "row" in document:
        yield shell.section("The row", _row(document["row"]), note=_withheld(document["row"]))
    yield shell.section(
        "This certificate", cards.facts(_chain(document)), note="To verify: heirloom certificate --verify FILE"
    )


def _risks(document: Document) -> str:
    rows = [
        (
            one["severity"],
            f"{one['risk']} (on {', '.join(one['columns'])})" if one["columns"] else one["risk"],
            _done(one),
            _place(one),
            " > ".join(one["route"]) if one["distance"] else "its own",
            one["note"],
        )
        for one in document["risks"]["listed"]
    ]
    header = ("severity", "risk", "stands", "from", "by", "said")
    return (
        cards.stacked(header, rows)
        if rows
        else cards.text(f"None. Its state is {cards.spaced(document['risks']['state'])}.")
    )


def _stands(one: Mapping[str, Any]) -> str:
    """What stands against it, or why it does not stand."""
    if not one["stands"]:
        return f"ended at {one['resolved_at']}" if one["resolved_at"] else str(one["state"])
    return "mitigated" if one["mitigated"] else "accepted" if one["accepted_by"] else "open"


def _done(one: Mapping[str, Any]) -> str:
    """What stands against it, by whom, and how far that is proven."""
    accepted = [f"by {one['accepted_by']} until {one['accepted_until']}"] if one["accepted_by"] else []
    proof = f"{one['proof']} is {one['evidence']}" if one["proof"] else "a claim, without proof"
    mitigated = [f"{one['mitigation'] or 'mitigated'}: {proof}"] if one["mitigation"] or one["proof"] else []
    return "; ".join([" ".join([_stands(one), *accepted]), *mitigated])


def _place(one: Mapping[str, Any]) -> str:
    return f"{one['origin']}.{one['origin_column']}" if one["origin_column"] else str(one["origin"])


def _known_at(risks: Mapping[str, Any]) -> str:
    code = cards.short(risks["code_version"])
    return f"As known at {_moment(risks['known_at'])}, when the run was recorded, by code {code}."


def _acceptances(listed: Sequence[Mapping[str, Any]]) -> str:
    rows = [(one["risk"], one["who"], one["until"], one["why"], one["ticket"]) for one in listed]
    return (
        cards.stacked(("risk", "by", "until", "why", "ticket"), rows)
        if rows
        else cards.text("Nobody accepted any of it.")
    )


def _models(document: Document) -> str:
    models = [(one["asset"], one["version"], _moment(one["made_at"])) for one in document["models"]]
    released = [
        (
            one["champion"],
            _moment(one["released_at"]),
            one["named_version"] or "the newest",
            one["job"] or _NONE,
            one["by"],
        )
        for one in document["releases"]
    ]
    tables = [cards.stacked(("model", "version", "made"), models)] if models else [cards.text("No model is in it.")]
    if released:
        tables.append(cards.stacked(("released", "at", "version named", "job", "started by"), released))
    return "".join(tables)


def _version(document: Document) -> Iterator[tuple[str, object]]:
    about, made, checks = document["asset"], document["materialisation"], document.get("checks")
    yield "asset", about["key"]
    yield "owners", ", ".join(about["owners"]) or "nobody"
    yield "run", f"{made['run']}: {made['outcome']}, {made['health']}"
    yield "code", cards.short(made["code_version"])
    yield "snapshot", made["snapshot"] or "it is no table"
    yield "contract", made["contract"] or _NONE
    yield "verdict", made["verdict"] or "not judged by a contract"
    if checks:
        yield "checks passed", checks["passed"]
        yield "checks failed", ", ".join(checks["failed"]) or _NONE
        yield "checks never evaluated", ", ".join(checks["missing"]) or _NONE


def _inputs(listed: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            one["asset"],
            one["version"] or "not known",
            _moment(one["made_at"]),
            f"{one['contract']}: {one['verdict'] or 'not judged'}" if one["contract"] else _NONE,
            cards.short(one["code_version"]),
            ", ".join(one["read_by"]),
        )
        for one in listed
    ]
    header = ("asset", "version", "made", "contract and verdict", "code", "read by")
    return cards.stacked(header, rows) if rows else cards.text("Dagster knows of nothing that it was made from.")


def _row(row: Mapping[str, Any]) -> str:
    if row["state"] != "read":
        return cards.text(f"Unreadable: {row['why']}.")
    return "".join(cards.facts(one.items()) for one in row["rows"])


def _withheld(row: Mapping[str, Any]) -> str:
    names = ", ".join(f"{name} ({kinds})" for name, kinds in row["withheld"].items())
    return f"Withheld, as personal data: {names}." if names else "None of its columns holds personal data."


def _chain(document: Document) -> Iterator[tuple[str, object]]:
    place = document["chain"]
    yield "number", place["sequence"]
    yield "issued", _moment(document["issued"])
    yield "environment", document["env"]
    yield "SHA-256", place["sha256"]
    yield "follows", place["previous"]


def _embedded(document: Document) -> str:
    data = json.dumps(document, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="certificate">{data}</script>'


def _moment(text: str | None) -> str:
    return f"{text[:10]} {text[11:19]} UTC" if text else "not known"


def _day(text: str) -> str:
    return text[:10]
