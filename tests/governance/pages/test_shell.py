from html.parser import HTMLParser

import pytest

from governance.pages import charts, shell


class Outline(HTMLParser):
    """Every tag closed, in order."""

    VOID = frozenset({"meta"})

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, _attrs):
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(html: str) -> list[str]:
    parser = Outline()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


PAGE = shell.page(
    "A <title>",
    answer="5 > 4 & so on",
    body=[
        shell.figures([("gini", 0.5), ("rows", 12345)]),
        shell.section("Order", charts.curve([0, 1], [0, 1], name="us", x_name="x", y_name="y"), note="<b>"),
        shell.table(("a", "b"), [("<script>", 1.0), (None, float("nan"))]),
    ],
)


def test_a_page_is_well_formed():
    assert outline(PAGE).count("section") == 1


def test_what_data_say_never_becomes_markup():
    assert "<script>" not in PAGE
    assert "A &lt;title&gt;" in PAGE
    assert "5 &gt; 4 &amp; so on" in PAGE


def test_a_page_asks_for_nothing():
    assert "://" not in PAGE
    assert "src=" not in PAGE


@pytest.mark.parametrize(
    ("value", "said"), [(12345.6, "12,346"), (0.12345, "0.123"), (float("nan"), "unknown"), (1234, "1,234"), ("x", "x")]
)
def test_numbers_are_said_shortly(value, said):
    assert f">{said}</td>" in shell.table(("a",), [(value,)])


def test_bars_of_nothing_are_an_empty_plot():
    assert "rect" not in outline(charts.bars([], [], names=("a", "b"), x_name="x", y_name="y"))


def test_bars_reach_as_high_as_their_share_of_the_highest():
    svg = charts.bars(["1"], [(1.0, 2.0)], names=("a", "b"), x_name="x", y_name="y")

    heights = [float(part.split('"')[0]) for part in svg.split('height="')[1:]]
    assert heights == [106.0, 212.0]
