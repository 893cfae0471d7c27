"""The code locations that a workspace.yaml names, as Dagster itself reads it."""

from pathlib import Path

from dagster._core.remote_origin import CodeLocationOrigin, ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.workspace.load import location_origins_from_yaml_paths

from heirloom.locations import Location, LocationUnreadable


def locations_in(file: Path) -> list[Location]:
    try:
        origins = location_origins_from_yaml_paths([str(file)])
    except Exception as error:  # Dagster raises whatever its parsers do
        said = " ".join(str(error).split())
        raise LocationUnreadable(f"{file} is no workspace: {said}") from error
    if not origins:
        raise LocationUnreadable(f"{file} names no code location. List them under 'load_from:'.")
    return [_location(origin, file) for origin in origins]


def _location(origin: CodeLocationOrigin, file: Path) -> Location:
    if not isinstance(origin, ManagedGrpcPythonEnvCodeLocationOrigin):
        return Location(name=origin.location_name)
    target = origin.loadable_target_origin
    # Dagster looks from where it was started; from elsewhere the workspace's own folder is meant.
    folders = (Path(target.working_directory or Path.cwd()), file.resolve().parent)
    return Location(
        name=origin.location_name,
        module=target.module_name or target.package_name or target.autoload_defs_module_name,
        file=Path(target.python_file) if target.python_file else None,
        attribute=target.attribute,
        folders=folders,
    )
