"""Models and reports as files, on disk or S3: every version a folder of its own, one small pointer to the current one.

A model is any object with `files() -> {name: bytes}` and the classmethod `from_files`. A report is a `Page`.
"""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable
from uuid import uuid4

import dagster as dg
import pyarrow.fs as pafs

from lakehouse import read_gate
from lakehouse.errors import FileDamaged, LakehouseError, LakeUnavailable, TableMissing

_MANIFEST, _CURRENT, _SEAL = "manifest.json", "current.json", "sha256"
_LIBRARIES = ("numpy", "scipy", "lightgbm", "xgboost")


@runtime_checkable
class Model(Protocol):
    """Something fitted that can be written down in its own formats."""

    def files(self) -> Mapping[str, bytes]: ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self: ...


@dataclass(frozen=True)
class Page:
    """A self-contained HTML page, the few figures of it that belong in the catalogue, and files to keep beside it."""

    html: str
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Store:
    """Versioned folders below `url` (a folder or s3://bucket/prefix)."""

    url: str
    s3: Mapping[str, str] = field(default_factory=dict, repr=False)
    setting: str = "HEIRLOOM_FILES"

    @cached_property
    def _root(self) -> tuple[pafs.FileSystem, str]:
        if not self.url.startswith("s3://"):
            return pafs.LocalFileSystem(), self.url.removeprefix("file://")
        options: dict[str, Any] = {"endpoint_override": self.s3.get("endpoint"), "region": self.s3.get("region")}
        options |= {"access_key": self.s3.get("access-key-id"), "secret_key": self.s3.get("secret-access-key")}
        system = pafs.S3FileSystem(**{name: value for name, value in options.items() if value})
        return system, self.url.removeprefix("s3://")

    def put(self, name: str, version: str, files: Mapping[str, bytes], *, about: Mapping[str, Any]) -> str:
        """Write all files, their manifest, then the pointer: the version is there whole or not at all."""
        for path in files:
            _refuse_path(name, path)
        manifest = {**about, "version": version, "files": {path: _digest(data) for path, data in files.items()}}
        for path, data in files.items():
            self._write(f"{name}/{version}/{path}", data)
        self._write(f"{name}/{version}/{_MANIFEST}", _sealed(manifest))
        self._write(f"{name}/{_CURRENT}", _json({"version": version}))
        return f"{self.url}/{name}/{version}"

    def get(self, name: str, version: str | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        """The manifest and files of a version (the current one without), every byte checked."""
        version = version or self.current(name)
        manifest = self._manifest(name, version)
        files = {path: self._held(name, version, path) for path in manifest["files"]}
        damaged = [path for path, data in files.items() if _digest(data) != manifest["files"][path]]
        if damaged:
            raise self._damaged(f"{', '.join(damaged)} of {name} version {version}", name)
        return manifest, files

    def current(self, name: str) -> str:
        try:
            return str(json.loads(self._read(f"{name}/{_CURRENT}"))["version"])
        except FileNotFoundError as error:
            raise TableMissing(f"{name} does not exist yet in {self.url}: materialise {name} first") from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(f"{_CURRENT} of {name}", name) from error

    def _manifest(self, name: str, version: str) -> dict[str, Any]:
        """The manifest; a version is there once it has one."""
        try:
            data = self._read(f"{name}/{version}/{_MANIFEST}")
            manifest: dict[str, Any] = json.loads(data)
            del manifest[_SEAL]
        except FileNotFoundError as error:
            raise TableMissing(
                f"{name} has no version '{version}' in {self.url}: its versions are the run ids of its materialisations"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged(f"{_MANIFEST} of {name} version {version}", name) from error
        if data != _sealed(manifest):
            raise self._damaged(f"{_MANIFEST} of {name} version {version}", name)
        return manifest

    def _held(self, name: str, version: str, path: str) -> bytes:
        try:
            return self._read(f"{name}/{version}/{path}")
        except FileNotFoundError as error:
            raise self._damaged(f"{path} of {name} version {version} is gone:", name) from error

    def _damaged(self, what: str, name: str) -> FileDamaged:
        return FileDamaged(
            f"{what} in {self.url} changed since it was written: materialise {name} again, or release another version"
        )

    def _write(self, path: str, data: bytes) -> None:
        system, root = self._root
        target = f"{root}/{path}"
        try:
            if isinstance(system, pafs.LocalFileSystem):
                system.create_dir(target.rsplit("/", 1)[0])
                _replace(target, data)
            else:
                with system.open_output_stream(target, compression=None) as out:
                    out.write(data)
        except OSError as error:
            raise LakeUnavailable(self._refused(path, error)) from error

    def _read(self, path: str) -> bytes:
        """The bytes as they were written, whatever the file's name ends in."""
        system, root = self._root
        try:
            with system.open_input_stream(f"{root}/{path}", compression=None) as source:
                return bytes(source.read())
        except FileNotFoundError:
            raise
        except OSError as error:
            raise LakeUnavailable(self._refused(path, error)) from error

    def _refused(self, path: str, error: OSError) -> str:
        return f"{path} in {self.url} ({self.setting}): {str(error).splitlines()[0]}; nothing was released, run again"


def _replace(target: str, data: bytes) -> None:
    """A local file is written beside its place and moved there, so that readers see the old or the new one."""
    part = Path(f"{target}.{uuid4().hex[:8]}")
    try:
        part.write_bytes(data)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _refuse_path(name: str, path: str) -> None:
    parts = path.split("/")
    if path == _MANIFEST or not all(parts) or {".", ".."} & set(parts):
        raise LakehouseError(f"{name} cannot keep a file '{path}': it needs a relative path other than {_MANIFEST}")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    """The manifest with its own digest."""
    return _json({**manifest, _SEAL: _digest(_json(manifest))})


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode()


@dataclass(frozen=True)
class ModelIOManager(dg.IOManager):
    """A model class <-> its files; the consumer's annotation names the class."""

    store: Store

    def handle_output(self, context: dg.OutputContext, obj: Model) -> None:
        name, version_ = context.asset_key.to_user_string(), context.run_id
        about = {
            "class": f"{type(obj).__module__}.{type(obj).__qualname__}",
            "inputs": _inputs(context),
            "libraries": _libraries(),
            "code_version": _code_version(context),
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            **getattr(obj, "about", dict)(),
        }
        url = self.store.put(name, version_, obj.files(), about=about)
        context.step_context.set_data_version(context.asset_key, dg.DataVersion(version_))
        context.add_output_metadata({"heirloom/model_version": version_, "dagster/uri": url})

    def load_input(self, context: dg.InputContext) -> Any:
        read_gate.require_open(context)
        _, files = self.store.get(context.asset_key.to_user_string())
        return context.dagster_type.typing_type.from_files(files)


@dataclass(frozen=True)
class ReportIOManager(dg.IOManager):
    """A page -> `index.html`; the catalogue gets its address and its figures."""

    store: Store

    def handle_output(self, context: dg.OutputContext, obj: Page) -> None:
        name = context.asset_key.to_user_string()
        about = {"inputs": _inputs(context), "code_version": _code_version(context)}
        url = self.store.put(name, context.run_id, {**obj.beside, "index.html": obj.html.encode()}, about=about)
        address = f"{url}/index.html"
        shown = dg.MetadataValue.url(address) if "://" in address else dg.MetadataValue.path(address)
        context.add_output_metadata({"heirloom/report": shown, **dict(obj.figures)})

    def load_input(self, context: dg.InputContext) -> Page:
        read_gate.require_open(context)
        _, files = self.store.get(context.asset_key.to_user_string())
        return Page(html=files.pop("index.html").decode(), beside=files)


def _inputs(context: dg.OutputContext) -> dict[str, str | None]:
    """The data version of everything this step read: the snapshot ids a model was trained on."""
    step = context.step_context
    found = {}
    for key in step.job_def.asset_layer.asset_graph.get(context.asset_key).parent_keys:
        event = step.instance.get_latest_materialization_event(key)
        tags = (event.asset_materialization.tags or {}) if event and event.asset_materialization else {}
        found[key.to_user_string()] = tags.get("dagster/data_version")
    return found


def _code_version(context: dg.OutputContext) -> str:
    return context.asset_spec.code_version or version("heirloom")


def _libraries() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
