"""Two origins, owners or severities of one risk: all are shown, none overwrites another; a tag has the worst."""

import dagster as dg
from risk_graphs import REGISTER

from governance.risk import carries, inherit

crm = carries("privacy.pii", note="of the CRM", severity="critical", owner="crm")(dg.AssetSpec("crm"))
web = carries("privacy.pii", note="of the web shop", severity="low", owner="web")(dg.AssetSpec("web"))
mart = carries("privacy.pii", note="its own", severity="medium")(dg.AssetSpec("mart", deps=[crm, web]))
mail = dg.AssetSpec("mail", deps=[mart])


def spec_of(key):
    defs = inherit(dg.Definitions(assets=[crm, web, mart, mail]), register=REGISTER)
    return next(spec for spec in defs.resolve_all_asset_specs() if spec.key == dg.AssetKey(key))


def test_a_tag_has_the_worst_and_its_own_apart_from_the_inherited():
    assert {tag: value for tag, value in spec_of("mart").tags.items() if "pii" in tag} == {
        "risk/privacy.pii": "medium",
        "inherited/privacy.pii": "critical",
    }
    assert spec_of("mail").tags["inherited/privacy.pii"] == "critical"


def test_json_has_each_with_its_origin_severity_owner_and_note():
    inherited = spec_of("mail").metadata["heirloom/risks"]["inherited"]
    assert [(one["origin"], one["severity"], one["owner"], one["note"]) for one in inherited] == [
        ("crm", "critical", "crm", "of the CRM"),
        ("mart", "medium", None, "its own"),
        ("web", "low", "web", "of the web shop"),
    ]


def test_the_table_in_the_ui_has_a_row_for_each():
    rows = spec_of("mail").metadata["heirloom/risk_table"].value.splitlines()[2:]
    assert [[cell.strip() for cell in row.split("|")[2:4]] + [row.split("|")[-2].strip()] for row in rows if row] == [
        ["critical", "static", "of the CRM"],
        ["medium", "static", "its own"],
        ["low", "static", "of the web shop"],
    ]
