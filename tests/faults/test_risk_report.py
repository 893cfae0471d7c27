"""The page of inherited risk in a real browser, at the width of a screen and of a phone."""

import dataclasses
import sys
from pathlib import Path

import pytest
from browser import Browser

from governance.risk import Finding, Lineage, Node

sys.path.append(str(Path(__file__).parents[1] / "governance" / "pages"))
import risk_pages

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = Browser(tmp_path_factory.mktemp("browser"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return written(folder, risk_pages.page(folder))


def written(folder, html):
    path = folder / "report.html"
    path.write_text(html)
    return f"file://{path}"


def texts(tab, selector):
    return tab.js(
        f"[...document.querySelectorAll({selector!r})].map((one) => one.innerText.replace(/\\s+/g, ' ').trim())"
    )


def typed(tab, **fields):
    for name, value in fields.items():
        tab.js(f"""(() => {{ const field = document.querySelector('#filter [name={name}]');
            field.value = {value!r}; field.dispatchEvent(new Event('input', {{bubbles: true}})); }})()""")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize(
    "shown", ["", "#asset=out/report", "#asset=out/report&q=names", "#asset=no/such&severity=critical"]
)
def test_nothing_is_wrong_on_the_console_nothing_is_asked_for_and_nothing_sticks_out(
    browser, report, shown, width, dark
):
    tab = browser.open(report + shown, width=width, dark=dark)

    assert tab.js("innerWidth") == width
    assert tab.js("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert tab.errors == []
    assert tab.requests == [report]


def test_the_answers_come_first_and_the_worst_first(browser, report):
    tab = browser.open(report)
    cards = texts(tab, ".answer-card")

    assert [card.split()[0] for card in cards] == ["out/scores", "out/report", "out/rated", "out/quiet"]
    assert "✕ Beyond the appetite ◆ critical Label of model.churn, from mart/model" in cards[0]
    assert "mart/model out/scores" in cards[0]
    assert "Who Jo By when no date What to do Name a check that proves the mitigation: Widened." in cards[0]
    assert "? Not known" in cards[2]
    assert "clean" not in cards[2].lower()


def test_the_filter_narrows_answers_findings_and_assets(browser, report):
    tab = browser.open(report)
    typed(tab, severity="critical")

    assert [card.split()[0] for card in texts(tab, ".answer-card")] == ["out/scores"]
    assert texts(tab, "#matches") == ["2 assets, 1 finding"]
    assert sorted(texts(tab, "#asset-list tbody button")) == ["mart/model", "out/scores"]
    assert tab.js("location.hash") == "#severity=critical"

    tab.js("document.querySelector('#filter button[type=reset]').click()")
    assert texts(tab, "#matches") == ["9 assets, 3 findings"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"q": "changed"}, "5 assets, 1 finding"),
        ({"kind": "static"}, "6 assets, 2 findings"),
        ({"kind": "indirect"}, "1 asset, 1 finding"),
        ({"state": "claim"}, "2 assets, 1 finding"),
        ({"state": "not_assessed"}, "2 assets, 0 findings"),
        ({"group": "scores"}, "2 assets, 0 findings"),
        ({"owner": "Jo"}, "2 assets, 1 finding"),
        ({"area": "privacy", "severity": "high"}, "6 assets, 1 finding"),
        ({"q": "no such word"}, "0 assets, 0 findings"),
    ],
)
def test_every_field_of_the_filter_counts(browser, report, fields, found):
    tab = browser.open(report)
    typed(tab, **fields)

    assert texts(tab, "#matches") == [found]


def test_an_address_brings_back_what_it_showed(browser, report):
    tab = browser.open(f"{report}#asset=mart/copy&severity=high")

    assert texts(tab, "#asset h3") == ["mart/copy ! risks"]
    assert texts(tab, "#asset .risk b") == ["Label of privacy.names"]


def test_the_way_of_a_risk_is_shown_with_its_steps_and_columns(browser, report):
    tab = browser.open(f"{report}#asset=out/report")
    tab.js("[...document.querySelectorAll('#asset .risk')].find((one) => one.innerText.includes('privacy')).click()")

    assert texts(tab, "#asset .detail .way") == [
        "shop/people.name mart/clean.label out/report assumed: no column lineage"
    ]
    assert "The nearest of 2 ways it came:" in texts(tab, "#asset .detail p")
    way = tab.js(
        "[...document.querySelectorAll('.node.on-way')].map((one) => [one.dataset.asset, "
        "one.querySelector('.step').textContent])"
    )
    assert sorted(way, key=lambda step: step[1]) == [["shop/people", "1"], ["mart/clean", "2"], ["out/report", "3"]]
    assert tab.js("document.querySelectorAll('.edge.on-way').length") == 2


def test_the_reach_of_an_asset_is_counted_both_ways(browser, report):
    tab = browser.open(f"{report}#asset=mart/copy")

    assert texts(tab, "#asset .reach") == [
        "Made from 1 asset, 1 of them sources. 3 assets are made from it, 2 of them used by the business."
    ]


def test_the_keyboard_walks_the_graph(browser, report):
    tab = browser.open(f"{report}#asset=mart/model")
    tab.js("document.querySelector('.node.chosen').focus()")
    tab.press("ArrowRight")
    assert tab.js("document.activeElement.dataset.asset") == "out/scores"
    tab.press("Enter")

    assert tab.js("location.hash") == "#asset=out/scores"
    assert tab.js("document.activeElement.dataset.asset") == "out/scores"
    tab.press("ArrowLeft")
    assert tab.js("document.activeElement.dataset.asset") == "mart/model"


def test_the_back_button_walks_back(browser, report):
    tab = browser.open(f"{report}#asset=mart/model")
    tab.js("document.querySelector('[data-asset=\"out/scores\"]').click()")
    assert texts(tab, "#asset h3") == ["out/scores ! risks"]
    tab.js("new Promise((done) => { addEventListener('popstate', () => setTimeout(done)); history.back(); })")

    assert texts(tab, "#asset h3") == ["mart/model ! risks"]


def test_a_heading_sorts_and_says_so(browser, report):
    tab = browser.open(report)
    tab.js("[...document.querySelectorAll('#asset-list th button')].find((one) => one.innerText === 'Asset').click()")

    keys = texts(tab, "#asset-list tbody button")
    assert keys == sorted(keys)
    assert tab.js("document.querySelector('#asset-list th').getAttribute('aria-sort')") == "ascending"


def test_what_is_overdue_accepted_and_unknown_is_told(browser, report):
    tab = browser.open(report)

    assert "team:crm: 1 overdue, 0 soon due" in texts(tab, "#overdue h3")
    assert "✕ ended 2026-10-01 bob@shop.example" in texts(tab, "#accepted")[0]
    assert "2 assets of 9 hang on what is not known. None of them is clean." in texts(tab, "#unknown")[0]
    assert "There was no report before this one" in texts(tab, "#changes")[0]


def test_a_sheet_for_each_governed_asset_is_printed(browser, report):
    tab = browser.open(report)
    assert tab.printed().startswith(b"%PDF")

    assert texts(tab, ".sheet h3") == ["out/scores", "out/report"]
    assert [len(texts(tab, f".sheet:nth-child({n}) tbody tr")) for n in (1, 2)] == [3, 2]
    assert [sheet.count("☐ accept until") for sheet in texts(tab, ".sheet")] == [2, 1]
    assert [sheet.count("☐ reviewed, next by") for sheet in texts(tab, ".sheet")] == [1, 1]
    assert texts(tab, ".sheet .signature dt") == ["Name", "Date", "Decision", "Signature"] * 2


def test_signs_and_words_say_what_colours_say(browser, report):
    tab = browser.open(report)

    assert all(any(letter.isalpha() for letter in badge) for badge in texts(tab, ".badge"))
    assert {"◆ critical", "▲ high", "● medium", "? not assessed", "✓ clean"} <= set(texts(tab, ".badge"))


def test_hostile_words_do_nothing(browser, tmp_path):
    hostile = "</script><img src=x onerror=alert(1)><style>*{display:none}</style>"
    told = [
        dataclasses.replace(node, findings=tuple(dataclasses.replace(one, note=hostile) for one in node.findings))
        for node in risk_pages.nodes()
    ]
    address = written(tmp_path, risk_pages.page(tmp_path, risk_pages.risks(of=told), failed={hostile: hostile}))
    tab = browser.open(f"{address}#asset=out/report&finding=0")

    assert tab.js("document.images.length") == 0
    assert any(hostile in card for card in texts(tab, ".answer-card"))
    assert tab.errors == []
    assert tab.requests == [address]


def ladder():
    """Columns that fork, meet, and feed their own past: many ways, that the page must count as we do."""
    columns = frozenset({"a", "b"})
    both = [("a", "b"), ("b", "a")]
    root = Node(key="t/0", assessed=True, columns=columns, findings=(
        Finding(risk="privacy.names", note="n", column="a"), Finding(risk="quality.codes", note="c")))  # fmt: skip
    rest = []
    for n in range(1, 9):
        parents = [f"t/{n - 1}", *([f"t/{n - 2}"] if n > 1 else []), *([f"t/{n}"] if n % 3 == 0 else [])]
        made = {x: [(parent, x if parent != f"t/{n}" else y) for parent in parents] for x, y in both}
        rest.append(Node(key=f"t/{n}", parents=tuple(parents), assessed=True, columns=columns, lineage=Lineage(made)))
    return [root, *rest]


def test_the_page_finds_the_same_ways_as_the_inheritance(browser, tmp_path):
    of = risk_pages.risks(of=ladder())
    address = written(tmp_path, risk_pages.pages.page(of, made=risk_pages.MADE, name="ladder"))
    tab = browser.open(address)
    found = tab.js("""places.flatMap((place) => place.numbers.map((number) => [assets[place.asset].key, place.column,
        sources[number].findings[0].risk, routes(place, number),
        route(place, number).map((step) => assets[step.asset].key).join(">")]))""")

    expected = [
        [key, one.column or "", one.risk, one.routes, ">".join(one.route)]
        for key in of for one in (*of[key].own, *of[key].inherited)
    ]  # fmt: skip
    assert sorted(found) == sorted(expected)
    assert max(one[3] for one in expected) > 20


def test_what_others_put_into_the_page_neither_runs_nor_asks(browser, tmp_path):
    planted = "<script>window.planted = 1</script><img src='http://127.0.0.1:9/a' onerror='window.planted = 2'></main>"
    address = written(tmp_path, risk_pages.page(tmp_path).replace("</main>", planted))
    tab = browser.open(address)

    assert tab.js("window.planted") is None
    assert len(texts(tab, ".answer-card")) == 4
    assert len([said for said in tab.errors if "Content Security Policy" in said]) >= 2


def test_this_browser_notices_errors_and_requests(browser, tmp_path):
    address = written(tmp_path, "<script>console.warn('a'); throw Error('b')</script><img src='http://127.0.0.1:9/c'>")
    tab = browser.open(address)

    assert len(tab.errors) >= 2
    assert tab.requests == [address, "http://127.0.0.1:9/c"]
