import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg
import pyarrow.fs as pafs
import pytest

from lakehouse.errors import FileDamaged, LakehouseError, LakeUnavailable, TableMissing
from lakehouse.files import Model, ModelIOManager, Page, ReportIOManager, Store
from lakehouse.read_gate import gated

FILES = {"weights.txt": b"1.5", "trees/0.json": b"{}", "empty": b"", "packed.gz": gzip.compress(b"{}")}
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Slope:
    """A model of one number."""

    value: float

    def files(self) -> Mapping[str, bytes]:
        return {"slope.json": json.dumps(self.value).encode()}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> "Slope":
        return cls(json.loads(files["slope.json"]))

    def about(self) -> dict[str, object]:
        return {"as_of": "2026-01-01"}


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path, package):
    if request.param == "disk":
        return Store(str(tmp_path / "files"))
    place = request.getfixturevalue("s3")
    return Store(f"s3://shop/{package}", s3={**place, "access-key-id": "test", "secret-access-key": "hidden"})


def damage(store, path, change) -> None:
    system, root = store._root
    with system.open_input_stream(f"{root}/{path}") as source:
        data = source.read()
    with system.open_output_stream(f"{root}/{path}") as out:
        out.write(change(data))


def lose(store, path) -> None:
    system, root = store._root
    system.delete_file(f"{root}/{path}")


def listed(store) -> list[str]:
    system, root = store._root
    found = system.get_file_info(pafs.FileSelector(root, recursive=True))
    return sorted(one.path.removeprefix(f"{root}/") for one in found if one.type == pafs.FileType.File)


def test_what_was_put_is_got_with_its_manifest(store):
    url = store.put("clv/model", "1", FILES, about={"class": "x.Y"})
    manifest, files = store.get("clv/model")
    assert files == FILES
    assert url == f"{store.url}/clv/model/1"
    assert (manifest["class"], manifest["version"], manifest["files"].keys()) == ("x.Y", "1", FILES.keys())
    assert listed(store) == sorted(
        ["clv/model/current.json", "clv/model/1/manifest.json", *(f"clv/model/1/{path}" for path in FILES)]
    )


def test_older_versions_stay(store):
    store.put("m", "1", {"a": b"old"}, about={})
    store.put("m", "2", {"a": b"new"}, about={})
    assert [store.get("m", version)[1]["a"] for version in (None, "1", "2")] == [b"new", b"old", b"new"]
    assert store.current("m") == "2"


CHANGES = {
    "another byte": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "one byte more": lambda data: data + b"\n",
    "one byte less": lambda data: data[:-1],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", ["weights.txt", "manifest.json"])
def test_a_changed_byte_is_noticed(store, path, change):
    store.put("m", "1", FILES, about={"class": "x.Y"})
    damage(store, f"m/1/{path}", CHANGES[change])
    sentence = f"{path} of m version 1 in {store.url} changed since it was written: materialise m again, or release"
    with pytest.raises(FileDamaged, match=sentence):
        store.get("m")


@pytest.mark.parametrize("change", ["one byte less", "nothing"])
def test_a_damaged_pointer_is_noticed(store, change):
    store.put("m", "1", FILES, about={})
    damage(store, "m/current.json", CHANGES[change])
    with pytest.raises(FileDamaged, match=r"current\.json of m in .* changed since it was written"):
        store.get("m")
    assert store.get("m", "1")[1] == FILES


def test_a_manifest_that_was_rewritten_is_noticed(store):
    store.put("m", "1", FILES, about={"class": "x.Y"})
    damage(store, "m/1/manifest.json", lambda data: data.replace(b"x.Y", b"x.Z"))
    with pytest.raises(FileDamaged, match=r"manifest\.json of m version 1"):
        store.get("m")


def test_a_lost_file_is_noticed(store):
    store.put("m", "1", FILES, about={})
    lose(store, "m/1/weights.txt")
    with pytest.raises(FileDamaged, match=r"weights\.txt of m version 1 is gone"):
        store.get("m")


def test_what_was_never_put_says_how_to_make_it(store):
    with pytest.raises(TableMissing, match=f"clv/model does not exist yet in {store.url}: materialise clv/model first"):
        store.get("clv/model")


def test_an_unknown_version_is_named(store):
    store.put("m", "1", FILES, about={})
    with pytest.raises(TableMissing, match=f"m has no version 'nope' in {store.url}: its versions are the run ids"):
        store.get("m", "nope")


@pytest.mark.parametrize("path", ["manifest.json", "../m/current.json", "/etc/passwd", "a//b", "", "./a"])
def test_a_file_that_would_lie_elsewhere_is_refused(store, path):
    with pytest.raises(LakehouseError, match="m cannot keep a file"):
        store.put("m", "1", {path: b""}, about={})


@pytest.mark.parametrize("torn", range(5))
def test_torn_between_any_two_files_the_old_version_stays(store, monkeypatch, torn):
    store.put("m", "1", FILES, about={})
    write, left = Store._write, [torn]

    def tear(self, path, data):
        if left[0] == 0:
            raise RuntimeError(path)
        left[0] -= 1
        write(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_write", tear)
        with pytest.raises(RuntimeError, match=r"^m/"):
            store.put("m", "2", {"a": b"1", "b": b"2", "c": b"3"}, about={})
    assert store.get("m")[1] == FILES
    store.put("m", "2", {"a": b"1"}, about={})
    assert store.get("m")[1] == {"a": b"1"}


def test_a_write_that_breaks_off_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    store = Store(str(tmp_path))
    store.put("m", "1", {"a": b"old"}, about={})
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(LakeUnavailable, match=r"a in .* \(HEIRLOOM_FILES\): .*No space left on device; nothing was"):
        store.put("m", "1", {"a": b"new"}, about={})
    monkeypatch.undo()
    assert store.get("m")[1] == {"a": b"old"}
    assert sorted(one.name for one in (tmp_path / "m").rglob("*") if one.is_file()) == [
        "a",
        "current.json",
        "manifest.json",
    ]


def test_a_folder_that_cannot_be_written_is_named_and_works_once_it_can(tmp_path):
    (tmp_path / "files").write_text("in the way")
    store = Store(str(tmp_path / "files"))
    with pytest.raises(
        LakeUnavailable, match=rf"{tmp_path}/files \(HEIRLOOM_FILES\): .*nothing was released, run again"
    ):
        store.put("m", "1", FILES, about={})
    (tmp_path / "files").unlink()
    store.put("m", "1", FILES, about={})
    assert store.get("m")[1] == FILES


def test_a_bucket_that_does_not_exist_is_named(s3):
    store = Store("s3://nowhere/files", s3={**s3, "access-key-id": "test", "secret-access-key": "test"})
    with pytest.raises(LakeUnavailable, match=r"in s3://nowhere/files \(HEIRLOOM_FILES\)"):
        store.put("m", "1", FILES, about={})


def test_an_endpoint_that_does_not_answer_is_named():
    place = {"endpoint": "http://127.0.0.1:1", "region": "eu-central-1"}
    store = Store("s3://shop/files", s3={**place, "access-key-id": "test", "secret-access-key": "test"})
    with pytest.raises(LakeUnavailable, match=r"in s3://shop/files \(HEIRLOOM_FILES\)"):
        store.get("m")


def test_no_key_is_printed():
    assert "hidden" not in repr(Store("s3://shop/files", s3={"secret-access-key": "hidden"}))


def location(store, slope, *, checks=()):
    @dg.asset
    def training() -> int:
        return 1

    @dg.asset(ins={"training": dg.AssetIn("training")}, io_manager_key="models", code_version="7")
    def model(training: int) -> Slope:
        return Slope(slope[0])

    @dg.asset(io_manager_key="reports")
    def report(model: Slope) -> Page:
        beside = {"slope.txt": str(model.value).encode()}
        return Page(f"<p>{model.value}</p>", figures={"slope": model.value}, beside=beside)

    @dg.asset(io_manager_key="reports")
    def copy(report: Page) -> Page:
        return report

    return gated(
        dg.Definitions(
            assets=[training, model, report, copy],
            asset_checks=checks,
            resources={
                "io_manager": dg.mem_io_manager,
                "models": ModelIOManager(store),
                "reports": ReportIOManager(store),
            },
        )
    )


def run(defs, instance, *names):
    return defs.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey(name) for name in names],
        instance=instance,
        run_config=SILENT,
        raise_on_error=False,
    )


def test_a_model_is_written_in_its_own_format_and_read_by_its_annotation(store, instance):
    slope = [2.0]
    defs = location(store, slope)
    first = run(defs, instance, "training", "model")
    assert run(defs, instance, "report").success
    assert store.get("report")[1] == {"index.html": b"<p>2.0</p>", "slope.txt": b"2.0"}
    slope[0] = 3.0
    assert run(defs, instance, "training", "model", "report", "copy").success
    assert store.get("copy")[1] == {"index.html": b"<p>3.0</p>", "slope.txt": b"3.0"}
    older = Slope.from_files(store.get("model", first.run_id)[1])
    assert older == Slope(2.0)


def test_the_manifest_says_what_the_model_was_made_of(store, instance):
    defs = location(store, [2.0])
    result = run(defs, instance, "training", "model")
    manifest, _ = store.get("model")
    event = instance.get_latest_materialization_event(dg.AssetKey("training")).asset_materialization
    assert manifest["class"] == f"{Slope.__module__}.Slope"
    assert manifest["inputs"] == {"training": event.tags["dagster/data_version"]}
    assert manifest["libraries"].keys() >= {"python", "numpy", "scipy"}
    assert (manifest["code_version"], manifest["as_of"], manifest["version"]) == ("7", "2026-01-01", result.run_id)
    assert datetime.fromisoformat(manifest["written_at"]).tzinfo is not None


def test_an_input_that_another_run_made_is_in_the_manifest_too(store, instance, package):
    @dg.asset(io_manager_key="models", deps=[dg.AssetKey([package, "orders"])])
    def model() -> Slope:
        return Slope(1.0)

    defs = dg.Definitions(
        assets=[model, dg.AssetSpec([package, "orders"])], resources={"models": ModelIOManager(store)}
    )
    snapshot = dg.AssetMaterialization([package, "orders"], tags={"dagster/data_version": "4711"})
    instance.report_runless_asset_event(snapshot)
    assert run(defs, instance, "model").success
    assert store.get("model")[0]["inputs"] == {f"{package}/orders": "4711"}


def test_the_event_names_the_version(store, instance):
    result = run(location(store, [2.0]), instance, "training", "model", "report")
    made = instance.get_latest_materialization_event(dg.AssetKey("model")).asset_materialization
    assert made.tags["dagster/data_version"] == made.metadata["heirloom/model_version"].value == result.run_id
    assert made.metadata["dagster/uri"].value == f"{store.url}/model/{result.run_id}"
    page = instance.get_latest_materialization_event(dg.AssetKey("report")).asset_materialization
    assert page.metadata["slope"].value == 2.0
    assert page.metadata["heirloom/report"].value == f"{store.url}/report/{result.run_id}/index.html"


def test_a_failed_gate_stops_those_who_read_a_model_later(tmp_path, instance):
    @dg.asset_check(asset="model", blocking=True)
    def ranks(model: Slope) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=model.value > 2, description=f"slope {model.value}")

    slope = [1.0]
    defs = location(Store(str(tmp_path)), slope, checks=[ranks])
    assert not run(defs, instance, "training", "model").success
    result = run(defs, instance, "report")
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "model must not be read: its gate ranks failed: slope 1.0" in str(failed.event_specific_data.error)
    slope[0] = 3.0
    assert run(defs, instance, "training", "model", "report").success


def test_anything_with_files_is_a_model():
    assert isinstance(Slope(1.0), Model)
    assert not isinstance(Page(""), Model)
