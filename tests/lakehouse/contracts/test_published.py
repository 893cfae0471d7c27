"""Versions of contracts: never rewritten, and as high as their changes ask for."""

from pathlib import Path

import pytest
from contract_files import column, contract

from lakehouse.contracts.compatibility import changes
from lakehouse.contracts.published import Published, next_version, too_small_a_step
from lakehouse.errors import ContractError

A, B = column("a", "int"), column("b", "int")
REQUIRED = {**A, "required": True}
STEPS = [
    ([A], [REQUIRED], "1.9.9", "has breaking changes since 1.4.2: it needs a major version, 2.0.0 or later"),
    ([A], [REQUIRED], "2.0.0", None),
    ([REQUIRED], [A], "1.4.3", "has compatible changes since 1.4.2: it needs a minor version, 1.5.0 or later"),
    ([REQUIRED], [A], "1.5.0", None),
    ([A], [{**A, "description": "x"}], "1.4.2", "has patch changes since 1.4.2: it needs a patch version, 1.4.3"),
    ([A], [{**A, "description": "x"}], "1.4.10", None),
    ([A], [A], "1.4.2", None),
    ([A], [A], "1.4.1", "goes back from 1.4.2 to 1.4.1"),
]


@pytest.fixture
def of(tmp_path):
    return lambda columns, version="1.0.0", **words: contract(
        tmp_path, "shop.orders", columns, version=version, **words
    )


@pytest.mark.parametrize(("before", "after", "version", "sentence"), STEPS)
def test_a_version_says_what_changed(of, before, after, version, sentence):
    old, new = of(before, "1.4.2"), of(after, version)
    found = list(too_small_a_step(old, new, changes(old, new)))
    assert len(found) == (sentence is not None)
    assert all(sentence in one for one in found)


def test_a_draft_promises_nothing_and_what_is_in_force_is_no_draft_again(of):
    draft, active = of([A], status="draft"), of([REQUIRED])
    assert list(too_small_a_step(draft, active, changes(draft, active))) == []
    (problem,) = too_small_a_step(active, draft, changes(active, draft))
    assert problem == "shop.orders@1.0.0 is active and becomes draft: write the draft of its next version elsewhere"


def test_what_was_published_is_known_by_its_content_whatever_its_layout(of):
    one = of([A])
    published = Published().publish([one])
    again = Published.read(published.as_json().encode(), path=Path("published.json"))
    one.path.write_text("# Said otherwise\n" + one.path.read_text().replace("status: active", "status: 'active'"))
    from lakehouse.contracts.document import read

    assert list(again.rewritten(read(one.path))) == []
    assert list(again.unpublished(read(one.path))) == []


def test_a_published_version_is_not_rewritten(of):
    published = Published().publish([of([A])])
    (problem,) = published.rewritten(of([{**A, "description": "x"}]))
    assert problem.startswith("shop.orders@1.0.0 was published with other content")
    with pytest.raises(ContractError, match=r"orders\.yaml: shop\.orders@1\.0\.0 was published with other content"):
        published.publish([of([B])])


def test_older_versions_stay_published(of):
    published = Published().publish([of([A])]).publish([of([B], "2.0.0")])
    assert sorted(published.versions["shop.orders"]) == ["1.0.0", "2.0.0"]


def test_a_line_that_is_gone_or_otherwise_is_missed(of):
    published = Published().publish([of([A])])
    assert list(published.forgotten(published)) == []
    for later in (Published(), Published({"shop.orders": {"1.0.0": "x"}})):
        (problem,) = published.forgotten(later)
        assert problem == "shop.orders@1.0.0 is not in published.json as it was published: restore that line"


def test_contracts_in_force_are_published_and_drafts_are_not(of):
    active, draft = of([A]), of([A], status="draft")
    assert list(Published().unpublished(active)) == [
        "shop.orders@1.0.0 is active and not published: run `heirloom contracts publish`"
    ]
    assert list(Published().unpublished(draft)) == []
    assert Published().publish([draft]).versions == {}


def test_a_lock_file_that_is_none_is_a_sentence():
    with pytest.raises(ContractError, match=r"published\.json: not JSON: .*: restore it from git"):
        Published.read(b"<<<<<<< HEAD", path=Path("published.json"))


def test_next_versions():
    assert [next_version("1.2.3", kind) for kind in ("breaking", "compatible", "patch")] == ["2.0.0", "1.3.0", "1.2.4"]
