"""The lakehouse's own exceptions: each sentence says what, which, and what to do."""


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
