"""All that a server does for those who ask, whatever they ask it by."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import UsageError
from revsearch_tui.serve.background import Job, Jobs
from revsearch_tui.serve.engines import Engines, Wanted
from revsearch_tui.serve.long_work import duplicates, evaluation, record_values
from revsearch_tui.serve.statuses import NotThereError
from revsearch_tui.serve.thumbnails import Thumbnails

if TYPE_CHECKING:
    from revsearch_tui.core.search.sources import QueryPicture
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.serve.requests import DuplicatesAsked, EvaluationAsked, ExplainAsked, SearchAsked


class Service:
    """Answers from any thread. `collection` is meant where none is named, the default one where that is None."""

    def __init__(self, workspace: Workspace, collection: str | None = None) -> None:
        """Raises `IndexMissingError` where the collection that is named is not there."""
        if collection is not None:
            workspace.collection(collection)
        self.workspace, self._collection = workspace, collection
        self._engines, self.jobs = Engines(workspace), Jobs()
        self.thumbnails = Thumbnails(workspace)

    def search(self, asked: SearchAsked, picture: QueryPicture | None, wanted: Wanted) -> Future[dict[str, Any]]:
        """The answer, as `answers.SearchAnswer` describes it. Raises as `Engines.run` does."""

        def work(desk: Any) -> dict[str, Any]:
            from revsearch_tui.serve.searching import answer

            return answer(desk, asked, picture)

        return self._engines.run(self._named(asked.collection), work, wanted)

    def explain(self, asked: ExplainAsked, picture: QueryPicture | None, wanted: Wanted) -> Future[dict[str, Any]]:
        """As `answers.ExplainAnswer` describes it. Raises as `Engines.run` does."""

        def work(desk: Any) -> dict[str, Any]:
            from revsearch_tui.serve.explaining_pairs import explanation

            return explanation(desk, asked, picture)

        return self._engines.run(self._named(asked.collection), work, wanted)

    def find_duplicates(self, asked: DuplicatesAsked) -> Job:
        """A job, of which `answers.DuplicatesAnswer` comes."""
        if not asked.folders:
            asked = asked.model_copy(update={"collection": self._named(asked.collection)})
        return self.jobs.start("dupes", lambda job: duplicates(self._fresh(), asked, job))

    def evaluate(self, asked: EvaluationAsked) -> Job:
        """A job, of which `answers.EvaluationAnswer` comes."""
        return self.jobs.start("eval", lambda job: evaluation(self._fresh(), asked, job))

    def collections(self) -> list[dict[str, Any]]:
        """As `answers.CollectionHeld` describes each."""
        from revsearch_tui.core.storage.summary import summary_of

        return [summary_of(found, lambda _line: None) for found in self.workspace.collections()]

    def records(self) -> list[dict[str, Any]]:
        """As `answers.RecordListed` describes each, the newest first."""
        from revsearch_tui.core.evaluation.records import list_records

        return [record_values(record)["listed"] for record in list_records(self.workspace.folders)]

    def record(self, record_id: str) -> dict[str, Any]:
        """As `answers.EvaluationAnswer` describes it. Raises `NotThereError`, `StorageError`."""
        from revsearch_tui.core.evaluation.records import find_record

        try:
            return record_values(find_record(self.workspace.folders, record_id))
        except UsageError as error:
            raise NotThereError(str(error)) from None

    @property
    def most_bytes(self) -> int:
        """Of a request, and so of a picture that comes with it."""
        return self.workspace.config.number("network.max_mb") * 1_000_000

    def stop(self) -> None:
        """Have all that runs end; returns at once."""
        self._engines.stop()
        self.jobs.stop()

    def close(self) -> None:
        """The same, and wait for that."""
        self.stop()
        self._engines.close()
        self.jobs.close()
        self.thumbnails.close()

    def _named(self, collection: str | None) -> str | None:
        return self._collection if collection is None else collection

    def _fresh(self) -> Workspace:
        """A workspace for another thread."""
        from revsearch_tui.core.workspace import Workspace

        return Workspace(self.workspace.folders)
