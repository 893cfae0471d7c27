"""`POST /events`: takes click events over HTTP, checks their envelopes, and lands them as small files of JSON lines.

What is malformed is kept aside with its raw bytes, below `_malformed`, which readers of the folder skip. An answer says
what is on disk: 202 comes after the files. An address is taken from the connection into the event, and never logged.
"""

import asyncio
import json
import os
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MALFORMED = "_malformed"
LARGEST_BODY, LARGEST_EVENT = 1_000_000, 32_000  # bytes
LONGEST_NAME = 200  # characters of an event_id or a type
MOST_WAITING = 64_000_000  # bytes that are not on disk yet
GATHERING = 0.1  # seconds in which events come to share a file
RETRY_AFTER = 5  # seconds
MOST_REASONS = 20  # in an answer

_BETWEEN = re.compile(r"[\s,]*")


class Malformed(ValueError):
    """Its sentence says what is wrong with a body or an event."""


class TooLarge(ValueError):
    """A body above the limit; nothing of it is read further."""


class Busy(OSError):
    """More waits for the disk than memory should hold."""


class Sorted(NamedTuple):
    """A body's events as lines; what of it is malformed as lines of its own kind, with a sentence each."""

    accepted: Sequence[bytes]
    malformed: Sequence[bytes]
    reasons: Sequence[str]

    @property
    def size(self) -> int:
        return sum(map(len, self.accepted)) + sum(map(len, self.malformed))


def sorted_out(body: bytes, *, address: str | None, arrived: datetime) -> Sorted:
    """Nothing is lost: an array's events are judged one by one, a body that cannot be read is kept whole."""
    try:
        events = _events(body)
    except Malformed as wrong:
        return Sorted([], [_aside(body, reason=str(wrong), arrived=arrived)], [str(wrong)])
    accepted, reasons = [], dict[int, str]()
    for number, event in enumerate(events):
        try:
            accepted.append(_line(_enveloped(event), address=address, arrived=arrived))
        except Malformed as wrong:
            reasons[number] = str(wrong)
    raw = _pieces(body.decode()) if reasons else []
    malformed = [_aside(raw[number].encode(), reason=reason, arrived=arrived) for number, reason in reasons.items()]
    return Sorted(accepted, malformed, [f"event {number}: {reason}" for number, reason in reasons.items()])


def _events(body: bytes) -> list[Any]:
    try:
        read = json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise Malformed(f"the body is no JSON ({wrong}); send an object or an array of objects") from wrong
    events = read if isinstance(read, list) else [read]
    if not events:
        raise Malformed("the body holds no event; send an object or an array of objects")
    return events


def _no_number(name: str) -> float:
    raise Malformed(f"{name} is no number in JSON")


def _enveloped(event: object) -> dict[str, object]:
    if not isinstance(event, dict):
        raise Malformed("it is no JSON object")
    for name in ("event_id", "type"):
        value = event.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
            raise Malformed(f"{name} must be a text of 1 to {LONGEST_NAME} characters")
    return event


def _line(event: dict[str, object], *, address: str | None, arrived: datetime) -> bytes:
    """Only we know when it arrived and from where, whatever the event says."""
    line = _json(event | {"arrived_at": _written(arrived), "ip": address})
    if len(line) > LARGEST_EVENT:
        raise Malformed(f"it has {len(line)} bytes, more than {LARGEST_EVENT}")
    return line


def _aside(raw: bytes, *, reason: str, arrived: datetime) -> bytes:
    return _json({"arrived_at": _written(arrived), "reason": reason, "raw": b64encode(raw).decode()})


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pieces(text: str) -> list[str]:
    """What each element of the array was sent as; a body that is no array is one piece."""
    if not text.lstrip().startswith("["):
        return [text]
    decoder, pieces, position = json.JSONDecoder(), list[str](), text.index("[") + 1
    while True:
        begins = _end_of_gap(text, position)
        if text[begins] == "]":
            return pieces
        _, position = decoder.raw_decode(text, begins)
        pieces.append(text[begins:position])


def _end_of_gap(text: str, position: int) -> int:
    gap = _BETWEEN.match(text, position)
    return gap.end() if gap else position


@dataclass
class Landing:
    """Gathers the lines of some requests into one file; each request waits until its lines are on disk."""

    folder: Path
    gathering: float = GATHERING
    _lines: dict[str, list[bytes]] = field(default_factory=dict)
    _waiting: int = 0
    _writing: asyncio.Task[None] | None = None

    async def land(self, parts: Sorted) -> None:
        if self._waiting + parts.size > MOST_WAITING:
            raise Busy
        self._lines.setdefault(".", []).extend(parts.accepted)
        self._lines.setdefault(MALFORMED, []).extend(parts.malformed)
        self._waiting += parts.size
        self._writing = self._writing or asyncio.create_task(self._write_soon())
        try:
            await asyncio.shield(self._writing)  # whoever hangs up does not stop the others' file
        finally:
            self._waiting -= parts.size

    async def _write_soon(self) -> None:
        await asyncio.sleep(self.gathering)
        lines, self._lines, self._writing = self._lines, {}, None
        await asyncio.to_thread(self._write, lines)

    def _write(self, lines: dict[str, list[bytes]]) -> None:
        """What is malformed first: if the events' file fails too, all are sent again and none is lost."""
        for folder in (MALFORMED, "."):
            if lines[folder]:
                _put(self.folder / folder, b"".join(lines[folder]))


def _put(folder: Path, content: bytes) -> None:
    """On disk under a name that readers skip, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"events-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex}.json"
    aside = folder / f".{name}.part"
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(folder / name)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    _sync(folder)


def _sync(folder: Path) -> None:
    """The new name survives a power failure too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def collector(folder: Path, *, gathering: float = GATHERING) -> Starlette:
    """The ASGI application."""
    landing = Landing(folder, gathering)

    async def events(request: Request) -> Response:
        try:
            body = await _body(request)
        except TooLarge as wrong:
            return _said(413, str(wrong))
        except ClientDisconnect:
            return _said(400, "the connection ended before the body did")
        parts = sorted_out(body, address=request.client.host if request.client else None, arrived=datetime.now(UTC))
        try:
            await landing.land(parts)
        except OSError:
            return _said(503, "the events cannot be stored now; send them again", {"Retry-After": str(RETRY_AFTER)})
        return _answer(parts)

    return Starlette(routes=[Route("/events", events, methods=["POST"])])


async def _body(request: Request) -> bytes:
    """As far as the limit, whatever the header says of its length."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLarge(f"the body has more than {LARGEST_BODY} bytes; send fewer events at a time")
    return bytes(body)


def _answer(parts: Sorted) -> Response:
    said: dict[str, object] = {"accepted": len(parts.accepted), "malformed": len(parts.malformed)}
    if parts.reasons:
        said["reasons"] = list(parts.reasons[:MOST_REASONS])
    return JSONResponse(said, 202 if parts.accepted else 400)


def _said(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": sentence}, status, headers)
