"""Through real Definitions: planted on every root, demanded on every heir."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from risk_graphs import BROKEN, REGISTER

from governance.risk import Finding, RiskError, assessed, carries, inherit, resolves, risks_of

TRAINING = dg.AssetKey(["clv", "training"])


def specs(defs):
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def shop(**fields):
    return carries("privacy.pii", note="names", **fields)(dg.AssetSpec(["shop", "customers"]))


@dg.asset(key_prefix="clv", deps=[dg.AssetKey(["shop", "customers"])])
def training() -> None: ...


@dg.multi_asset(
    specs=[dg.AssetSpec(["clv", "model"], deps=[TRAINING]), dg.AssetSpec(["clv", "scores"], deps=[["clv", "model"]])]
)
def learnt(): ...


def location(*assets, **fields):
    return dg.Definitions(assets=[*assets, training, learnt], **fields)


def planted(seed):
    """A random location of assets, multi-assets and external specs, each root with a risk of its own."""
    draw = random.Random(seed)
    made, assets, parents = [], [], {}
    for number in range(40):
        key = dg.AssetKey(["clv", f"t{number}"])
        above = draw.sample(made, k=min(len(made), draw.randrange(4)))
        parents[key.to_user_string()] = [one.to_user_string() for one in above]
        spec = dg.AssetSpec(key, deps=above)
        if not above:
            spec = carries(draw.choice(list(REGISTER)), note=f"planted on {number}")(spec)
        external = draw.random() < 0.3
        assets.append(spec if external else dg.multi_asset(name=f"t{number}", specs=[spec])(lambda: None))
        made.append(key)
    draw.shuffle(assets)
    return dg.Definitions(assets=assets), parents


def roots(key, parents):
    return {key} if not parents[key] else set().union(*(roots(parent, parents) for parent in parents[key]))


@pytest.mark.parametrize("seed", range(5))
def test_a_risk_planted_on_every_root_is_on_every_heir(seed):
    defs, parents = planted(seed)
    written = specs(inherit(defs, register=REGISTER))
    assert written.keys() == parents.keys()
    for key, spec in written.items():
        shown = spec.metadata["heirloom/risks"]
        assert {one["origin"] for one in (*shown["own"], *shown["inherited"])} == roots(key, parents)
        planted_here = {one["risk"]: one["severity"] for one in shown["own"]}
        above = {one["risk"]: one["severity"] for one in shown["inherited"]}
        assert spec.tags == {
            "risk_state": "risks",
            **{f"risk/{risk}": severity for risk, severity in planted_here.items()},
            **{f"inherited/{risk}": severity for risk, severity in above.items()},
        }


def test_an_external_risk_reaches_the_score_through_the_model_with_its_route():
    spec = specs(inherit(location(shop()), register=REGISTER))["clv/scores"]
    assert spec.tags["inherited/privacy.pii"] == "high"
    (one,) = spec.metadata["heirloom/risks"]["inherited"]
    assert one["route"] == ["shop/customers", "clv/training", "clv/model", "clv/scores"]
    assert (one["kind"], one["distance"], one["note"]) == ("static", 3, "names")
    assert "shop/customers > clv/training > clv/model > clv/scores" in spec.metadata["heirloom/risk_table"].value


def test_the_result_still_loads_and_selects_by_tag():
    defs = inherit(location(shop()), register=REGISTER)
    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    assert not [node for node in graph.asset_nodes if node.metadata.get("dagster/auto_created_stub_asset")]
    assert {key.to_user_string() for key in dg.AssetSelection.tag("inherited/privacy.pii", "high").resolve(graph)} == {
        "clv/training",
        "clv/model",
        "clv/scores",
    }


def test_states_are_told_apart():
    defs = dg.Definitions(
        assets=[
            assessed()(dg.AssetSpec("looked")),
            dg.AssetSpec("never"),
            assessed()(dg.AssetSpec("heir", deps=["looked"])),
            assessed()(dg.AssetSpec("doubtful", deps=["looked", "never"])),
        ]
    )
    written = specs(inherit(defs, register=REGISTER))
    assert {key: spec.tags for key, spec in written.items()} == {
        "looked": {"risk_state": "clean"},
        "never": {"risk_state": "not_assessed"},
        "heir": {"risk_state": "clean"},
        "doubtful": {"risk_state": "not_assessed"},
    }
    assert written["doubtful"].metadata["heirloom/risks"]["unassessed"] == {"distance": 1, "asset": "never"}


def test_everything_else_on_a_spec_stays():
    full = dg.AssetSpec(
        "x", tags={"team": "crm"}, kinds={"iceberg"}, owners=["team:crm"], metadata={"rows": 3}, group_name="g"
    )
    spec = specs(inherit(dg.Definitions(assets=[full]), register=REGISTER))["x"]
    assert (spec.kinds, spec.owners, spec.group_name) == ({"iceberg"}, ["team:crm"], "g")
    assert (spec.tags["team"], spec.metadata["rows"]) == ("crm", 3)


def test_twice_is_once_and_what_went_is_gone():
    once = inherit(location(shop()), register=REGISTER)
    twice = inherit(once, register=REGISTER)
    assert {key: (spec.tags, spec.metadata) for key, spec in specs(once).items()} == {
        key: (spec.tags, spec.metadata) for key, spec in specs(twice).items()
    }
    healed = once.permissive_map_resolved_asset_specs(
        func=lambda spec: spec.replace_attributes(
            metadata={key: value for key, value in spec.metadata.items() if key != "heirloom/findings"}
        ),
        selection=None,
    )
    spec = specs(inherit(healed, register=REGISTER))["clv/scores"]
    assert spec.tags == {"risk_state": "not_assessed"}
    assert "heirloom/risk_table" not in spec.metadata


def test_a_tag_written_by_hand_is_refused():
    defs = dg.Definitions(assets=[dg.AssetSpec("x", tags={"risk/privacy.pii": "high"})])
    with pytest.raises(RiskError, match=r"x: tag 'risk/privacy\.pii' was written by hand .* Use @carries"):
        inherit(defs, register=REGISTER)


def test_columns_and_lineage_come_from_spec_metadata():
    def schema(*columns):
        return dg.TableSchema(columns=[dg.TableColumn(name) for name in columns])

    def lineage(**columns):
        return dg.TableColumnLineage(
            {
                name: [dg.TableColumnDep(asset_key=["shop", "customers"], column_name=source)] if source else []
                for name, source in columns.items()
            }
        )

    source = shop(column="name").merge_attributes(metadata={"dagster/column_schema": schema("id", "name", "age")})
    deps = [source.key]
    defs = dg.Definitions(
        assets=[
            source,
            dg.AssetSpec("renamed", deps=deps, metadata={"dagster/column_lineage": lineage(label="name")}),
            dg.AssetSpec("without", deps=deps, metadata={"dagster/column_lineage": lineage(who="id", day=None)}),
            dg.AssetSpec("unnamed", metadata={"dagster/column_lineage": lineage(label="name")}),
            dg.AssetSpec(
                "filtered",
                deps=deps,
                metadata={
                    "dagster/column_lineage": dg.MetadataValue.column_lineage(lineage(who="id")),
                    "heirloom/column_influences": [["shop/customers", "name"]],
                },
            ),
            dg.AssetSpec("unknown", deps=deps),
        ]
    )
    risks = risks_of(defs, register=REGISTER)
    assert {key: [(one.column, one.via) for one in here.inherited] for key, here in risks.items()} == {
        "shop/customers": [],
        "renamed": [("label", "column")],
        "without": [],
        "unnamed": [("label", "column")],
        "filtered": [(None, "influence")],
        "unknown": [(None, "assumed")],
    }
    tags = {
        key: spec.tags.get("inherited/privacy.pii") for key, spec in specs(inherit(defs, register=REGISTER)).items()
    }
    assert [key for key, tag in tags.items() if tag is None] == ["shop/customers", "without"]


def test_a_resolution_shows_as_a_claim_until_a_run_proves_it():
    pseudonymised = resolves("privacy.pii", proof="clv/training:hashed", note="hmac")(training)

    @dg.asset_check(asset=TRAINING)
    def hashed() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    defs = dg.Definitions(assets=[shop(), pseudonymised, learnt], asset_checks=[hashed])
    spec = specs(inherit(defs, register=REGISTER))["clv/scores"]
    assert spec.tags == {"risk_state": "risks", "resolved/privacy.pii": "high"}
    assert "ended at clv/training (claim)" in spec.metadata["heirloom/risk_table"].value
    assert risks_of(defs, register=REGISTER, holds=lambda _: BROKEN)["clv/scores"].inherited[0].resolved_at is None
    with pytest.raises(RiskError, match=r"proof 'clv/training:hashed' names no asset check\. Define the check"):
        inherit(dg.Definitions(assets=[shop(), pseudonymised, learnt]), register=REGISTER)


def test_a_group_risk_reaches_the_group():
    defs = dg.Definitions(assets=[dg.AssetSpec("a", group_name="clv/landing"), dg.AssetSpec("b", deps=["a"])])
    groups = {"clv/landing": [Finding(risk="quality.codes", note="uploaded by hand")]}
    written = specs(inherit(defs, register=REGISTER, groups=groups))
    assert [written[key].tags["inherited/quality.codes"] for key in ("a", "b")] == ["medium", "medium"]
    assert "group:clv/landing > a > b" in written["b"].metadata["heirloom/risk_table"].value


@pytest.mark.parametrize(
    ("misspelt", "sentence"),
    [
        (["shop", "custmers"], r"'shop/custmers', which clv/x depends on\. Did you mean 'shop/customers'"),
        (["Shop", "customers"], r"'Shop/customers'.* Did you mean 'shop/customers'"),
        (["gov", "shop", "customers"], r"'gov/shop/customers'.* Did you mean 'shop/customers'"),
        ("shop/customers", r'one part; write dg\.AssetKey\(\["shop", "customers"\]\)'),
        ("zzz", r"'zzz'.* declare it: dg\.AssetSpec"),
    ],
)
def test_a_misspelt_dependency_is_named_with_the_nearest(misspelt, sentence):
    defs = location(shop(), dg.AssetSpec(["clv", "x"], deps=[dg.AssetKey(misspelt)]))
    with pytest.raises(RiskError, match=f"Nobody defines .*{sentence}"):
        inherit(defs, register=REGISTER)


def test_a_misspelt_check_target_is_named():
    @dg.asset_check(asset=dg.AssetKey(["clv", "trainin"]))
    def rule() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    with pytest.raises(RiskError, match=r"Nobody defines 'clv/trainin', which check rule depends on\. Did you mean"):
        inherit(location(shop(), asset_checks=[rule]), register=REGISTER)


def test_two_keys_that_read_the_same_are_refused():
    defs = dg.Definitions(assets=[dg.AssetSpec(["a", "b"]), dg.AssetSpec(dg.AssetKey("a/b"))])
    with pytest.raises(RiskError, match=r"Two assets read 'a/b'; perhaps one key is a single part"):
        inherit(defs, register=REGISTER)


def test_a_loop_is_named():
    defs = dg.Definitions(assets=[dg.AssetSpec("x", deps=["y"]), dg.AssetSpec("y", deps=["x"])])
    with pytest.raises(RiskError, match=r"Assets made from each other: x -> y -> x"):
        inherit(defs, register=REGISTER)


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"heirloom/findings": "pii"}, r"x: metadata 'heirloom/findings' must be a list"),
        ({"heirloom/findings": [{"risk": "privacy.pii", "note": "n", "sev": "low"}]}, r"x: a finding has no 'sev'"),
        ({"heirloom/findings": [{"risk": "privacy.pi", "note": "n"}]}, r"x: no register file knows .* 'privacy\.pii'"),
        (
            {"dagster/column_lineage": dg.TableColumnLineage({}), "heirloom/column_influences": ["a"]},
            r"x: metadata 'heirloom/column_influences' holds 'a', not an \[asset key, column\] pair",
        ),
        (
            {"dagster/column_lineage": dg.TableColumnLineage({"a": [dg.TableColumnDep("y", column_name="b")]})},
            r"x is made from unknown 'y'",
        ),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_read_is_refused(metadata, sentence):
    with pytest.raises(RiskError, match=sentence):
        inherit(dg.Definitions(assets=[dg.AssetSpec("x", metadata=metadata)]), register=REGISTER)


def test_a_finding_that_came_by_many_columns_is_one_row():
    names = [f"c{n}" for n in range(9)]
    deps = {name: [dg.TableColumnDep(["shop", "customers"], "name")] for name in names}
    heir = dg.AssetSpec("heir", metadata={"dagster/column_lineage": dg.TableColumnLineage(deps)})
    spec = specs(inherit(dg.Definitions(assets=[shop(column="name"), heir]), register=REGISTER))["heir"]
    assert len(spec.metadata["heirloom/risks"]["inherited"]) == 9
    assert spec.metadata["heirloom/risk_table"].value.splitlines()[2:] == [
        "| privacy.pii | high | static | 1 | c0, c1, c2, c3, 5 more | open | shop/customers > heir (9 routes) | names |"
    ]


def test_what_the_ui_gets_is_capped_and_says_so():
    sources = [carries("privacy.pii", note="a|b")(dg.AssetSpec(f"s{n}")) for n in range(40)]
    chain = [dg.AssetSpec("c0", deps=sources), *(dg.AssetSpec(f"c{n}", deps=[f"c{n - 1}"]) for n in range(1, 30))]
    defs = dg.Definitions(assets=[*sources, *chain])
    spec = specs(inherit(defs, register=REGISTER))["c29"]
    shown = spec.metadata["heirloom/risks"]
    assert (len(shown["inherited"]), shown["omitted"]) == (25, 15)
    assert "... 19 more ..." in shown["inherited"][0]["route"]
    table = spec.metadata["heirloom/risk_table"].value
    assert "a\\|b" in table
    assert "15 more: see `risks_of(defs)`" in table
    assert len(json.dumps(shown)) + len(table) < 25_000
    assert len(risks_of(defs, register=REGISTER)["c29"].inherited) == 40


PRINT_ALL = """
import json, sys
sys.path[:0] = sys.argv[1:]
from test_risk_definitions import REGISTER, inherit, planted, specs
for key, spec in sorted(specs(inherit(planted(7)[0], register=REGISTER)).items()):
    print(json.dumps([key, list(spec.tags.items()), spec.metadata["heirloom/risks"]]))
"""


def test_the_answer_is_the_same_for_every_hash_seed():
    paths = [str(Path(__file__).parent), str(Path.cwd())]
    printed = [
        subprocess.run(
            [sys.executable, "-c", PRINT_ALL, *paths],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "4242")
    ]
    assert printed[0] == printed[1]
    assert '"route": ["clv/t' in printed[0]
