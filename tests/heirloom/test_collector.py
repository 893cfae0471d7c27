"""`POST /events`: what lands, what is kept aside, and what is answered."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heirloom import collector as module
from heirloom.collector import MALFORMED, collector, sorted_out

EVENT = {"event_id": "e1", "type": "page_view", "visitor_id": "v"}


def posted(folder: Path, *bodies: bytes, **sent) -> list[httpx.Response]:
    async def together() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=collector(folder, gathering=0.02), client=("203.0.113.9", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            return await asyncio.gather(*(client.post("/events", content=body, **sent) for body in bodies))

    return asyncio.run(together())


def lines(folder: Path) -> list[dict]:
    files = [file for file in folder.glob("*.json") if file.is_file()]
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def aside(folder: Path) -> list[tuple[str, bytes]]:
    return [(line["reason"], b64decode(line["raw"])) for line in lines(folder / MALFORMED)]


def test_an_event_lands_with_its_arrival_and_the_address_of_its_connection(tmp_path):
    (answer,) = posted(tmp_path, json.dumps(EVENT | {"ip": "10.0.0.1", "arrived_at": "1999"}).encode())

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "malformed": 0})
    (line,) = lines(tmp_path)
    assert line["ip"] == "203.0.113.9"
    assert line["arrived_at"] > "2026"
    assert {name: line[name] for name in EVENT} == EVENT


def test_requests_that_come_together_share_a_file(tmp_path):
    answers = posted(tmp_path, *(json.dumps([EVENT | {"event_id": f"e{n}"}] * 3).encode() for n in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len(lines(tmp_path)) == 60
    assert len(list(tmp_path.glob("*.json"))) == 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"event_id": "e1", "ty', "the body is no JSON"),
        (b"\xff\xfe\x00", "the body is no JSON"),
        (b"", "the body is no JSON"),
        (b'{"event_id": "e1", "type": "x", "price": NaN}', "NaN is no number in JSON"),
        (b"[" * 100_000, "the body is no JSON"),
        (b"[]", "the body holds no event"),
        (b"3", "it is no JSON object"),
        (b'{"type": "page_view"}', "event_id must be a text of 1 to 200 characters"),
        (b'{"event_id": "", "type": "page_view"}', "event_id must be a text of 1 to 200 characters"),
        (b'{"event_id": 7, "type": "page_view"}', "event_id must be a text of 1 to 200 characters"),
        (b'{"event_id": "e1"}', "type must be a text of 1 to 200 characters"),
    ],
)
def test_what_is_malformed_is_answered_with_a_sentence_and_kept_as_it_came(tmp_path, body, sentence):
    (answer,) = posted(tmp_path, body)

    assert answer.status_code == 400
    assert sentence in answer.json()["reasons"][0]
    assert lines(tmp_path) == []
    ((reason, raw),) = aside(tmp_path)
    assert sentence in reason
    assert raw == body


def test_of_an_array_the_good_land_and_the_others_are_kept_as_they_came(tmp_path):
    body = b'[ {"event_id":"e1","type":"a"},{"event_id" : "e2", "n":1.50} , 7,{"event_id":"e3","type":"b,]"}]'
    (answer,) = posted(tmp_path, body)

    assert answer.status_code == 202
    assert (answer.json()["accepted"], answer.json()["malformed"]) == (2, 2)
    assert answer.json()["reasons"][0].startswith("event 1: type must be a text")
    assert [line["event_id"] for line in lines(tmp_path)] == ["e1", "e3"]
    assert [raw for _, raw in aside(tmp_path)] == [b'{"event_id" : "e2", "n":1.50}', b"7"]


def test_an_event_that_is_too_long_is_kept_aside(tmp_path):
    body = json.dumps(EVENT | {"note": "x" * 40_000}).encode()
    (answer,) = posted(tmp_path, body)

    assert answer.status_code == 400
    assert "more than 32000" in answer.json()["reasons"][0]
    assert [raw for _, raw in aside(tmp_path)] == [body]


def test_a_body_that_is_too_large_is_refused_unread(tmp_path):
    (answer,) = posted(tmp_path, b"x" * 1_000_001)

    assert answer.status_code == 413
    assert "more than 1000000 bytes; send fewer events at a time" in answer.json()["error"]
    assert not list(tmp_path.iterdir())


def test_a_disk_that_refuses_is_503_with_a_time_and_nothing_half_written(tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    (answer,) = posted(tmp_path, json.dumps(EVENT).encode())

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_disk_that_is_well_again_is_used_again(tmp_path):
    folder = tmp_path / "landing"
    folder.write_text("in the way")
    assert [answer.status_code for answer in posted(folder, json.dumps(EVENT).encode())] == [503]
    folder.unlink()

    assert [answer.status_code for answer in posted(folder, json.dumps(EVENT).encode())] == [202]


def test_more_than_memory_should_hold_is_503(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 300)
    answers = posted(tmp_path, *[json.dumps(EVENT).encode()] * 5)
    codes = [answer.status_code for answer in answers]

    assert set(codes) == {202, 503}
    assert len(lines(tmp_path)) == codes.count(202)


def test_other_ways_are_refused(tmp_path):
    async def asked() -> tuple[int, int]:
        transport = httpx.ASGITransport(app=collector(tmp_path))
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            return (await client.get("/events")).status_code, (await client.post("/else")).status_code

    assert asyncio.run(asked()) == (405, 404)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["event_id", "type", "x"]), inner),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(events=st.lists(JSON, min_size=1, max_size=6), ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_every_element_is_accepted_or_kept_as_it_was_sent(events, ascii_only, indent):
    body = json.dumps(events, ensure_ascii=ascii_only, indent=indent).encode()
    parts = sorted_out(body, address=None, arrived=module.datetime.now(module.UTC))

    assert len(parts.accepted) + len(parts.malformed) == len(events)
    for line in parts.malformed:
        assert json.loads(b64decode(json.loads(line)["raw"])) in events
    for line in parts.accepted:
        event = json.loads(line)
        assert isinstance(event["event_id"], str)
        assert isinstance(event["type"], str)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200))
def test_any_bytes_are_kept(body):
    parts = sorted_out(body, address=None, arrived=module.datetime.now(module.UTC))

    assert len(parts.accepted) + len(parts.malformed) >= 1


@pytest.fixture
def served(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("heirloom")),
        "collect",
        "--to",
        str(tmp_path / "in"),
        "--port",
        str(port),
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/events", tmp_path, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.mark.faults
def test_over_loopback_events_land_and_no_log_names_an_address(served):
    url, folder, _ = served
    with httpx.Client(headers={"X-Forwarded-For": "198.18.0.77"}) as client:
        answers = [client.post(url, json=[EVENT | {"event_id": f"e{n}"}] * 5) for n in range(20)]
        wrong = client.post(url, content=b"{")
        large = client.post(url, content=iter([b"x" * 600_000] * 3))

    assert {answer.status_code for answer in answers} == {202}
    assert (wrong.status_code, large.status_code) == (400, 413)
    landed = lines(folder / "in")
    assert len(landed) == 100
    assert {line["ip"] for line in landed} == {"127.0.0.1"}
    log = (folder / "log").read_text().replace(url, "")
    assert "127.0.0.1" not in log.partition("\n")[2]
    assert "198.18.0.77" not in log


@pytest.mark.faults
def test_what_was_answered_202_outlives_a_kill(served):
    url, folder, process = served
    with httpx.Client() as client:
        accepted = [n for n in range(30) if client.post(url, json=EVENT | {"event_id": f"e{n}"}).status_code == 202]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(20)

    assert {line["event_id"] for line in lines(folder / "in")} == {f"e{n}" for n in accepted}
    assert len(accepted) == 30
