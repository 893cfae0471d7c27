"""Contracts laid over definitions: schema and partition column on every table's spec, one check a rule.

The checks scan nothing: they read the verdict that the write left.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import dagster as dg

from lakehouse.contracts.columns import Column
from lakehouse.contracts.document import Contract
from lakehouse.contracts.history import SCHEMA, current_verdicts, worst
from lakehouse.contracts.rules import RowRule, Rule, TableRule
from lakehouse.contracts.verdicts import Verdict
from lakehouse.errors import ContractError
from lakehouse.read_gate import CONSEQUENCE

CONTRACT = "heirloom/contract"


def contracted(defs: dg.Definitions, contracts: Mapping[tuple[str, str], Contract]) -> dg.Definitions:
    """`defs` with every contract's columns on its asset's spec and its rules as asset checks."""
    tables = {dg.AssetKey(list(path)): contract for path, contract in contracts.items()}
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    for key, contract in tables.items():
        _belongs(contract, specs.get(key))

    def describe(spec: dg.AssetSpec) -> dg.AssetSpec:
        contract = tables.get(spec.key)
        return _described(spec, contract) if contract else spec

    mapped = defs.permissive_map_resolved_asset_specs(func=describe, selection=None)
    checks = [_checks(key, contract) for key, contract in tables.items()]
    return dg.Definitions.merge(mapped, dg.Definitions(asset_checks=checks))


def _belongs(contract: Contract, spec: dg.AssetSpec | None) -> None:
    """Refuse a contract of nothing, and one that forgets the partitions of its asset."""
    if spec is None:
        asset = contract.id.replace(".", "/")
        raise ContractError(f"{contract.path}: there is no asset {asset}: write it, or correct the contract's id")
    if spec.partitions_def and not contract.partition:
        raise ContractError(
            f"{contract.path}: {spec.key.to_user_string()} has partitions, but none of its columns holds them: mark "
            "that column with 'partitioned: true'"
        )


def _described(spec: dg.AssetSpec, contract: Contract) -> dg.AssetSpec:
    described: dg.AssetSpec = spec.merge_attributes(metadata=_metadata(contract))
    if contract.freshness_hours is None:
        return described
    policy = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=contract.freshness_hours))
    fresh: dg.AssetSpec = dg.apply_freshness_policy(described, policy)
    return fresh


def _metadata(contract: Contract) -> dict[str, object]:
    partition = {"partition_expr": contract.partition} if contract.partition else {}
    return {
        "dagster/column_schema": dg.TableSchema(columns=[_column(column, contract) for column in contract.columns]),
        "dagster/table_name": f"lake.{contract.id}",
        "dagster/storage_kind": "iceberg",
        CONTRACT: f"{contract.reference} {contract.digest}",
        **partition,
    }


def _column(column: Column, contract: Contract) -> dg.TableColumn:
    own = [rule for rule in contract.row_rules if rule.column == column.name and rule.kind == "predicate"]
    alone = any(rule.kind == "unique" and rule.columns == (column.name,) for rule in contract.row_rules)
    return dg.TableColumn(
        name=column.name,
        type=column.type,
        description=column.description,
        constraints=dg.TableColumnConstraints(
            nullable=not column.required,
            unique=alone,
            other=[rule.predicate for rule in own if rule.name != f"{column.name}_not_null"],
        ),
        tags={"pii": column.pii} if column.pii else {},
    )


def _checks(key: dg.AssetKey, contract: Contract) -> dg.AssetChecksDefinition:
    columns = dg.AssetCheckSpec(
        SCHEMA.name,
        asset=key,
        blocking=True,
        description=f"the columns are those of {contract.reference}",
        metadata={CONSEQUENCE: "block"},
    )
    specs = [columns, *[_spec(key, rule) for rule in contract.rules]]

    @dg.multi_asset_check(name=f"{'__'.join(key.path)}__contract", specs=specs, can_subset=True)
    def verdict(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        verdicts = current_verdicts(context.instance, key)
        names = {check.name for check in context.selected_asset_check_keys}
        for rule in (SCHEMA, *contract.rules):
            if rule.name in names:
                yield _result(key, rule, verdicts)

    return verdict


def _spec(key: dg.AssetKey, rule: RowRule | TableRule) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        rule.name,
        asset=key,
        blocking=rule.consequence != "warn",
        description=rule.description or _said(rule),
        metadata={CONSEQUENCE: rule.consequence},
    )


def _said(rule: RowRule | TableRule) -> str:
    if isinstance(rule, TableRule):
        return f"{rule.aggregate} {rule.bound} {', '.join(map(str, rule.limits))}"
    return rule.predicate or f"{', '.join(rule.columns)} is unique"


def _result(key: dg.AssetKey, rule: Rule, verdicts: Sequence[Verdict | None]) -> dg.AssetCheckResult:
    passed, severity, description = worst(verdicts, rule)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=rule.name,
        passed=bool(passed),
        severity=severity,
        description=description,
        metadata={"violations": sum(verdict.violations.get(rule.name, 0) for verdict in verdicts if verdict)},
    )
