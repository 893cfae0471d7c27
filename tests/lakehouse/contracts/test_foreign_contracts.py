"""Documents as other tools write them: each construct of the standard loads, or is refused by name with its line."""

from pathlib import Path

import pytest

from lakehouse.contracts.document import contract_of
from lakehouse.contracts.foreign import adopted
from lakehouse.errors import ContractError

FOREIGN = """\
# Written by a catalogue
version: 2.1.0
id: 0b9c9a53-9f0e-4c3b-9f5e-7a3f3d1b2c4d
status: active
apiVersion: v3.0.2
kind: DataContract
name: payments
domain: finance
dataProduct: payments
tenant: Acme
tags: [money]
description: {purpose: What was paid, limitations: Card payments, usage: Reporting}
authoritativeDefinitions: [{type: canonical, url: "https://contracts.example/payments"}]
contractCreatedTs: "2026-01-01T00:00:00+00:00"
price: {priceAmount: 1, priceCurrency: EUR, priceUnit: megabyte}
team: {name: payments, members: [{username: maria, role: owner, dateIn: "2026-01-01"}]}
roles: [{role: reader, access: read, firstLevelApprovers: maria}]
support: [{channel: help, tool: email, url: "mailto:help@acme.example"}]
servers: [{server: dwh, type: postgres, host: dwh.example, port: 5432, database: dwh, schema: public}]
schema:
  - name: Payment
    physicalName: pay_1
    physicalType: table
    logicalType: object
    businessName: Payments
    dataGranularityDescription: One row a payment
    tags: [finance]
    properties:
      - name: payment_id
        physicalType: varchar(12)
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        quality:
          - type: library
            metric: nullValues
            mustBe: 0
            dimension: completeness
            severity: error
            businessImpact: operational
            scheduler: cron
            schedule: 0 20 * * *
            method: reconciliation
      - {name: country, logicalType: string, physicalType: "char[2]", logicalTypeOptions: {maxLength: 2}}
      - {name: paid, logicalType: boolean, physicalType: bool, examples: [true], criticalDataElement: false}
      - {name: amount, logicalType: number, physicalType: "numeric(12, 2)", encryptedName: amount_enc}
      - {name: items, logicalType: integer, physicalType: int4, transformLogic: count(1),
         transformSourceObjects: [lines], transformDescription: Lines of the payment}
      - {name: day, logicalType: date, physicalType: date, partitioned: true, partitionKeyPosition: 1}
  - name: Refund
    properties: [{name: id, logicalType: string, physicalType: varchar}]
slaProperties:
  - {property: latency, value: 4, unit: d}
"""

# What is written in its place (`<<<` marks the line that is refused), and what is said.
LIBRARY = "type: library\n            metric: nullValues\n            mustBe: 0\n"
REFUSED = {
    "foreign keys of a table": (
        "    tags: [finance]\n",
        "    relationships: [{type: foreignKey, from: [a], to: [b]}] # <<<\n",
        "key 'relationships' of the standard is not supported here: keys into other tables are not checked",
    ),
    "foreign keys of a column": (
        "        primaryKeyPosition: 1\n",
        "        relationships: [{to: refund.id}] # <<<\n",
        "key 'relationships' of the standard is not supported here",
    ),
    "lists by their items": (
        "physicalType: int4, ",
        "physicalType: int4, items: {logicalType: string}, # <<<\n         ",
        "key 'items' of the standard is not supported here: give the column its whole type",
    ),
    "columns of a column": (
        "physicalType: int4, ",
        "physicalType: int4, properties: [], # <<<\n         ",
        "key 'properties' of the standard is not supported here: a column has no columns",
    ),
    "objects": ("logicalType: boolean", "logicalType: object # <<<\n       ", "logicalType 'object' of column 'paid'"),
    "times of day": ("logicalType: boolean", "logicalType: time # <<<\n       ", "logicalType 'time' of column 'paid'"),
    "another tool's type": (
        "physicalType: bool,",
        'physicalType: "float(3,2)", # <<<\n       ',
        r"type 'float\(3,2\)' of column 'paid' is not known",
    ),
    "formats": ("{maxLength: 2}", "{format: uuid}} # <<<\n#", "option 'format' of the standard is not supported here"),
    "zones": ("{maxLength: 2}", "{timezone: true}} # <<<\n#", "option 'timezone' of the standard is not supported"),
    "distinct items": ("{maxLength: 2}", "{uniqueItems: true}} # <<<\n#", "option 'uniqueItems' of the standard"),
    "needed columns of an object": ("{maxLength: 2}", "{required: [a]}} # <<<\n#", "option 'required' of the standard"),
    "another tool's engine": (
        LIBRARY,
        "type: custom\n            engine: soda # <<<\n            implementation: {type: x}\n",
        "engine 'soda' is not here",
    ),
    "a rule in prose": (
        LIBRARY,
        "type: text # <<<\n",
        "quality type 'text' cannot be enforced; known: library, sql, custom",
    ),
    "a query by the table's name": (
        LIBRARY,
        "name: n\n            type: sql\n            query: select 1 from Payment # <<<\n            mustBe: 0\n",
        "a query must be 'select <aggregate> from .{object}",
    ),
    "other levels of service": (
        "{property: latency, value: 4, unit: d}",
        "{property: retention, value: 3, unit: y} # <<<",
        "service level 'retention' cannot be enforced here",
    ),
    "two partition columns": ("primaryKeyPosition: 1", "partitioned: true", "one partition column at most"),
    "another status": ("status: active", "status: production # <<<", "status 'production' is none of active"),
    "another tool's property": (
        "tags: [money]",
        "customProperties: [{property: cluster, value: x}] # <<<",
        "custom property 'cluster' is not known here",
    ),
    "an older standard": ("apiVersion: v3.0.2", "apiVersion: v2.2.2 # <<<", r"apiVersion v2\.2\.2 is not read here"),
}
TOLD = Path("theirs/payment.odcs.yaml")


def test_a_table_of_another_tool_becomes_a_contract_that_loads():
    text = adopted(FOREIGN.encode(), TOLD, id_="fin.payments", table="Payment")
    contract = contract_of(text.encode(), Path("payments.yaml"))
    assert (contract.id, contract.version, contract.partition) == ("fin.payments", "2.1.0", "day")
    assert contract.freshness_hours == 96
    assert {one.name: one.type for one in contract.columns} == {
        "payment_id": "string", "country": "string", "paid": "boolean", "amount": "decimal(12,2)", "items": "int",
        "day": "date",
    }  # fmt: skip
    assert [rule.name for rule in contract.row_rules if rule.kind == "predicate"] == [
        "payment_id_not_null",
        "payment_id_length_le_12",
        "country_length_le_2",
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_refused_by_name_with_the_line_of_the_other_tool(name):
    old, new, sentence = REFUSED[name]
    text = FOREIGN.replace(old, new, 1)
    assert text != FOREIGN
    line = next((number for number, one in enumerate(text.splitlines(), 1) if "<<<" in one), r"\d+")
    with pytest.raises(ContractError, match=rf"^{TOLD}:{line}: .*{sentence}"):
        adopted(text.encode(), TOLD, id_="fin.payments", table="Payment")


@pytest.mark.parametrize(
    ("table", "sentence"), [(None, "there are Payment, Refund"), ("x", "there are Payment, Refund")]
)
def test_of_several_tables_one_is_chosen(table, sentence):
    with pytest.raises(ContractError, match=f"20: one contract is one table: choose it with --table; {sentence}"):
        adopted(FOREIGN.encode(), TOLD, id_="fin.payments", table=table)
