"""Embeddings as Parquet, for other tools: one file an index key, written batch by batch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, MethodUnavailableError, UsageError
from revsearch_tui.core.base.files import new_file
from revsearch_tui.core.storage.exchange.row_sources import CollectionSource, SourceKey

if TYPE_CHECKING:
    import numpy.typing as npt

INSTALL = "pip install 'revsearch-tui[distributed]'"


def check_parquet() -> None:
    """Raises `MethodUnavailableError` where the library is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MethodUnavailableError(f"Parquet is written by pyarrow, which is not installed; run: {INSTALL}") from None


def write_parquet(source: CollectionSource, keys: list[SourceKey], target: Path, control: Control) -> list[Path]:
    """The rows of these index keys: of one into a file, of several into a folder, a file each; gives back the files.

    Columns: `sha256` (string, hex), `paths` (list of strings), `method` (string), `vector` (fixed-size list: float32,
    of unit length for cosine; zeros and ones as uint8 for hamming). The schema's metadata has the index key, metric
    and version. Raises `UsageError`, `StorageError`, `MethodUnavailableError`, `Cancelled`; each file appears whole or
    not at all.
    """
    check_parquet()
    if len(keys) > 1 and not target.is_dir():
        labels = ", ".join(found.key.label for found in keys)
        raise UsageError(f"there are several methods ({labels}), a file each: give a folder with -o, or one with -m")
    written = []
    for found in keys:
        name = f"{source.name}-{found.key.key}.parquet"
        file = target / name if target.is_dir() else target
        with new_file(file) as out:
            _write(source, found, out, control)
        written.append(file)
    return written


def _write(source: CollectionSource, found: SourceKey, out: Any, control: Control) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    key = found.key
    bits = key.metric == "hamming"
    vector = pa.list_(pa.uint8() if bits else pa.float32(), key.dim)
    schema = pa.schema(
        [("sha256", pa.string()), ("paths", pa.list_(pa.string())), ("method", pa.string()), ("vector", vector)],
        metadata={"revsearch.key": key.key, "revsearch.metric": key.metric, "revsearch.version": str(key.version)},
    )
    done = 0
    with pq.ParquetWriter(out, schema) as writer:
        for batch in source.rows(key.key):
            rows: npt.NDArray[Any]
            if bits:
                packed = np.frombuffer(batch.rows, np.uint8).reshape(len(batch.ids), -1)
                rows = np.unpackbits(packed, axis=1)[:, : key.dim]
            else:
                rows = np.frombuffer(batch.rows, np.float32)
            images = source.catalog.images(batch.ids)
            paths = [[_text(path) for path in images[i].paths] if i in images else [] for i in batch.ids]
            values = pa.array(np.ascontiguousarray(rows).reshape(-1))
            columns = [
                pa.array([image_id.hex() for image_id in batch.ids]),
                pa.array(paths, pa.list_(pa.string())),
                pa.array([key.label] * len(batch.ids), pa.string()),
                pa.FixedSizeListArray.from_arrays(values, key.dim),
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            done += len(batch.ids)
            control.progress(done, key.images, f"exporting: {key.label}")
            control.check()


def _text(path: Path) -> str:
    """A path as text; bytes that are none are shown escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
