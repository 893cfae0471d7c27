import re
from pathlib import Path

import pytest
import yaml
from contract_files import column, contract, on_violation, predicate

import clv_assets
from lakehouse.contracts.document import contracts_in, read
from lakehouse.contracts.rules import RowRule, TableRule
from lakehouse.errors import ContractError

ORDERS = """\
apiVersion: v3.1.0
kind: DataContract
id: shop.orders
version: 1.2.0
status: active
description: {purpose: What was sold}
slaProperties:
  - {property: freshness, value: 36, unit: h}
customProperties:
  - {property: rejectedShare, value: 0.1}
schema:
  - name: orders
    physicalType: table
    properties:
      - {name: day, logicalType: date, required: true, partitioned: true}
      - {name: invoice, logicalType: string, primaryKey: true, logicalTypeOptions: {maxLength: 20}}
      - name: email
        logicalType: string
        classification: personal.email
      - name: country
        logicalType: string
        quality:
          - {metric: invalidValues, arguments: {validValues: [DE, AT]}, mustBe: 0}
      - {name: amount, logicalType: number, physicalType: "decimal(12,2)"}
      - {name: tags, logicalType: array, physicalType: array<string>}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
"""

# What is replaced in ORDERS, by what (`<<<` marks the line that is refused), and what is said.
REFUSED = {
    "unknown key": (
        "version: 1.2.0",
        "version: 1.2.0\nverison: 2 # <<<",
        "unknown key 'verison'; did you mean 'version'?",
    ),
    "unknown key far from any": ("kind:", "zzz: 1 # <<<\nkind:", "unknown key 'zzz'; known here: .*apiVersion"),
    "key twice": ("status: active", "status: active\nstatus: draft # <<<", "'status' is given twice"),
    "missing key": ("version: 1.2.0\n", "", "'version' is missing"),
    "empty key": ("id: shop.orders", "id: # <<<", r"'id' is empty: say text \(quote it\), or leave the key out"),
    "number for text": ("version: 1.2.0", "version: 1.2 # <<<", r"'version' must be text \(quote it\), not 1\.2"),
    "api version": ("v3.1.0", "v2.2.2 # <<<", r"apiVersion v2\.2\.2 is not read here"),
    "kind": ("kind: DataContract", "kind: Policy # <<<", "kind is 'Policy': a contract says DataContract"),
    "id": ("id: shop.orders", "id: Orders # <<<", "id 'Orders' must be <package>.<table>, as in clv.customers"),
    "version": ("version: 1.2.0", "version: v1 # <<<", "version 'v1' must be like 1.2.0"),
    "status": ("status: active", "status: live # <<<", "status 'live' is none of active, deprecated, draft"),
    "two tables": (
        "schema:\n",
        "schema: # <<<\n  - {name: other, properties: []}\n",
        "one contract is one table, here are 2",
    ),
    "table named otherwise": (
        "name: orders",
        "name: order # <<<",
        "table 'order' must be named as in id 'shop.orders'",
    ),
    "schema is no list": ("schema:\n", "schema: 1 # <<<\nservers:\n", "'schema' must be a list of mappings"),
    "column twice": ("{name: invoice,", "{name: day,", "column day is declared twice: names are unique in a table"),
    "column twice for Spark": ("name: country", "name: Day", "column Day, day is declared twice"),
    "column name": ("name: email", "name: e-mail # <<<", "column 'e-mail' must be letters, digits and _"),
    "column key": (
        "classification:",
        "clasification: x # <<<\n        classification:",
        "did you mean 'classification'",
    ),
    "flag as text": (
        "{name: tags,",
        "{name: tags, required: 'no', # <<<\n        ",
        "'required' must be true or false, not 'no'",
    ),
    "logical type": (
        "name: email\n        logicalType: string",
        "name: email\n        logicalType: strin # <<<",
        "logicalType 'strin' of column 'email' is not known; did you mean 'string'?",
    ),
    "physical type": (
        '"decimal(12,2)"}',
        '"decimal(39,2)"} # <<<',
        r"type 'decimal\(39,2\)' of column 'amount' is not known; did you mean 'decimal\(p,s\)'",
    ),
    "types disagree": (
        "{name: amount, logicalType: number",
        "{name: amount, logicalType: integer, physicalType: float} # <<<\n#",
        "column 'amount' is integer by its logicalType and float by its physicalType",
    ),
    "array without a type": (
        "logicalType: array, physicalType: array<string>}",
        "logicalType: array} # <<<",
        "column 'tags' needs a physicalType, such as array<string>",
    ),
    "class of personal data": (
        "classification: personal.email",
        "classification: personal # <<<",
        "classification 'personal' names no class of personal data, as in personal.email",
    ),
    "class of personal data spelt otherwise": (
        "classification: personal.email",
        "classification: PII # <<<",
        "'PII' names no class of personal data",
    ),
    "two partition columns": (
        "primaryKey: true",
        "partitioned: true",
        "one partition column at most, here are day, invoice",
    ),
    "partitioned by a moment": (
        "{name: day, logicalType: date, required: true, partitioned: true}",
        "{name: day, logicalType: timestamp, partitioned: true} # <<<",
        "a table is not partitioned by a timestamp, as 'day' is",
    ),
    "option": ("{maxLength: 20}}", "{maxLenght: 20}} # <<<", "unknown option 'maxLenght'; did you mean 'maxLength'?"),
    "option of another type": (
        "{maxLength: 20}}",
        "{maximum: 20}} # <<<",
        "option 'maximum' cannot be enforced on a column of type string",
    ),
    "option that is no number": (
        "{maxLength: 20}}",
        "{maxLength: -1}} # <<<",
        "option 'maxLength' needs a whole number from 0 on, not -1",
    ),
    "options that are no mapping": (
        "{maxLength: 20}}",
        "[20]} # <<<",
        r"'logicalTypeOptions' must be a mapping, not \[20\]",
    ),
    "minimum that is no date": (
        "{name: day, logicalType: date",
        "{name: day, logicalType: date, logicalTypeOptions: {minimum: never} # <<<\n        ",
        "'never' is no value of a column of type date",
    ),
    "minimum that is no finite number": (
        '"decimal(12,2)"}',
        '"decimal(12,2)", logicalTypeOptions: {minimum: .nan}} # <<<',
        "option 'minimum' needs a number, not nan",
    ),
    "multiple of 0": (
        '"decimal(12,2)"}',
        '"decimal(12,2)", logicalTypeOptions: {multipleOf: 0}} # <<<',
        "option 'multipleOf' needs a number other than 0",
    ),
    "broken pattern": (
        "{maxLength: 20}}",
        '{pattern: "[a-z"}} # <<<',
        "pattern '.a-z' is no regular expression: unterminated",
    ),
    "pattern that is no text": ("{maxLength: 20}}", "{pattern: 1}} # <<<", "a pattern must be text"),
    "quality type": (
        "- {metric: rowCount,",
        "- {type: text, # <<<\n          ",
        "quality type 'text' cannot be enforced; known: library, sql",
    ),
    "metric": (
        "metric: rowCount",
        "metric: freshness # <<<\n          ",
        "metric 'freshness' cannot be enforced here; known: row",
    ),
    "metric missing": ("metric: rowCount,", "", "'metric' is missing"),
    "metric of a column on the table": (
        "metric: rowCount",
        "metric: nullValues # <<<\n          ",
        "metric 'nullValues' cannot",
    ),
    "metric and rule": (
        "metric: rowCount,",
        "metric: rowCount, rule: rowCount, # <<<\n          ",
        "'metric' and 'rule' are two words for",
    ),
    "duplicates allowed": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{metric: duplicateValues, # <<<\n         arguments: {properties: [day]}, mustBeLessThan: 5}",
        "metric 'duplicateValues' cannot be enforced",
    ),
    "duplicates of no column": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{metric: duplicateValues, arguments: {properties: [invoce]}, mustBe: 0} # <<<",
        "rule 'invoce_unique' is on 'invoce', which is no column; did you mean 'invoice'?",
    ),
    "duplicates without columns": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{metric: duplicateValues, mustBe: 0} # <<<",
        "names its columns",
    ),
    "columns as text": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{metric: duplicateValues, mustBe: 0, arguments: {properties: day}} # <<<",
        "'properties' must be a list",
    ),
    "no bound": ("mustBeGreaterThan: 0", "severity: error} # <<<\n#", "exactly one bound of .*; here: none"),
    "two bounds": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, mustBeLessThan: 9} # <<<\n#",
        "mustBeGreaterThan, mustBeLessThan",
    ),
    "bound beside mustBe 0": (
        "[DE, AT]}, mustBe: 0}",
        "[DE, AT]}, mustBe: 0, mustBeLessThan: 5} # <<<",
        "exactly one bound",
    ),
    "bound that is no number": (
        "GreaterThan: 0",
        "GreaterThan: true} # <<<\n#",
        "mustBeGreaterThan needs a number, not True",
    ),
    "bounds the wrong way round": (
        "mustBeGreaterThan: 0",
        "mustBeBetween: [9, 1]} # <<<\n#",
        r"mustBeBetween needs two numbers \[low, high\]",
    ),
    "unit": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, unit: percent} # <<<\n#",
        "unit 'percent' cannot be enforced",
    ),
    "unit of a column": (
        "[DE, AT]}, mustBe: 0}",
        "[DE, AT]}, unit: pct, mustBe: 0} # <<<",
        "unit 'pct' is none of rows, percent",
    ),
    "argument": (
        "{validValues: [DE, AT]}",
        "{validValues: [DE, AT], caseSensitive: false} # <<<\n              ",
        "unknown argument 'caseSensitive'",
    ),
    "two ways of being valid": (
        "{validValues: [DE, AT]}",
        "{validValues: [DE, AT], pattern: x} # <<<\n              ",
        "one of the arguments",
    ),
    "no valid value": ("[DE, AT]}", "[]} # <<<\n              ", "'validValues' is empty: no row could be valid"),
    "country NO": (
        "[DE, AT]}",
        "[DE, NO]} # <<<\n              ",
        "False is no value of a column of type string: quote it",
    ),
    "valid values that are no list": ("[DE, AT]}", "DE} # <<<\n              ", "'validValues' must be a list"),
    "valid values elsewhere": (
        "- {metric: rowCount,",
        "- {metric: rowCount, validValues: [1], # <<<\n          ",
        "belongs into the arguments of",
    ),
    "severity": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, severity: info} # <<<\n#",
        "severity 'info' is none of error, warning",
    ),
    "onViolation": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, customProperties: [{property: onViolation, value: drop}]} # <<<\n#",
        "onViolation 'drop' is none of block, warn",
    ),
    "quarantine on the table": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, customProperties: [{property: onViolation, value: quarantine}]} # <<<\n#",
        "onViolation 'quarantine' is none of block, warn",
    ),
    "custom property of a rule": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, customProperties: [{property: owner, value: me}]} # <<<\n#",
        "custom property 'owner' is not known on this rule",
    ),
    "custom property": (
        "property: rejectedShare",
        "property: rejectShare # <<<\n   ",
        "custom property 'rejectShare' is not known here; known: rejectedShare",
    ),
    "share": ("value: 0.1", "value: 10 # <<<\n   ", "rejectedShare must be a number from 0 to 1, not 10"),
    "rule name": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, name: has rows} # <<<\n#",
        "rule name 'has rows' must be letters",
    ),
    "rule named like a check of every table": (
        "mustBeGreaterThan: 0",
        "mustBeGreaterThan: 0, name: schema} # <<<\n#",
        "rule name 'schema' is taken",
    ),
    "rule twice": (
        "mustBeGreaterThan: 0",
        "name: day_not_null, mustBeGreaterThan: 0",
        "rule day_not_null is declared twice",
    ),
    "engine": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{name: x, type: custom, engine: soda, # <<<\n       implementation: a}",
        "engine 'soda' is not here; a row predicate has engine: heirloom",
    ),
    "predicate without a name": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{type: custom, engine: heirloom, implementation: a > 1} # <<<",
        "this rule needs a 'name': its check is named like it",
    ),
    "empty predicate": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{name: x, type: custom, engine: heirloom, implementation: ' '} # <<<",
        "'implementation' is empty",
    ),
    "bound on a predicate": (
        "{metric: rowCount, mustBeGreaterThan: 0}",
        "{name: x, type: custom, engine: heirloom, implementation: a > 1, mustBe: 3} # <<<",
        "unknown key 'mustBe'",
    ),
    "service level": (
        "property: freshness",
        "property: availability # <<<\n   ",
        "service level 'availability' cannot be enforced",
    ),
    "freshness of a column": (
        "unit: h}",
        "unit: h, element: orders.day} # <<<",
        "freshness is that of the table, not of 'orders.day'",
    ),
    "freshness without a unit": (
        ", unit: h}",
        "} # <<<",
        "a freshness needs a number above 0 as 'value' and 'unit': h or d",
    ),
    "freshness twice": (
        "unit: h}",
        "unit: h}\n  - {property: latency, value: 1, unit: d} # <<<",
        "a table has one freshness",
    ),
    "not YAML": ("kind: DataContract", "kind: [DataContract\nid: 1 # <<<", "not YAML: "),
    "an alias into itself": (
        "description: {purpose: What was sold}",
        "description: &x {purpose: *x} # <<<",
        "not YAML: found unconstructable",
    ),
}

QUERIES = {
    "of another table": ("select count(1) from customers", "from .{object}"),
    "joined": ("select count(1) from ${object} join x", "from .{object}"),
    "grouped": ("select count(1) from ${object} where a > 1 group by b", "from .{object}"),
    "with a subquery": ("select count(1) from ${object} where a in (select 1)", "from .{object}"),
    "limited": ("select count(1) from ${object} limit 1", "from .{object}"),
    "no query": ("delete from ${object}", "from .{object}"),
    "distinct": ("select count(distinct country) from ${object}", "use approx_count_distinct"),
    "where on two aggregates": ("select max(a) - min(a) from ${object} where a > 0", "is more: put the condition into"),
    "where on two values": ("select max_by(a, b) from ${object} where a > 0", "is more: put the condition into"),
    "property on the table": ("select avg(${property}) from ${object}", "this rule is on the table"),
}

# One column of each kind, and the rules that its words become.
ACCEPTED = {
    "required": (column("a", "int", required=True), {"a_not_null": "`a` is not null"}),
    "range": (
        column("a", "int", logicalTypeOptions={"minimum": -1, "exclusiveMaximum": 5}),
        {"a_ge_minus_1": "`a` >= -1", "a_lt_5": "`a` < 5"},
    ),
    "float": (column("a", "double"), {"a_finite": "not isnan(`a`) and abs(`a`) < double('infinity')"}),
    "length": (
        column("a", "string", logicalTypeOptions={"minLength": 2, "maxLength": 3}),
        {"a_length_ge_2": "length(`a`) >= 2", "a_length_le_3": "length(`a`) <= 3"},
    ),
    "pattern": (column("a", "string", logicalTypeOptions={"pattern": r"^\d'$"}), {"a_matches": r"`a` rlike '^\\d\'$'"}),
    "items": (column("a", "array<int>", logicalTypeOptions={"minItems": 1}), {"a_items_ge_1": "size(`a`) >= 1"}),
    "multiple": (column("a", "int", logicalTypeOptions={"multipleOf": 3}), {"a_multiple_of_3": "`a` % 3 = 0"}),
    "date": (
        column("a", "date", logicalTypeOptions={"minimum": "2000-01-31"}),
        {"a_ge_2000_01_31": "`a` >= date '2000-01-31'"},
    ),
    "moment": (
        column("a", "timestamp_ntz", logicalTypeOptions={"maximum": "2030-01-01 00:00:00"}),
        {"a_le_2030_01_01_00_00_00": "`a` <= timestamp_ntz '2030-01-01 00:00:00'"},
    ),
    "valid values": (
        column(
            "a",
            "string",
            quality=[{"metric": "invalidValues", "arguments": {"validValues": ["x", "it's"]}, "mustBe": 0}],
        ),
        {"a_allowed": r"`a` in ('x', 'it\'s')"},
    ),
    "valid values of version 3.0": (
        column("a", "int", quality=[{"rule": "invalidValues", "validValues": [1, 2], "mustBe": 0}]),
        {"a_allowed": "`a` in (1, 2)"},
    ),
    "valid pattern": (
        column(
            "a",
            "string",
            quality=[{"metric": "invalidValues", "arguments": {"pattern": r"\p{Lu}(?<rest>.*+)"}, "mustBe": 0}],
        ),
        {"a_matches": r"`a` rlike '\\p{Lu}(?<rest>.*+)'"},
    ),
    "no nulls": (
        column("a", "int", quality=[{"metric": "nullValues", "unit": "percent", "mustBe": 0, "name": "known"}]),
        {"known": "`a` is not null"},
    ),
    "predicate": (column("a", "int", quality=[predicate("a_even", "a % 2 = 0")]), {"a_even": "a % 2 = 0"}),
}

TABLE_RULES = {
    "rows": ({"metric": "rowCount", "mustBeBetween": [1, 9]}, "row_count_between_1_9", "count(1)"),
    "rows against the last": (
        {
            "metric": "rowCount",
            "mustBeGreaterThan": 0.5,
            "customProperties": [{"property": "relativeTo", "value": "last"}],
        },
        "row_count_gt_0_5",
        "count(1)",
    ),
    "mean": (
        {"name": "mean", "type": "sql", "query": "SELECT avg(a) FROM ${object}", "mustBeLessThan": 1},
        "mean",
        "avg(a)",
    ),
    "mean of some": (
        {
            "name": "mean",
            "type": "sql",
            "query": "select avg(nullif(a, (0)))\nfrom ${object}\nwhere a is distinct from 2;",
            "mustBeLessThan": 1,
        },
        "mean",
        "avg(case when a is distinct from 2 then nullif(a, (0)) end)",
    ),
    "distinct": (
        {
            "name": "n",
            "type": "sql",
            "query": "select approx_count_distinct(a) + 0 from ${object}",
            "mustBeLessThan": 1,
        },
        "n",
        "approx_count_distinct(a) + 0",
    ),
}


@pytest.fixture
def orders(tmp_path):
    def write(text=ORDERS):
        path = tmp_path / "orders.yaml"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_enforced_is_refused_with_its_line(orders, name):
    old, new, sentence = REFUSED[name]
    text = ORDERS.replace(old, new, 1)
    assert text != ORDERS
    line = next((number for number, one in enumerate(text.splitlines(), 1) if "<<<" in one), r"\d+")
    path = orders(text)
    with pytest.raises(ContractError, match=rf"^{re.escape(str(path))}:{line}: .*{sentence}"):
        read(path)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_needs_a_job_of_its_own_is_refused(orders, name):
    query, sentence = QUERIES[name]
    path = orders(ORDERS.replace("{metric: rowCount,", f'{{name: x, type: sql, query: "{query}",'))
    with pytest.raises(ContractError, match=rf":27: .*{sentence}"):
        read(path)


@pytest.mark.parametrize("text", ["- 1\n", "text", ""])
def test_a_contract_is_a_mapping(orders, text):
    with pytest.raises(ContractError, match=r"orders\.yaml:1: a contract is one YAML mapping, not (list|str|NoneType)"):
        read(orders(text))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "orders.yaml").write_bytes(b"id: \xff")
    with pytest.raises(ContractError, match=r"orders\.yaml: not UTF-8"):
        read(tmp_path / "orders.yaml")


def test_an_unprintable_character_is_refused(orders):
    with pytest.raises(ContractError, match=r"orders\.yaml:\d+: not YAML"):
        read(orders(ORDERS.replace("What was sold", "What \x07")))


def test_the_whole_document(orders):
    contract = read(orders())
    assert (contract.reference, contract.key, contract.partition) == ("shop.orders@1.2.0", ("shop", "orders"), "day")
    assert (contract.freshness_hours, contract.description) == (36.0, "What was sold")
    assert contract.primary_key == ("invoice",)
    assert [one.type for one in contract.columns] == [
        "date",
        "string",
        "string",
        "string",
        "decimal(12,2)",
        "array<string>",
    ]
    assert {one.name: one.pii for one in contract.columns if one.pii} == {"email": "email"}
    assert [rule.name for rule in contract.rules] == [
        "types", "in_partition", "primary_key", "day_not_null", "invoice_not_null", "invoice_length_le_20",
        "country_allowed", "row_count_gt_0", "rejected_share",
    ]  # fmt: skip
    assert contract.table_rules[-1].limits == (0.1,)


def test_without_a_budget_half_of_the_rows_may_be_rejected(orders):
    contract = read(orders(re.sub(r"customProperties:\n.*\n", "", ORDERS, count=1)))
    assert contract.table_rules[-1].limits == (0.5,)


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_words_of_a_column_become_rules(tmp_path, name):
    words, expected = ACCEPTED[name]
    found = {rule.name: rule.predicate for rule in contract(tmp_path, "shop.t", [words]).row_rules}
    assert found == {"types": ""} | expected


@pytest.mark.parametrize("name", TABLE_RULES)
def test_rules_on_the_table_become_aggregates(tmp_path, name):
    words, check, aggregate = TABLE_RULES[name]
    rule, _ = contract(tmp_path, "shop.t", [column("a", "int")], quality=[words]).table_rules
    assert (rule.name, rule.aggregate, rule.consequence) == (check, aggregate, "block")
    assert rule.relative == ("last" in name)


@pytest.mark.parametrize(
    ("unit", "aggregate"),
    [
        ("percent", "100.0 * count_if(not coalesce(`a` is not null, true)) / nullif(count(1), 0)"),
        ("rows", "count_if(not coalesce(`a` is not null, true))"),
    ],
)
def test_a_bounded_number_of_bad_values_is_a_rule_on_the_table(tmp_path, unit, aggregate):
    words = {"metric": "nullValues", "unit": unit, "mustBeLessOrEqualTo": 5}
    rule, _ = contract(tmp_path, "shop.t", [column("a", "int", quality=[words])]).table_rules
    assert (rule.name, rule.aggregate) == ("a_not_null_le_5", aggregate)


@pytest.mark.parametrize(
    ("words", "consequence"),
    [
        ({}, "quarantine"),
        ({"severity": "error"}, "quarantine"),
        ({"severity": "warning"}, "warn"),
        (on_violation("block"), "block"),
        (on_violation("warn"), "warn"),
        ({"severity": "warning", **on_violation("block")}, "block"),
    ],
)
def test_severity_and_on_violation_decide_what_follows(tmp_path, words, consequence):
    rule = contract(tmp_path, "shop.t", [column("a", "int")], quality=[predicate("p", "a > 0", **words)]).row_rules[-1]
    assert rule.consequence == consequence


def test_a_column_says_what_follows_for_all_its_words(tmp_path):
    words = column("a", "double", required=True, unique=True, **on_violation("warn"))
    rules = contract(tmp_path, "shop.t", [words]).row_rules[1:]
    assert {rule.name: rule.consequence for rule in rules} == dict.fromkeys(
        ["a_not_null", "a_unique", "a_finite"], "warn"
    )


def test_keys_of_several_columns_are_unique_together(tmp_path):
    columns = [column("a", "int", primaryKey=True), column("b", "int", primaryKey=True), column("c", "int")]
    quality = [{"metric": "duplicateValues", "arguments": {"properties": ["b", "c"]}, "mustBe": 0}]
    rules = [rule for rule in contract(tmp_path, "shop.t", columns, quality=quality).row_rules if rule.kind == "unique"]
    assert {rule.name: rule.columns for rule in rules} == {"primary_key": ("a", "b"), "b_c_unique": ("b", "c")}


def test_a_folder_gives_its_contracts_by_asset_key(tmp_path):
    for table in ("a", "b"):
        contract(tmp_path, f"shop.{table}", [column("x", "int")])
    assert list(contracts_in(tmp_path)) == [("shop", "a"), ("shop", "b")]


def test_a_contract_under_another_name_is_refused(tmp_path):
    contract(tmp_path, "shop.a", [column("x", "int")])
    (tmp_path / "a.yaml").rename(tmp_path / "b.yaml")
    with pytest.raises(ContractError, match=r"b\.yaml:3: contract 'shop\.a' belongs in a\.yaml"):
        contracts_in(tmp_path)


def test_a_contract_with_another_ending_is_not_passed_over(tmp_path):
    contract(tmp_path, "shop.a", [column("x", "int")])
    (tmp_path / "a.yaml").rename(tmp_path / "a.yml")
    with pytest.raises(ContractError, match=r"a\.yml:1: contracts are read from \*\.yaml: rename it to a\.yaml"):
        contracts_in(tmp_path)


def test_the_digest_is_that_of_the_file(orders):
    one, other = read(orders()), read(orders(ORDERS + "\n"))
    assert one.digest != other.digest


def test_a_mark_stands_for_all_that_a_rule_says():
    rule = RowRule(name="p", predicate="a > 1")
    assert rule.mark == RowRule(name="p", predicate="a > 1", description="positive").mark
    others = [RowRule(name="p", predicate="a > 2"), RowRule(name="p", predicate="a > 1", consequence="warn")]
    assert rule.mark not in {other.mark for other in others}


@pytest.mark.parametrize(
    ("bound", "limits", "inside", "outside"),
    [
        ("mustBe", (1,), [1], [0.9, 2]),
        ("mustNotBe", (1,), [0.9, 2], [1]),
        ("mustBeGreaterThan", (1,), [1.1], [1, 0]),
        ("mustBeGreaterOrEqualTo", (1,), [1, 2], [0.9]),
        ("mustBeLessThan", (1,), [0.9], [1, 2]),
        ("mustBeLessOrEqualTo", (1,), [1, 0], [1.1]),
        ("mustBeBetween", (1, 2), [1, 1.5, 2], [0.9, 2.1]),
        ("mustNotBeBetween", (1, 2), [0.9, 2.1], [1, 1.5, 2]),
    ],
)
def test_bounds_and_no_bound_lets_nan_pass(bound, limits, inside, outside):
    rule = TableRule(name="r", aggregate="x", bound=bound, limits=limits)
    assert all(map(rule.allows, inside))
    assert not any(map(rule.allows, [*outside, float("nan")]))


def test_the_contracts_of_the_house_load_and_dump_alike(tmp_path):
    folder = Path(clv_assets.__file__).parent / "contracts"
    for key, one in contracts_in(folder).items():
        again = tmp_path / one.path.name
        again.write_text(yaml.safe_dump(yaml.safe_load(one.path.read_text())))
        assert {rule.mark for rule in read(again).rules} == {rule.mark for rule in contracts_in(folder)[key].rules}
