"""The chain of certificates: a tampered file, a tampered entry, a removed one are each found out; nobody forks it."""

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow as pa
import pytest

from governance.evidence import chain
from governance.evidence.chain import canonical, entries, issue, sha256
from governance.evidence.ledger import Ledger
from governance.evidence.verification import verify
from governance.pages.certificate import page
from lakehouse.lake import Lake


def document(number: int = 1, **more):
    return {
        "format": "heirloom certificate 1",
        "issued": f"2026-03-01T00:00:{number:02}.000001+00:00",
        "env": "test",
        "asset": {"key": "toy/scores", "partition": None, "owners": ["team:clv"]},
        "materialisation": {
            "run": f"run-{number}", "made_at": "2026-03-01T00:00:00", "job": "wanted", "code_version": "abc",
            "snapshot": "1", "contract": None, "verdict": "ok", "outcome": "success", "health": "degraded",
        },
        "inputs": [],
        "models": [],
        "releases": [],
        "acceptances": [],
        "risks": {
            "state": "risks", "known_at": "2026-03-01T00:00:00", "code_version": "abc", "why": None,
            "listed": [
                {
                    "risk": "privacy.pii", "severity": "high", "state": "open", "stands": True, "mitigated": False,
                    "origin": "shop/crm", "origin_column": None, "columns": [], "route": ["shop/crm", "toy/scores"],
                    "distance": 1, "note": "who said </script>?", "accepted_by": None, "accepted_until": None,
                    "mitigation": None, "proof": None, "evidence": None, "resolved_at": None,
                }
            ],
        },
        "unknown": [],
        **more,
    }  # fmt: skip


ROW = {"state": "read", "snapshot": "1", "rows": [{"customer": "ab", "value": 2.5}], "withheld": {}}


@pytest.fixture
def ledger(lake) -> Ledger:
    return Ledger(lake=lake, env="test")


@pytest.fixture
def issued(ledger):
    """Three certificates; the second quotes a row."""
    documents = [document(1), document(2, row=ROW), document(3)]
    return [issue(one, ledger=ledger, page=page) for one in documents]


def as_file(certificate) -> str:
    return json.dumps(certificate, indent=1)


def words(text, ledger):
    found = verify(text, ledger=ledger)
    return found.word, found.why


def test_what_was_issued_is_valid_as_json_and_as_a_page(ledger, issued):
    for one in issued:
        assert verify(as_file(one.document), ledger=ledger).word == "valid"
        assert verify(one.page + "\n", ledger=ledger).word == "valid"


def test_every_entry_follows_the_one_before(ledger, issued):
    rows = entries(ledger)

    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert [row["previous"] for row in rows[1:]] == [row["hash"] for row in rows[:-1]]
    assert rows[0]["sha256"] == sha256(canonical(document(1)))


def test_the_chain_keeps_no_quoted_row(ledger, issued):
    assert "customer" not in str(entries(ledger))


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (lambda d: d["risks"]["listed"][0].update(state="proven"), '.state says "proven", issued was "open"'),
        (lambda d: d["risks"].update(listed=[]), "risks.listed says []"),
        (lambda d: d["row"]["rows"][0].update(value=9.9), "the quoted row"),
        (lambda d: d.pop("row"), "the quoted row"),
        (lambda d: d.update(note="trust me"), 'note says "trust me", issued was "(nothing)"'),
        (lambda d: d["chain"].update(previous="f" * 64), "its place in the chain"),
    ],
)  # fmt: skip
def test_an_altered_file_is_found_out_and_where(ledger, issued, alter, why):
    file = copy.deepcopy(issued[1].document)
    alter(file)

    word, said = words(as_file(file), ledger)

    assert word == "altered"
    assert why in said


def test_a_file_whose_hash_was_made_to_fit_is_found_out(ledger, issued):
    file = copy.deepcopy(issued[1].document)
    file["risks"]["listed"][0]["severity"] = "low"
    file["chain"]["sha256"] = sha256(canonical({name: value for name, value in file.items() if name != "chain"}))

    word, said = words(as_file(file), ledger)

    assert word == "altered"
    assert 'severity says "low", issued was "high"' in said


def test_a_key_that_stands_twice_is_found_out(ledger, issued):
    text = as_file(issued[0].document).replace('"severity": "high"', '"severity": "low", "severity": "high"')

    assert words(text, ledger) == ("altered", "'severity' stands in it twice")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("At worst high", "At worst low", "the page around its data"),
        ('"severity": "high"', '"severity": "low"', 'risks.listed[0].severity says "low"'),
    ],
)
def test_an_altered_page_is_found_out(ledger, issued, old, new, why):
    assert old in issued[0].page

    word, said = words(issued[0].page.replace(old, new), ledger)

    assert word == "altered"
    assert why in said


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"chain": 1}', "<html></html>", '{"chain": {"sequence": "x"}}'])
def test_what_is_no_certificate_is_unknown(ledger, issued, text):
    assert verify(text, ledger=ledger).word == "unknown"


def test_a_certificate_of_another_chain_is_unknown(ledger, issued, tmp_path):
    (tmp_path / "b").mkdir()
    other = Ledger(lake=Lake(catalog_url=f"sqlite:///{tmp_path}/b/c.db", warehouse=f"{tmp_path}/b/w"), env="test")
    theirs = [issue(document(number), ledger=other, page=page) for number in (11, 12, 13, 14)]

    assert verify(as_file(theirs[1].document), ledger=ledger).word == "unknown"
    assert verify(as_file(theirs[3].document), ledger=ledger).word == "unknown"


def tampered(ledger, change) -> None:
    """The chain's rows written anew, as whoever has the lake's keys could."""
    table = ledger.lake.table("governance.certificates")
    rows = table.scan().to_arrow().to_pylist()
    table.overwrite(pa.Table.from_pylist(change(rows), schema=table.schema().as_arrow()))


def set_in(number, rows, **values):
    return [{**row, **values} if row["sequence"] == number else row for row in rows]


@pytest.mark.parametrize("column", ["asset", "sha256", "page_sha256", "document", "previous", "hash", "run_id", "env"])
def test_an_altered_entry_is_found_out(ledger, issued, column):
    tampered(ledger, partial(set_in, 2, **{column: "0" * 64}))

    word, said = words(as_file(issued[0].document), ledger)

    assert word == "broken"
    assert "entry 2 was altered" in said or "entry 2 does not follow entry 1" in said


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_entry_that_was_altered_with_its_hash_is_found_out(ledger, issued, number):
    def change(rows):
        (row,) = [row for row in rows if row["sequence"] == number]
        fitting = {**row, "asset": "toy/other"}
        return [*(row for row in rows if row["sequence"] != number), {**fitting, "hash": chain._hash(fitting)}]

    tampered(ledger, change)

    assert verify(as_file(issued[0].document), ledger=ledger).word == "broken"


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_entry_that_was_removed_is_found_out(ledger, issued, number):
    tampered(ledger, lambda rows: [row for row in rows if row["sequence"] != number])

    for one in issued:
        word, said = words(as_file(one.document), ledger)
        assert word == "broken"
        assert f"entry {number} is missing" in said


def test_an_entry_that_stands_twice_is_found_out(ledger, issued):
    tampered(ledger, lambda rows: [*rows, rows[0]])

    assert "is there twice" in words(as_file(issued[1].document), ledger)[1]


def test_it_stays_valid_when_old_snapshots_and_the_table_it_speaks_of_are_gone(ledger, issued):
    table = ledger.lake.table("governance.certificates")
    table.maintenance.expire_snapshots().by_ids([one.snapshot_id for one in table.snapshots()[:-1]]).commit()

    assert [verify(as_file(one.document), ledger=ledger).word for one in issued] == ["valid"] * 3
    issue(document(4), ledger=ledger, page=page)
    assert [row["sequence"] for row in entries(ledger)] == [1, 2, 3, 4]


def test_issuers_at_once_do_not_fork_the_chain(ledger):
    lakes = [Lake(catalog_url=ledger.lake.catalog_url, warehouse=ledger.lake.warehouse) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        made = list(
            pool.map(
                lambda n: issue(document(n), ledger=Ledger(lake=lakes[n % 4], env="test"), page=page), range(1, 13)
            )
        )

    rows = entries(ledger)
    assert [row["sequence"] for row in rows] == list(range(1, 13))
    assert list(chain.breaks(ledger, rows)) == []
    assert [verify(as_file(one.document), ledger=ledger).word for one in made] == ["valid"] * 12
