"""What the page of inherited risk holds, before any browser has drawn it."""

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from risk_pages import MADE, TODAY, embedded, nodes, page, policy, risks, said

from governance.pages import risk as pages
from governance.pages.risk import changed
from governance.pages.risk import embedded as embedding
from governance.risk import Acceptances, Node

HOSTILE = "</script><img src=x onerror=alert(1)><!-- <script> & \u2028 “quoted” ]]>"


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.seen = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@pytest.fixture
def data(tmp_path):
    return embedded(page(tmp_path))


def answer(data, key):
    return next(one for one in data["answers"] if data["assets"][one["asset"]][0] == key)


def worst(data, key):
    first = answer(data, key)["risks"][0]
    return data["findings"][first["finding"]]["risk"], first


def test_what_must_be_acted_on_comes_first(data):
    told = [(data["assets"][one["asset"]][0], one["verdict"]) for one in data["answers"]]

    assert told == [
        ("out/scores", "beyond"),
        ("out/report", "beyond"),
        ("out/rated", "unknown"),
        ("out/quiet", "clean"),
    ]


def test_the_headline_says_how_many_and_the_worst(tmp_path):
    html = page(tmp_path)

    assert "4 business outputs: 2 beyond the appetite, 1 not known, 1 clean." in html
    assert "At worst out/scores has critical “Label of model.churn”, from mart/model, which nobody accepted." in html


def test_an_answer_says_who_by_when_and_what_to_do(data):
    risk, first = worst(data, "out/scores")

    assert (risk, first["refused"], first["who"], first["when"]) == ("model.churn", "critical", "Jo", "no date")
    assert first["todo"] == "Name a check that proves the mitigation: Widened."
    assert first["why"] == ["its mitigation (Widened.) names no check that proves it"]


def test_what_is_overdue_is_refused_although_it_is_accepted(data):
    risk, first = worst(data, "out/report")

    assert (risk, first["refused"], first["standing"]) == ("privacy.names", "overdue", "accepted")
    assert (first["who"], first["when"], first["date"]) == ("team:crm", "overdue since", "2026-09-01")
    assert first["todo"] == "Review the finding and set a new date."


def test_what_was_never_assessed_is_not_clean(data):
    told = answer(data, "out/rated")

    assert told["verdict"] == "unknown"
    assert told["gaps"] == [
        "Nobody assessed lake/rates, from which it is made. Say with @carries or @assessed what is known."
    ]
    assert data["assets"][told["asset"]][3] == "not_assessed"


@pytest.mark.parametrize(("proven", "ended"), [(True, {"mart/clean"}), (False, set())])
def test_what_a_resolution_ends_is_marked_where_it_ended_and_only_if_it_holds(tmp_path, proven, ended):
    data = embedded(page(tmp_path, risks(proven=proven)))

    assert {data["assets"][place[3]][0] for place in data["places"] if place[3] >= 0} == ended


def test_without_evidence_the_page_says_that_nothing_was_asked(tmp_path):
    from risk_pages import REGISTER

    from governance.risk import inheritance

    assert embedded(page(tmp_path, inheritance(nodes(), register=REGISTER)))["asked"] is False


def test_every_place_of_every_asset_is_embedded_and_its_ways_lead_back(data):
    of = risks()
    held = [(key, place) for key in of for place in of.held(key)]

    assert len(data["places"]) == len(held)
    for row, (key, place) in zip(data["places"], held, strict=True):
        assert data["assets"][row[0]][0] == key
        assert data["lists"][row[4]] == list(of.held(key)[place].numbers)
        assert [held[hop] for hop in row[6]] == list(dict.fromkeys(of.held(key)[place].hops))


def test_findings_are_numbered_as_they_are_embedded():
    of = risks()
    graph = embedding.Graph(of)
    told = graph.as_json()["findings"]

    for key in of:
        for one in (*of[key].own, *of[key].inherited):
            assert told[graph.finding(one)]["note"] == one.finding.note


def test_a_process_begins_in_the_assets_of_its_group():
    process = said("quality.codes", "By hand.")
    told = [dataclasses.replace(node, process=(process,)) if node.group == "models" else node for node in nodes()]

    kinds = {arrival.kind for _, arrival in embedding.begun(risks(of=told)) if arrival.finding == process}
    assert kinds == {"process"}


def test_dates_are_listed_by_owner_and_name_no_folder(tmp_path, data):
    assert [(one["level"], one["owner"], one["date"]) for one in data["due"]] == [
        ("error", "team:crm", "2026-09-01"),
        ("error", "bob@shop.example", "2026-10-01"),
    ]
    assert [(one["who"], one["holds"]) for one in data["accepted"]] == [
        ("ann@shop.example", True),
        ("bob@shop.example", False),
    ]
    assert str(tmp_path) not in json.dumps(data)


def test_a_code_location_that_failed_is_said(tmp_path):
    html = page(tmp_path, failed={"mail": "mail could not be loaded: no module"})

    assert "Not loaded, so not known: mail." in html
    assert embedded(html)["failed"] == {"mail": "mail could not be loaded: no module"}


def test_a_graph_of_nothing_has_a_page(tmp_path):
    html = pages.page(risks(of=[Node(key="a", external=True, assessed=True)]), made=MADE, name="x")

    assert "0 business outputs: nothing is made here." in html


def test_hostile_words_stay_words(tmp_path):
    told = [
        dataclasses.replace(
            node, findings=tuple(dataclasses.replace(one, note=HOSTILE, owner=HOSTILE) for one in node.findings)
        )
        for node in nodes()
    ]
    told.append(Node(key=HOSTILE, group=HOSTILE, unreadable=HOSTILE))
    plain, hostile = page(tmp_path), page(tmp_path, risks(of=told), failed={HOSTILE: HOSTILE})

    assert [tag for tag, _ in Tags(hostile).seen] == [tag for tag, _ in Tags(plain).seen]
    assert HOSTILE in {one["note"] for one in embedded(hostile)["findings"]}


def test_the_script_makes_no_markup_of_text_and_asks_for_nothing(tmp_path):
    html = page(tmp_path)
    script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)[-1]

    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "XMLHttpRequest"):
        assert way not in script, way
    assert "://" not in html
    assert {attrs.get("src") for _, attrs in Tags(html).seen} == {None}


def test_only_the_page_s_own_style_and_script_may_run(tmp_path):
    html = page(tmp_path)
    allowed = next(attrs["content"] for tag, attrs in Tags(html).seen if "http-equiv" in attrs)

    for pattern in (r"<style>(.*?)</style>", r"<script>(.*?)</script>"):
        text = re.findall(pattern, html, re.DOTALL)[-1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in allowed
    assert allowed.startswith("default-src 'none'")
    assert "unsafe" not in allowed


def kept(of, tmp_path, **told):
    return json.loads(json.dumps(changed.known(of, policy=policy(tmp_path), failed=told.get("failed", {}), made=MADE)))


def compared(tmp_path, before, after):
    return changed.as_json(after, kept(before, tmp_path), policy=policy(tmp_path), failed={}, lost=None)


def test_nothing_changed_says_so(tmp_path):
    assert compared(tmp_path, risks(), risks())["rows"] == []


def test_a_first_report_compares_with_nothing(data):
    assert data["changes"] == {"since": None, "lost": ""}


def test_a_new_finding_is_gained_by_every_output_it_reaches(tmp_path):
    told = [
        dataclasses.replace(node, findings=(*node.findings, said("quality.unused")))
        if node.key == "mart/copy"
        else node
        for node in nodes()
    ]
    rows = compared(tmp_path, risks(), risks(of=told))["rows"]

    assert [(row["what"], row["asset"], row["risk"], row["worse"]) for row in rows] == [
        ("gained", "out/report", "quality.unused", True),
        ("gained", "out/scores", "quality.unused", True),
    ]


def test_a_proof_that_broke_lets_its_risk_back_in(tmp_path):
    told = [
        dataclasses.replace(node, parents=("mart/clean",)) if node.key == "out/report" else node for node in nodes()
    ]
    rows = compared(tmp_path, risks(of=told), risks(proven=False, of=told))["rows"]
    back = [row for row in rows if row["asset"] == "out/report"]

    assert {(row["what"], row["risk"]) for row in back} == {("gained", "quality.codes")}


def test_an_asset_that_became_an_output_has_gained_nothing(tmp_path):
    without = [node for node in nodes() if node.key != "out/rated"]
    found = compared(tmp_path, risks(), risks(of=without))

    assert found["gone"] == ["out/rated"]
    assert found["rows"] == []
    assert found["became"] == []
    copies = [
        dataclasses.replace(node, parents=("mart/clean",)) if node.key == "out/report" else node for node in nodes()
    ]
    copies = [dataclasses.replace(node, parents=()) if node.key == "mart/model" else node for node in copies]
    became = compared(tmp_path, risks(), risks(of=copies))
    assert became["became"] == ["mart/copy"]
    assert "mart/copy" not in {row["asset"] for row in became["rows"]}


def test_a_last_report_that_cannot_be_read_is_said(tmp_path):
    assert embedded(page(tmp_path, lost="it was damaged"))["changes"]["lost"] == "it was damaged"


def test_the_figures_count_answers(tmp_path):
    of = risks()

    assert pages.figures(of, today=TODAY, policy=policy(tmp_path), acceptances=Acceptances()) == {
        "assets": 9,
        "findings": 3,
        "beyond": 2,
        "unknown": 1,
        "risks": 0,
        "within": 0,
        "clean": 1,
    }
