"""The ledger's tables: one column a line, each with what it says. Later versions may add columns, nothing else."""

from collections.abc import Mapping

from lakehouse.contracts.columns import Column

NAMESPACE = "governance"
RUNS, FINDINGS, INHERITED, SINKS, VERDICTS = "runs", "findings", "inherited", "sinks", "verdicts"
CERTIFICATES = "certificates"


def _columns(*lines: str) -> tuple[Column, ...]:
    """Each `name type what it says`."""
    texts = (line.split(maxsplit=2) for line in lines)
    return tuple(Column(name=name, type=kind, description=text) for name, kind, text in texts)


_RUN = _columns(
    "run_id string The run that was recorded",
    "time timestamp When it was recorded: what the row says was known then",
    "env string Where: HEIRLOOM_ENV of the recorder",
    "code_version string The code that knew it",
)
_CHANGE = _columns(
    "id string The same for the same risk of the same asset and origin in every run",
    "fingerprint string Of all that the row says",
    "change string opened, changed, closed or held since the previous run; closed rows say what held before",
)
_RISK = _columns(
    "asset string The asset that has it",
    "risk string Its id in the register",
    "severity string low, medium, high or critical",
    "kind string direct, indirect, process or static",
    "state string open, claim, proven, broken, stale, ended, or not in force",
    "mitigated boolean Whether its mitigation was proven",
    "stands boolean Whether it counted: not ended, and in force",
    "evidence string The word for its proof",
    "note string What its author said",
    "owner string Whose it is",
    "mitigation string What is done about it",
    "mitigation_owner string By whom",
    "proof string The check that proves that",
    "opened_by string The check without whose failure there is no finding",
    "opened string The word for that check",
    "measured string The numbers that check left, as JSON",
    "review_by date When it wants to be looked at again",
    "valid_from date From when on it is in force",
    "valid_until date Until when",
    "accepted_by string Who had accepted it for this asset, at that time",
    "accepted_until date Until when",
    "accepted_why string Why",
    "ticket string The ticket of the acceptance",
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    RUNS: (
        *_RUN,
        *_columns(
            "job string The job",
            "selection array<string> The assets that it was to make or check",
            "partitions string The partition, or the first and last",
            "started timestamp When it began",
            "ended timestamp When it ended, as Dagster heard of it",
            "outcome string success, failure or canceled",
            "failed_steps array<string> The steps that failed",
            "health string healthy, degraded or failed",
            "previous string The run against which changes are told",
            "risks_open int Findings on its assets that nothing stands against",
            "risks_mitigated int Findings whose mitigation was proven",
            "risks_accepted int Findings that somebody had accepted",
            "checks_failed int Checks of its assets whose latest evaluation failed",
            "not_assessed int Its assets that rest on something nobody assessed",
            "unreadable int Its assets that rest on something that could not be read",
            "sinks int Its assets of which nothing more is made",
            "sensitive_columns int Columns with personal data in those",
        ),
    ),
    FINDINGS: (*_RUN, *_CHANGE, *_RISK, *_columns("column string The column that carries it; none for the asset")),
    INHERITED: (
        *_RUN,
        *_CHANGE,
        *_RISK,
        *_columns(
            "origin string Where it comes from: an asset, or group:<name>",
            "origin_column string The column there",
            "columns array<string> The columns that have it here",
            "via array<string> How it came: column, influence, assumed, asset",
            "distance int Assets on the nearest route",
            "route array<string> The nearest route",
            "routes bigint How many there are",
            "resolved_at string The asset that ends it on the way",
            "resolution string The word for the proof of that",
        ),
    ),
    SINKS: (
        *_RUN,
        *_columns(
            "asset string An asset of which nothing more is made",
            "in_run boolean Whether the run was to make or check it",
            "owners array<string> Whose it is",
            "worst string The worst severity that stood",
            "risks_open int Findings that nothing stands against",
            "risks_mitigated int Findings whose mitigation was proven",
            "risks_accepted int Findings that somebody had accepted",
            "sensitive array<string> Columns with personal data, with their classes; any column if lineage is unknown",
            "columns_known boolean Whether its columns are known at all",
        ),
    ),
    VERDICTS: (
        *_RUN,
        *_columns(
            "asset string Every asset, external ones too",
            "in_run boolean Whether the run was to make or check it",
            "external boolean Whether others make it",
            "table string The name of its table",
            "group string Its group",
            "state string clean, risks, not_assessed or unreadable",
            "unassessed string The nearest asset that nobody assessed",
            "unreadable string The nearest asset that could not be read",
            "made_by string The run that made its current version",
            "made_at timestamp When",
            "snapshot string The snapshot of its table then",
            "contract string The contract of that write, with version",
            "verdict string ok, warn or block; none where no contract judged it",
            "checks_passed int Checks whose latest evaluation passed",
            "checks_failed array<string> Checks whose latest evaluation failed",
            "checks_missing array<string> Checks that were never evaluated",
        ),
    ),
    CERTIFICATES: _columns(
        "sequence bigint Its number, from 1 on without gaps",
        "issued timestamp When it was issued",
        "env string Where",
        "asset string About which asset",
        "partition string About which partition",
        "run_id string The run that made it",
        "sha256 string Of the certificate's canonical JSON",
        "page_sha256 string Of its HTML page",
        "document string The certificate without the quoted row",
        "previous string The hash of the entry before",
        "hash string Of all other columns",
    ),
}
