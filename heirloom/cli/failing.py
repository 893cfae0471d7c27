"""Refusals become one sentence on stderr and exit code 1; everything else stays a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


def in_a_sentence(function: Callable[P, R]) -> Callable[P, R]:
    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if isinstance(error, _refusals()):
                raise click.ClickException(str(error)) from error
            raise

    return told


def _refusals() -> tuple[type[Exception], ...]:
    """Imported when something failed: the shop brings numpy, of which most commands know nothing."""
    from governance.risk.errors import RiskError
    from heirloom.sample_shop.errors import ShopError
    from heirloom.settings import SettingError
    from lakehouse.errors import LakehouseError

    return LakehouseError, RiskError, SettingError, ShopError
