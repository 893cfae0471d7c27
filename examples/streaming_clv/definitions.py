"""The code location: the assets, with the risks that they inherit as tags."""

from pathlib import Path

import dagster as dg

from examples.streaming_clv.assets import ASSETS, CHECKS
from governance.risk import CATALOGUE, Register, inherit
from governance.risk.imports import findings_in

HERE = Path(__file__).parent
REGISTER = Register.read(CATALOGUE, HERE / "register.yaml")
FINDINGS = findings_in(HERE / "findings.yaml")

defs = inherit(
    dg.Definitions(assets=ASSETS, asset_checks=CHECKS, resources={"io_manager": dg.mem_io_manager}),
    register=REGISTER,
    findings=FINDINGS,
)
