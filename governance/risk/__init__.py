"""Inherited risk for anyone's Dagster definitions: declare a risk where it arises, and every heir shows it.

```python
@carries("definition.gift_cards_as_revenue", note="counted when sold")
@dg.asset
def orders() -> None: ...

defs = inherit(dg.Definitions(assets=[orders]), register=Register.read(CATALOGUE))
```
"""

from governance.risk.acceptances import Acceptance, Acceptances
from governance.risk.arrivals import Arrival, AssetRisks, Gap, worst
from governance.risk.carries import assessed, carries, resolves
from governance.risk.definitions import inherit, risks_of
from governance.risk.errors import RiskError
from governance.risk.evidence import evidence
from governance.risk.findings import Finding, Resolution
from governance.risk.gates import governed
from governance.risk.inheritance import Inheritance, inheritance
from governance.risk.node import Lineage, Node
from governance.risk.proof import Evidence, Proof
from governance.risk.register import CATALOGUE, Register, Risk, Severity
from governance.risk.reviews import due, overdue

__all__ = [
    "CATALOGUE",
    "Acceptance",
    "Acceptances",
    "Arrival",
    "AssetRisks",
    "Evidence",
    "Finding",
    "Gap",
    "Inheritance",
    "Lineage",
    "Node",
    "Proof",
    "Register",
    "Resolution",
    "Risk",
    "RiskError",
    "Severity",
    "assessed",
    "carries",
    "due",
    "evidence",
    "governed",
    "inherit",
    "inheritance",
    "overdue",
    "resolves",
    "risks_of",
    "worst",
]
