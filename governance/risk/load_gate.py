"""What a graph must satisfy before anything is inherited in it: every name that is used exists."""

from collections.abc import Mapping, Sequence

from governance.risk.errors import (
    FindingError,
    LineageMismatch,
    ProofMissing,
    UnknownAsset,
    UnknownRisk,
    did_you_mean,
)
from governance.risk.findings import Finding, Resolution
from governance.risk.node import Node
from governance.risk.register import Register

Groups = Mapping[str, Sequence[Finding]]


def refuse_unknown(nodes: Mapping[str, Node], *, register: Register, groups: Groups) -> None:
    """Raise on the first unknown risk, column, asset, group or proof."""
    _groups(nodes, register=register, groups=groups)
    for node in nodes.values():
        for declared in node.declared:
            _declared(declared, node.key, nodes, register=register)
        _columns(node)
        _edges(node)
        if node.lineage is not None:
            _lineage(node, nodes)


def _groups(nodes: Mapping[str, Node], *, register: Register, groups: Groups) -> None:
    known = {node.group for node in nodes.values()}
    for group, findings in groups.items():
        if group not in known:
            raise UnknownAsset(f"No asset is in group '{group}'.{did_you_mean(group, known)}")
        for finding in findings:
            _declared(finding, f"group:{group}", nodes, register=register)
            if finding.column is not None:
                raise FindingError(f"group:{group} has no column '{finding.column}'. Carry it on the asset.")


def _declared(declared: Finding | Resolution, where: str, nodes: Mapping[str, Node], *, register: Register) -> None:
    if declared.risk not in register:
        raise UnknownRisk(
            f"{where}: no register file knows the risk '{declared.risk}'.{did_you_mean(declared.risk, register)}"
        )
    for proof in declared.asks:
        _proof(proof, where, nodes)


def _proof(proof: str, where: str, nodes: Mapping[str, Node]) -> None:
    asset, _, check = proof.rpartition(":")
    if asset not in nodes:
        raise ProofMissing(f"{where}: proof '{proof}' names no asset.{did_you_mean(asset, nodes)}")
    if check not in nodes[asset].checks:
        hint = did_you_mean(check, nodes[asset].checks) or " Define the check, or make it before inherit()."
        raise ProofMissing(f"{where}: proof '{proof}' names no asset check.{hint}")


def _columns(node: Node) -> None:
    named = [finding.column for finding in node.findings if finding.column is not None]
    named += [column for resolution in node.resolutions for column in resolution.columns]
    if unknown := node.unknown(named):
        raise FindingError(f"{node.key}: a finding or resolution names {_no_column(unknown, node)}")


def _edges(node: Node) -> None:
    for end in node.resolutions:
        if end.parent is not None and end.parent not in node.parents:
            hint = did_you_mean(end.parent, node.parents)
            raise FindingError(f"{node.key}: a resolution names '{end.parent}', from which it is not made.{hint}")


def _lineage(node: Node, nodes: Mapping[str, Node]) -> None:
    assert node.lineage is not None
    if unknown := node.unknown(node.lineage.made_from):
        raise LineageMismatch(f"{node.key}: column lineage explains {_no_column(unknown, node)}")
    for parent, columns in sorted(node.lineage.reads.items()):
        if parent not in node.parents:
            raise LineageMismatch(
                f"{node.key}: column lineage reads '{parent}', which is not among its parents. Add it."
            )
        if unknown := nodes[parent].unknown(columns):
            raise LineageMismatch(f"{node.key}: column lineage reads {_no_column(unknown, nodes[parent])}")


def _no_column(column: str, node: Node) -> str:
    return f"'{column}', which is no column of {node.key}.{did_you_mean(column, node.columns or ())}"
