"""Findings of tables that others own, as YAML, dbt and OpenMetadata write them down."""

import datetime as dt
import json

import pytest

from governance.risk import CATALOGUE, Finding, Register, RiskError, Severity, inheritance
from governance.risk.imports import findings_in
from governance.risk.placing import placed

REMAPPED = {
    "risk": "quality.remapped_codes",
    "severity": "high",
    "note": "Codes were remapped in 2026.",
}


@pytest.fixture
def read(tmp_path):
    def read(*documents):
        paths = []
        for number, document in enumerate(documents):
            yaml = isinstance(document, str)
            paths.append(tmp_path / f"{number}.{'yaml' if yaml else 'json'}")
            paths[-1].write_text(document if yaml else json.dumps(document))
        return findings_in(*paths)

    return read


def answer(findings, name):
    return inheritance(placed([], findings), register=Register.read(CATALOGUE))[name]


YAML = """\
lake.sales_channel:
  - risk: quality.remapped_codes
    column: channel
    severity: high
    owner: Data Engineering
    note: Codes were remapped in 2026.
    mitigation: New reports read the mapping table.
    mitigation_owner: Maria
    review_by: 2027-03-31
  - {risk: operations.stale_data, note: Exported on Mondays.}
lake.rates: []
"""


class TestYaml:
    def test_a_finding_has_all_the_words_of_carries(self, read):
        found = read(YAML)
        assert found["lake.sales_channel"][0] == Finding(
            risk="quality.remapped_codes",
            column="channel",
            severity=Severity.HIGH,
            owner="Data Engineering",
            note="Codes were remapped in 2026.",
            mitigation="New reports read the mapping table.",
            mitigation_owner="Maria",
            review_by=dt.date(2027, 3, 31),
        )
        assert len(found["lake.sales_channel"]) == 2

    def test_an_empty_list_is_an_assessment_that_found_nothing(self, read):
        assert read(YAML)["lake.rates"] == []
        assert answer(read(YAML), "lake.rates").state == "clean"

    def test_files_add_up(self, read):
        found = read(YAML, "lake.rates:\n  - {risk: quality.currency, note: Euro.}\n")
        assert [finding.risk for finding in found["lake.rates"]] == ["quality.currency"]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                YAML.replace("severity", "severty"),
                r"0\.yaml:2: lake\.sales_channel: a finding has no 'severty'.*'sever",
            ),
            (YAML.replace("high", "hihg"), r"0\.yaml:2: lake\.sales_channel: Unknown severity 'hihg'.*'high'"),
            (YAML.replace("2027-03-31", "soon"), r"0\.yaml:2: .*'review_by' must be a date such as 2027-03-31"),
            (YAML.replace(", note: Exported on Mondays.", ""), r"0\.yaml:10: lake\.sales_channel: .* needs note"),
            (YAML.replace("[]", "none"), r"0\.yaml:11: 'lake\.rates' must be a list of findings, or \[\] where"),
            (YAML.replace("[]", ""), r"0\.yaml:11: 'lake\.rates' must be a list of findings"),
            (YAML.replace("Maria", "~"), r"0\.yaml:8: 'mitigation_owner' of 'lake\.sales_channel' must be a text"),
            (YAML.replace("Maria", "[Maria]"), r"0\.yaml:8: 'mitigation_owner' .* must be a text"),
            (YAML + YAML, r"0\.yaml:12: 'lake\.sales_channel' is a duplicate, first given at .*0\.yaml:1"),
            ("lake.x:\n  - quality.currency\n", r"0\.yaml:2: expected a mapping"),
            ("- lake.x\n", r"0\.yaml:1: expected a mapping, such as 'lake\.sales_channel:' with indented lines"),
            ("", r"0\.yaml:1: expected a mapping"),
            ("a: [", r"0\.yaml:2: not YAML"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_file_and_line(self, read, text, sentence):
        with pytest.raises(RiskError, match=f"(?s){sentence}"):
            read(text)

    def test_an_unknown_risk_is_refused_with_the_nearest(self, read):
        with pytest.raises(
            RiskError, match=r"lake\.x: no register file knows .*'quality\.curency'.*'quality\.currency'"
        ):
            answer(read("lake.x:\n  - {risk: quality.curency, note: n}\n"), "lake.x")


def source(**fields):
    return {
        "resource_type": "source",
        "source_name": "lake",
        "name": "ch",
        "identifier": "ch",
        "database": "db",
        "schema": "lake",
        "relation_name": '"db"."lake"."ch"',
        "meta": {},
        "config": {"enabled": True},
        "columns": {},
        **fields,
    }


def manifest(*sources, **nodes):
    return {
        "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
        "nodes": nodes,
        "sources": {f"source.shop.lake.{number}": one for number, one in enumerate(sources)},
    }


class TestDbt:
    @pytest.mark.parametrize("relation", ['"db"."lake"."ch"', "`db`.`lake`.`ch`", "db.lake.ch", "[db].[lake].[ch]"])
    @pytest.mark.parametrize("asked", ["db.lake.ch", '"db"."lake"."ch"', "DB.LAKE.CH", "lake.ch", "lake/ch"])
    def test_a_source_is_found_by_its_relation_whatever_the_quotes(self, read, relation, asked):
        from governance.risk.names import Names

        nodes = placed([], read(manifest(source(relation_name=relation, meta={"heirloom": [REMAPPED]}))))
        assert Names(nodes).find(asked) == "db.lake.ch"

    @pytest.mark.parametrize(
        "where",
        [
            {"meta": {"heirloom": [REMAPPED]}},
            {"config": {"meta": {"heirloom": [REMAPPED]}}},
            {"source_meta": {"heirloom": [REMAPPED]}},
            {"meta": {"heirloom": [REMAPPED]}, "config": {"meta": {"heirloom": [REMAPPED]}}},
        ],
    )
    def test_meta_is_read_wherever_dbt_writes_it_and_once(self, read, where):
        assert read(manifest(source(**where))) == {"db.lake.ch": [Finding(**{**REMAPPED, "severity": Severity.HIGH})]}

    def test_models_seeds_and_snapshots_are_read_and_tests_are_not(self, read):
        found = read(
            manifest(
                **{
                    f"{kind}.shop.t": source(
                        resource_type=kind, relation_name=f"db.lake.{kind}", meta={"heirloom": [REMAPPED]}
                    )
                    for kind in ("model", "seed", "snapshot", "test", "operation")
                }
            )
        )
        assert {name.split(".")[-1] for name in found if "/" not in name} == {"model", "seed", "snapshot"}

    def test_columns_and_the_owner_of_the_table(self, read):
        column = {"name": "channel", "meta": {"heirloom": [REMAPPED]}}
        own = {**REMAPPED, "owner": "team:web"}
        found = read(
            manifest(source(meta={"owner": "Data Engineering", "heirloom": [own]}, columns={"channel": column}))
        )
        assert [(one.column, one.owner) for one in found["db.lake.ch"]] == [
            (None, "team:web"),
            ("channel", "Data Engineering"),
        ]

    def test_an_empty_list_was_assessed_and_no_key_was_not(self, read):
        found = read(manifest(source(meta={"heirloom": []}), source(relation_name="db.lake.other")))
        assert found == {"db.lake.ch": []}

    def test_a_source_goes_by_its_asset_key_too_where_that_differs(self, read):
        told = {"heirloom": [REMAPPED]}
        assert set(read(manifest(source(source_name="stripe", meta=told)))) == {"db.lake.ch", "stripe/ch"}
        keyed = {**told, "dagster": {"asset_key": ["ingest", "channels"]}}
        assert set(read(manifest(source(meta=keyed)))) == {"db.lake.ch", "ingest/channels"}

    def test_a_model_without_a_relation_goes_by_its_parts(self, read):
        model = source(relation_name=None, database=None, resource_type="model", meta={"heirloom": []})
        del model["source_name"]
        assert set(read(manifest(**{"model.shop.ch": model}))) == {"lake.ch"}

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"meta": {"heirlom": []}}, r"0\.json: source\.shop\.lake\.0: 'heirlom' is read by nobody.*'heirloom'"),
            ({"meta": {"Heirloom": []}}, r"'Heirloom' is read by nobody"),
            ({"meta": {"heirloom": [{**REMAPPED, "sverity": "low"}]}}, r"finding 1: .* no 'sverity'.*'severity'"),
            ({"meta": {"heirloom": REMAPPED}}, r"'heirloom' must be a list of findings, or \[\] where"),
            ({"meta": {"heirloom": None}}, r"'heirloom' must be a list of findings"),
            ({"meta": {"heirloom": ["pii"]}}, r"finding 1: a finding is a mapping"),
            ({"meta": ["heirloom"]}, r"'meta' must be a mapping"),
            ({"columns": {"c": {"meta": {"heirloom": [{"risk": "x"}]}}}}, r"lake\.0\.c, finding 1: .* needs note"),
            (
                {"columns": {"c": {"meta": {"heirloom": [{**REMAPPED, "column": "d"}]}}}},
                r"it stands on column 'c' already\. Leave out 'column'",
            ),
            ({"columns": {"c": "text"}}, r"source\.shop\.lake\.0\.c must be a mapping, not 'text'"),
            ({"alias": None, "identifier": None, "name": None, "meta": {"heirloom": []}}, r"'name' is missing"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_file_and_table(self, read, fields, sentence):
        with pytest.raises(RiskError, match=sentence):
            read(manifest(source(**fields)))

    def test_a_table_that_is_no_mapping_is_refused(self, read):
        with pytest.raises(RiskError, match=r"source\.shop\.lake\.0 must be a mapping, not 'x'"):
            read(manifest("x"))


def table(**fields):
    return {
        "id": "0a1b",
        "name": "sales_channel",
        "fullyQualifiedName": 'prod."shop.db".lake.sales_channel',
        "columns": [{"name": "channel", "dataType": "STRING", "tags": []}],
        "owners": [
            {"type": "team", "name": "de", "displayName": "Data Engineering"},
            {"type": "user", "name": "maria"},
        ],
        "tags": [],
        **fields,
    }


def tag(name, **fields):
    return {"tagFQN": name, "labelType": "Manual", "state": "Confirmed", "source": "Classification", **fields}


NAME = "prod.shop.db.lake.sales_channel"


class TestOpenMetadata:
    @pytest.mark.parametrize("name", ["heirloom.quality.remapped_codes", 'heirloom."quality.remapped_codes"'])
    def test_a_tag_of_our_classification_is_a_finding_of_all_owners(self, read, name):
        (one,) = read(table(tags=[tag(name, description="Remapped."), tag("PII.Sensitive")]))[NAME]
        assert (one.risk, one.column, one.owner, one.note) == (
            "quality.remapped_codes",
            None,
            "Data Engineering, maria",
            "Tagged in OpenMetadata: Remapped.",
        )

    def test_columns_and_columns_inside_columns(self, read):
        inner = {"name": "code", "tags": [tag("heirloom.quality.remapped_codes", state="Suggested")]}
        column = {"name": "channel", "tags": [tag("heirloom.quality.currency")], "children": [inner]}
        found = read(table(columns=[column]))[NAME]
        assert [(one.risk, one.column, one.note) for one in found] == [
            ("quality.currency", "channel", "Tagged in OpenMetadata."),
            ("quality.remapped_codes", "channel.code", "Suggested, not confirmed, in OpenMetadata."),
        ]

    @pytest.mark.parametrize("value", [[REMAPPED], json.dumps([REMAPPED]), "- " + json.dumps(REMAPPED)])
    def test_the_custom_property_holds_findings(self, read, value):
        (one,) = read(table(extension={"heirloom": value, "costCentre": 7}))[NAME]
        assert (one.risk, one.severity, one.owner) == (
            "quality.remapped_codes",
            Severity.HIGH,
            "Data Engineering, maria",
        )

    def test_an_empty_property_was_assessed_and_nothing_was_not(self, read):
        assert read(table(extension={"heirloom": "[]"})) == {NAME: []}
        assert read(table()) == {}

    def test_one_table_a_list_and_an_answer_of_the_api_read_alike(self, read):
        one = table(tags=[tag("heirloom.quality.currency")])
        assert read(one) == read([one]) == read({"data": [one], "paging": {"total": 1}})

    def test_an_old_export_has_one_owner_and_a_deleted_table_says_nothing(self, read):
        old = table(tags=[tag("heirloom.quality.currency")], owner={"name": "de"}, owners=None)
        assert read(old)[NAME][0].owner == "de"
        assert read(table(tags=[tag("heirloom.quality.currency")], deleted=True)) == {}

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"tags": [tag("heirlom.quality.currency")]}, r"0\.json: .*sales_channel: tag 'heirlom.*'heirloom'"),
            ({"extension": {"heirlooms": "[]"}}, r"sales_channel: 'heirlooms' is read by nobody"),
            ({"extension": {"heirloom": "a: ["}}, r"property 'heirloom' is not YAML"),
            ({"extension": {"heirloom": "remapped"}}, r"'heirloom' must be a list of findings"),
            (
                {"extension": {"heirloom": [{**REMAPPED, "noet": "x"}]}},
                r"finding 1: .* no 'noet'\. Did you mean 'note'",
            ),
            ({"tags": [{"state": "Confirmed"}]}, r"tag: 'tagFQN' is missing"),
            ({"columns": [{"dataType": "INT"}]}, r"column: 'name' is missing"),
            ({"owners": [{"type": "team"}]}, r"owner: 'name' is missing"),
            ({"fullyQualifiedName": ""}, r"table 1: 'fullyQualifiedName' is missing\. Export it anew, whole"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_file_and_table(self, read, fields, sentence):
        with pytest.raises(RiskError, match=sentence):
            read(table(**fields))


class TestFiles:
    def test_the_kind_of_a_file_must_show(self, read, tmp_path):
        with pytest.raises(RiskError, match=r"0\.json is neither a dbt manifest nor an OpenMetadata export"):
            read({"tables": []})
        (tmp_path / "x.csv").write_text("a")
        with pytest.raises(RiskError, match=r"x\.csv is neither YAML nor JSON\. Name it"):
            findings_in(tmp_path / "x.csv")

    def test_a_missing_and_a_broken_file_are_refused(self, tmp_path):
        for name in ("none.yaml", "none.json"):
            with pytest.raises(RiskError, match=rf"{name} cannot be read: No such file"):
                findings_in(tmp_path / name)
        (tmp_path / "x.json").write_text("{")
        with pytest.raises(RiskError, match=r"x\.json: not JSON: Expecting"):
            findings_in(tmp_path / "x.json")
        (tmp_path / "y.json").write_bytes(b"\xff")
        with pytest.raises(RiskError, match=r"y\.json: not JSON"):
            findings_in(str(tmp_path / "y.json"))
