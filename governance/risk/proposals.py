"""Columns that look like personal data and were given no class: for people to classify, or to clear in a reviewed file.

```yaml
mart/machines:
  owner_name: The owner of a machine is a department.
```
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from governance.risk.errors import RegisterError, did_you_mean
from governance.risk.inheritance import Inheritance
from governance.risk.sensitive import Sensitive
from governance.risk.sensitive_names import proposed
from governance.risk.yaml_lines import entries

Column = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A column without a class and the class that its name suggests."""

    asset: str
    column: str
    class_: str

    def as_json(self) -> dict[str, str]:
        return {"class" if name == "class_" else name: value for name, value in asdict(self).items()}


def proposals(risks: Inheritance, known: Iterable[Sensitive], *, cleared: Iterable[Column] = ()) -> list[Proposal]:
    """What nobody classified or cleared, and what holds no classified column either."""
    done = {*cleared, *((one.asset, one.column) for one in known)}
    done |= {(holder.asset, holder.column) for one in known for holder in one.holders if holder.column}
    open_ = [
        (key, column)
        for key, node in sorted(risks.nodes.items())
        for column in sorted(node.columns or ())
        if (key, column) not in done
    ]
    return [
        Proposal(asset=asset, column=column, class_=class_)
        for asset, column in open_
        if (class_ := proposed(column)) is not None
    ]


def cleared_in(*paths: Path | str, risks: Inheritance) -> dict[Column, str]:
    """The columns that these files clear, with the reasons; one that does not exist is refused with the nearest."""
    cleared: dict[Column, str] = {}
    for path in map(Path, paths):
        for entry in entries(path):
            key = risks.names.find(entry.name.value)
            if key is None:
                hint = did_you_mean(entry.name.value, risks.nodes)
                raise RegisterError(f"{entry.name.where}: no asset '{entry.name.value}'.{hint}")
            for column, reason in entry.fields.items():
                if unknown := risks.nodes[key].unknown([column]):
                    hint = did_you_mean(unknown, risks.nodes[key].columns or ())
                    raise RegisterError(f"{reason.where}: '{unknown}' is no column of {key}.{hint}")
                cleared[key, column] = reason.value
    return cleared
