"""The lakehouse's own exceptions: each sentence says what, which, and what to do."""

import re
from collections.abc import Iterator

_STATED = re.compile(r"^(?:: |Caused by: )([\w.$]+)(?:: (.*))?$", re.MULTILINE)


class LakehouseError(Exception):
    """Anything the lakehouse refuses or cannot do."""


class ContractError(LakehouseError):
    """A contract that cannot be loaded or enforced as it is written."""


class SchemaMismatch(LakehouseError):
    """A frame whose columns are not those of its contract, or a contract that its table cannot follow."""


class TableMissing(LakehouseError):
    """A table that is read before it was ever written."""


class GateClosed(LakehouseError):
    """A table whose current version failed one of its gates, or has not passed it yet."""


class LakeUnavailable(LakehouseError):
    """Catalog, warehouse, source or jars that cannot be reached."""


class FileDamaged(LakehouseError):
    """A stored model or report whose bytes are not those of its manifest."""


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the root last."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def stated(error: BaseException) -> list[tuple[str, str]]:
    """The exceptions that one Python exception tells of, the root last: class and message. Java's come as text."""
    text = f"{error}\n{getattr(error, '_stackTrace', None) or ''}"
    return _STATED.findall(text) or [(f"{type(error).__module__}.{type(error).__qualname__}", str(error))]


def reason(error: BaseException) -> str:
    """What went wrong at the root, in one line."""
    *_, root = chain(error)
    kind, said = stated(root)[-1]
    lines = said.strip().splitlines()
    return (lines[0] if lines else kind.rpartition(".")[2])[:300]
