"""The only reader of the environment: every setting typed, checked at start, with a default below `./.heirloom/`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_HOME = ".heirloom"


class SettingError(ValueError):
    """A setting that cannot be used; its sentence names the variable and an example."""


class Secret(str):
    """A text that prints as ***."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    @property
    def shown(self) -> str:
        return str.__str__(self)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where everything is. One environment variable a field, named in its comment."""

    home: Path = field(default_factory=lambda: Path(_HOME).absolute())  # HEIRLOOM_HOME
    warehouse: str  # HEIRLOOM_WAREHOUSE
    catalog: str  # HEIRLOOM_CATALOG
    files: str  # HEIRLOOM_FILES
    shop: Secret  # HEIRLOOM_SHOP
    s3_endpoint: str | None = None  # HEIRLOOM_S3_ENDPOINT
    s3_region: str | None = None  # HEIRLOOM_S3_REGION
    pseudonym_key: Secret | None = None  # HEIRLOOM_PSEUDONYM_KEY
    env: str = "local"  # HEIRLOOM_ENV
    code_version: str | None = None  # HEIRLOOM_CODE_VERSION
    spark_master: str = "local[*]"  # SPARK_MASTER
    spark_remote: str | None = None  # SPARK_REMOTE
    spark_memory: str = "2g"  # HEIRLOOM_SPARK_MEMORY
    spark_packages: tuple[str, ...] = ()  # HEIRLOOM_SPARK_PACKAGES

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings of an environment; unknown HEIRLOOM_ names are errors, as a typo would be silent."""
        _refuse_unknown(environ)
        home = Path(environ.get("HEIRLOOM_HOME", _HOME)).absolute()
        return cls(
            home=home,
            warehouse=_place(environ, "HEIRLOOM_WAREHOUSE", default=str(home / "warehouse")),
            catalog=_catalog(environ, default=f"sqlite:///{home / 'catalog.db'}"),
            files=_place(environ, "HEIRLOOM_FILES", default=str(home / "files")),
            shop=_shop(environ, default=f"sqlite:///{home / 'shop.db'}"),
            s3_endpoint=environ.get("HEIRLOOM_S3_ENDPOINT"),
            s3_region=environ.get("HEIRLOOM_S3_REGION") or environ.get("AWS_REGION"),
            pseudonym_key=_key(environ),
            env=_env(environ),
            code_version=environ.get("HEIRLOOM_CODE_VERSION") or environ.get("DAGSTER_CLOUD_GIT_SHA"),
            spark_master=environ.get("SPARK_MASTER", "local[*]"),
            spark_remote=_remote(environ),
            spark_memory=_memory(environ),
            spark_packages=tuple(filter(None, environ.get("HEIRLOOM_SPARK_PACKAGES", "").split(","))),
        )


KNOWN = frozenset(
    "HEIRLOOM_HOME HEIRLOOM_WAREHOUSE HEIRLOOM_CATALOG HEIRLOOM_FILES HEIRLOOM_SHOP HEIRLOOM_S3_ENDPOINT "
    "HEIRLOOM_S3_REGION HEIRLOOM_PSEUDONYM_KEY HEIRLOOM_SPARK_MEMORY HEIRLOOM_SPARK_PACKAGES HEIRLOOM_ENV "
    "HEIRLOOM_CODE_VERSION".split()
)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    from difflib import get_close_matches

    for name in sorted(environ):
        if name.startswith("HEIRLOOM_") and name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            raise SettingError(f"{name} is no setting" + (f"; did you mean {near[0]}?" if near else ""))


def _place(environ: Mapping[str, str], name: str, *, default: str) -> str:
    value = environ.get(name, default)
    if "://" not in value:
        return str(Path(value).absolute())
    if not value.startswith("s3://") or not value.removeprefix("s3://").strip("/"):
        raise SettingError(
            f"{name}={value} is neither a folder nor s3://bucket/prefix, as in {name}=s3://shop-lake/prod"
        )
    return value


def _catalog(environ: Mapping[str, str], *, default: str) -> str:
    value = environ.get("HEIRLOOM_CATALOG", default)
    if value == "glue" or value.startswith(("http://", "https://")):
        return value
    if not value.startswith("sqlite:///"):
        raise SettingError(
            f"HEIRLOOM_CATALOG={value} is no catalog known here: sqlite:///file, glue, or a REST catalog's address, "
            "as in HEIRLOOM_CATALOG=https://catalog.example.org"
        )
    return f"sqlite:///{Path(value.removeprefix('sqlite:///')).absolute()}"


def _shop(environ: Mapping[str, str], *, default: str) -> Secret:
    value = environ.get("HEIRLOOM_SHOP", default)
    if value.startswith("sqlite:///"):
        return Secret(f"sqlite:///{Path(value.removeprefix('sqlite:///')).absolute()}")
    if not value.startswith("postgresql://"):
        raise SettingError(
            f"HEIRLOOM_SHOP={value.split('@')[-1]} is no database known here, as in "
            "HEIRLOOM_SHOP=postgresql://reader:secret@db:5432/shop or HEIRLOOM_SHOP=sqlite:///shop.db"
        )
    return Secret(value)


def _key(environ: Mapping[str, str]) -> Secret | None:
    value = environ.get("HEIRLOOM_PSEUDONYM_KEY")
    if value is not None and len(value) < 16:  # noqa: PLR2004
        raise SettingError(
            f"HEIRLOOM_PSEUDONYM_KEY has {len(value)} characters, it needs at least 16, "
            "as `python -c 'import secrets; print(secrets.token_hex(32))'` makes them"
        )
    return Secret(value) if value is not None else None


def _env(environ: Mapping[str, str]) -> str:
    value = environ.get("HEIRLOOM_ENV") or environ.get("DAGSTER_CLOUD_DEPLOYMENT_NAME") or "local"
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", value):
        raise SettingError(f"HEIRLOOM_ENV={value} is no name of an environment, as in HEIRLOOM_ENV=prod")
    return value


def _remote(environ: Mapping[str, str]) -> str | None:
    value = environ.get("SPARK_REMOTE") or None
    if value and not value.startswith(("sc://", "local")):
        raise SettingError(f"SPARK_REMOTE={value} is no Spark Connect address, as in SPARK_REMOTE=sc://spark:15002")
    return value


def _memory(environ: Mapping[str, str]) -> str:
    value = environ.get("HEIRLOOM_SPARK_MEMORY", "2g")
    if not (value[:-1].isdigit() and value[-1] in "mg"):
        raise SettingError(f"HEIRLOOM_SPARK_MEMORY={value} is no amount of memory, as in HEIRLOOM_SPARK_MEMORY=4g")
    return value


def read() -> Settings:
    """The settings of this process."""
    return Settings.read(os.environ)
