"""A worker: opens the methods once, and makes of the files of each job what an indexing run makes of them.

It decodes and embeds as an indexing run does, by the same code, into an index of its own that holds one job; what it
gives back is that index, as an exported one. So the rows are those that one machine alone would have written, and a job
that is done twice comes out the same.
"""

from __future__ import annotations

import io
import socket
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodUnavailableError, NullControl, StorageError
from revsearch_tui.core.distributed.job_order import WorkOrder
from revsearch_tui.core.indexing.index_report import IndexReport
from revsearch_tui.core.indexing.reading_ahead import Reader
from revsearch_tui.core.indexing.survey import Survey
from revsearch_tui.core.storage.catalog.catalog import Catalog
from revsearch_tui.core.storage.collections import Collection
from revsearch_tui.core.storage.exchange.archive import write_archive
from revsearch_tui.core.storage.exchange.row_sources import CollectionSource
from revsearch_tui.core.workspace import Workspace

if TYPE_CHECKING:
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.plugins.containment import Contained


class JobWorker:
    """One for each process that works; keep it as long as there are jobs."""

    def __init__(self, order: WorkOrder) -> None:
        """Raises `MethodUnavailableError` where this machine cannot make the very rows that are wanted."""
        from revsearch_tui.core.methods.regions import Regions

        self._order = order
        # The same machine, or a home that several share, has the same models.
        self._workspace = Workspace(order.folders if order.folders.data.is_dir() else None)
        self._choices = self._chosen()
        self._scratch = self._workspace.folders.jobs / order.scratch
        try:
            self._scratch.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"a worker cannot write to {self._scratch}: {error.strerror or error}") from error
        self._readers = self._workspace.registry.readers()
        self._reader = Reader(order.settings, self._readers)
        self._regions = Regions()
        self._methods: dict[str, Contained] = {}

    def work(self, paths: Sequence[bytes]) -> bytes:
        """An exported index of these files. Those whose picture is known already are not in it.

        Raises the errors of an indexing run.
        """
        from revsearch_tui.core.indexing.intake import Intake
        from revsearch_tui.core.indexing.target import Target

        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self._scratch)))
            collection = Collection("job", home)
            catalog = stack.enter_context(Catalog(collection.catalog_file, create=True))
            targets = []
            for (key, sha256), choice in zip(self._order.keys, self._choices, strict=True):
                catalog.put_key(key, sha256)
                timeout_s = self._order.settings.method_timeout_s
                target = Target(collection, catalog, choice, NullControl(), self._regions, timeout_s)
                target.method = self._methods.get(key.key)
                targets.append(target)
            intake = Intake(catalog, targets, Survey(to_read=list(paths)), self._readers, IndexReport("job"))

            def wants(image_id: bytes) -> bool:
                return image_id not in self._order.known and intake.wants(image_id)

            try:
                for file in self._reader.read_all(paths, wants):
                    intake.take(file)
                intake.commit()
            finally:
                for target in targets:
                    if target.method is not None and not target.gave_up:
                        self._methods[target.key.key] = target.method
                    elif target.gave_up:
                        self._methods.pop(target.key.key, None)
                        target.close()
            for target in targets:
                target.judge()
            catalog.commit(failures={target.key.key: target.failed for target in targets})
            out = io.BytesIO()
            write_archive(CollectionSource(collection, catalog), out)
            return out.getvalue()

    def close(self) -> None:
        """Let methods and decoders go."""
        for method in self._methods.values():
            method.close()
        self._methods = {}
        self._reader.close()
        self._regions.close()

    def _chosen(self) -> list[MethodChoice]:
        """The methods, each as its index key says, in the order of the keys."""
        left_out: dict[str, str] = {}
        keys = [key for key, _ in self._order.keys]
        found = {choice.key: choice for choice in self._workspace.choose_to_update(keys, left_out.__setitem__)}
        for key in keys:
            if key.key not in found:
                why = left_out.get(key.label) or (
                    f"'{key.label}' is there in another version, or with another model; install what the home has"
                )
                raise MethodUnavailableError(f"a worker on {socket.gethostname()} cannot take part: {why}")
        return [found[key.key] for key in keys]
