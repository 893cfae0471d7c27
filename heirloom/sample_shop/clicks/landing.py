"""Where clicks land: a folder or s3://bucket/prefix, in which only whole files ever show under their names."""

from dataclasses import dataclass
from typing import Self

import pyarrow.fs as pafs

from heirloom.sample_shop.errors import ShopError


@dataclass(frozen=True)
class Landing:
    """A place for files, on disk or S3."""

    files: pafs.FileSystem
    root: str

    @classmethod
    def at(cls, url: str) -> Self:
        """Access to S3 comes from its own environment variables; `?endpoint_override=` names a store of one's own."""
        if "://" not in url:
            files: pafs.FileSystem = pafs.LocalFileSystem()
            files.create_dir(url)
            return cls(files, url)
        if not url.startswith("s3://"):
            raise ShopError(
                f"Clicks cannot be written to {url.split('://', maxsplit=1)[0]!r}; use a folder or s3://bucket/prefix."
            )
        return cls(*pafs.FileSystem.from_uri(url))

    def put(self, name: str, content: bytes | memoryview) -> None:
        """On disk written aside under a name that readers skip, then moved; an object of S3 appears whole."""
        if not isinstance(self.files, pafs.LocalFileSystem):
            self._write(name, content)
            return
        self._write(f".{name}.part", content)
        self.files.move(f"{self.root}/.{name}.part", f"{self.root}/{name}")

    def get(self, name: str) -> bytes | None:
        path = f"{self.root}/{name}"
        if self.files.get_file_info(path).type == pafs.FileType.NotFound:
            return None
        with self.files.open_input_stream(path, compression=None) as stored:
            return stored.read()

    def _write(self, name: str, content: bytes | memoryview) -> None:
        with self.files.open_output_stream(f"{self.root}/{name}", compression=None) as out:
            out.write(content)


def truth_of(url: str) -> str:
    """Beside the landing, so that nobody who reads it reads the truth."""
    place, question, options = url.partition("?")
    return f"{place.rstrip('/')}-truth{question}{options}"
