import json
import subprocess
import sys
from random import Random

import dagster as dg
import pytest

from governance.risk import CATALOGUE, Register, carries, inherit, risks_of
from heirloom.definitions import build_defs, defs
from heirloom.settings import Settings

GRAPH = defs.resolve_asset_graph()
SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
MADE = sorted(node.key.to_user_string() for node in GRAPH.asset_nodes if node.is_materializable)
HEAVY = {"pandas", "scipy", "mlflow", "lightgbm", "xgboost", "boto3", "pyiceberg", "dagster_pyspark", "dagster_aws"}


@pytest.mark.parametrize("key", sorted(SPECS))
def test_every_asset_says_who_what_where_and_its_risk_state(key):
    spec = SPECS[key]

    assert spec.owners
    assert spec.kinds
    assert spec.group_name
    assert spec.group_name != "default"
    assert spec.description
    assert spec.tags["risk_state"] in {"clean", "risks", "not_assessed"}


@pytest.mark.parametrize("key", MADE)
def test_every_asset_made_here_is_checked(key):
    assert GRAPH.get(dg.AssetKey.from_user_string(key)).check_keys


def test_no_dependency_is_misspelt():
    stubs = [n.key for n in GRAPH.asset_nodes if n.metadata.get("dagster/auto_created_stub_asset")]

    assert stubs == []


def test_every_table_is_taken_by_argument_so_that_its_gates_are_seen():
    for assets in GRAPH.assets_defs:
        if assets.is_executable and assets.keys:
            assert set(assets.keys_by_input_name.values()) >= set(assets.asset_deps[assets.key])


def test_the_definitions_validate():
    dg.Definitions.validate_loadable(defs)


def test_loading_imports_nothing_heavy_and_starts_no_jvm():
    code = "import sys, json, heirloom.definitions; print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"
    loaded = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(json.loads(loaded.stdout)) == set()


def test_a_random_risk_on_every_root_reaches_every_descendant():
    random = Random()
    bare = build_defs(settings=Settings.read({}))
    register = Register.read(CATALOGUE)
    roots = [node.key for node in GRAPH.asset_nodes if not node.parent_keys]
    planted = {key: random.choice(sorted(register.risks)) for key in roots}

    def plant(spec):
        return carries(planted[spec.key], note="planted")(spec) if spec.key in planted else spec

    told = inherit(bare.permissive_map_resolved_asset_specs(func=plant, selection=None), register=register)

    tags = {spec.key: spec.tags for spec in told.resolve_all_asset_specs()}
    for root, risk in planted.items():
        for heir in _descendants(root):
            assert f"inherited/{risk}" in tags[heir], (root, risk, heir)


def test_the_price_risk_of_the_till_reaches_the_score_through_the_model():
    risks = risks_of(defs, register=Register.read(CATALOGUE))["clv/customer_scores"]
    found = [one for one in risks.inherited if one.risk == "definition.tax_included"]

    assert found
    assert found[0].origin == "shop/transactions"
    assert found[0].route[-1] == "clv/customer_scores"
    assert SPECS["clv/customer_scores"].tags["inherited/definition.tax_included"] == "high"


@pytest.mark.parametrize("key", ["clv/customers", "clv/value_report"])
def test_the_risk_of_names_is_on_what_it_reaches(key):
    assert SPECS[key].tags["inherited/privacy.pii_exposure"] == "high"


@pytest.mark.parametrize("key", ["clv/transactions", "clv/customer_features", "clv/value_model", "clv/customer_scores"])
def test_the_risk_of_names_is_absent_where_no_name_goes(key):
    assert "inherited/privacy.pii_exposure" not in SPECS[key].tags


def test_schedules_and_jobs_are_these():
    repository = defs.get_repository_def()

    assert sorted(repository.schedule_defs and [s.name for s in repository.schedule_defs]) == [
        "land_orders_schedule",
        "make_features_schedule",
        "report_risks_nightly",
        "review_risks_nightly",
        "score_customers_schedule",
        "train_models_weekly",
    ]


def _descendants(root):
    seen, waiting = set(), [root]
    while waiting:
        for child in GRAPH.get(waiting.pop()).child_keys - seen:
            seen.add(child)
            waiting.append(child)
    return seen
