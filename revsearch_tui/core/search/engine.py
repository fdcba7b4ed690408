"""The search engine: one collection, kept open between queries."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Cancelled, Control
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.search.fusion_rules import Fuser
from revsearch_tui.core.search.hit_files import PathFilter
from revsearch_tui.core.search.one_query import Desk, answered, seen, unless_named
from revsearch_tui.core.search.opened import OpenedMethod, check_keys
from revsearch_tui.core.search.ranking import (
    Query,
    Ranked,
    check_indexed,
    rank_local,
    rank_vectors,
    turn_and_change,
)
from revsearch_tui.core.search.results import Hit, SearchRequest, SearchResult
from revsearch_tui.core.search.sources import (
    FetchLimits,
    GoneError,
    QueryPicture,
    StoredPicture,
    query_pixels,
    read_query,
)
from revsearch_tui.core.search.stored import known_as, stored_class
from revsearch_tui.core.storage.catalog.catalog import Catalog, ImageRow
from revsearch_tui.core.storage.catalog.restoring import check_before_reading, lacks_newest
from revsearch_tui.core.storage.collections import Collection, describe_run, indexing_run
from revsearch_tui.core.storage.exact import ExactIndex, exact_seconds
from revsearch_tui.core.storage.judgements import Judgements
from revsearch_tui.core.storage.store.store_kind import CHROMA_HERE, StoreKind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.images.pool import DecodePool

LONGEST_EXACT_S = 0.25


class SearchEngine:
    """Answers queries against one collection. For one thread at a time."""

    def __init__(
        self,
        collection: Collection,
        decoder: DecodePool,
        control: Control,
        *,
        note: Callable[[str], None],
        store: StoreKind = CHROMA_HERE,
        method_timeout_s: float = METHOD_TIMEOUT_S,
    ) -> None:
        """Open the catalog. `note` gets a line about what is lacking or, later, was mended.

        Queries are decoded by `decoder`, in a child process: a hostile one can hang or crash a decoder, and C libraries
        print to stderr. It is closed with the engine.
        """
        self.collection = collection
        self._note = note
        self._control, self._store, self._timeout_s = control, store, method_timeout_s
        check_before_reading(collection)
        self._catalog = Catalog(collection.catalog_file)
        if lacking := lacks_newest(collection, self._catalog):
            note(lacking)
        self._opened: dict[tuple[str, str], OpenedMethod] = {}
        self._told_of = 0.0  # the indexing run that answers have told of, by when it began
        self.judgements = Judgements([collection.home])
        self._desk = Desk(
            collection.name,
            self.judgements,
            decoder,
            Regions(),
            Fuser(control, method_timeout_s),
            self.rank,
            control,
        )

    def close(self) -> None:
        """Let go of everything."""
        for opened in self._opened.values():
            with contextlib.suppress(Cancelled):
                self._control.check()
                if opened.trouble != opened.finish_checking():
                    self._note(opened.trouble)
            opened.close()
        self._opened.clear()
        self._desk.fuser.close()
        self._desk.regions.close()
        self._desk.decoder.close()
        self._catalog.close()

    @property
    def catalog(self) -> Catalog:
        """The collection's."""
        return self._catalog

    def read(
        self,
        source: str,
        limits: FetchLimits | None = None,
        control: Control | None = None,
        image_id: bytes | None = None,
    ) -> QueryPicture | StoredPicture:
        """As `read_query`; in the place of a file that is gone, what is stored of it.

        `image_id` is what the file is known to have held; else the catalog is asked for it.
        """
        try:
            return read_query(source, limits, control)
        except GoneError:
            known = image_id or known_as(self._catalog, source)
            if known is None:
                raise
            return StoredPicture(source, known)

    def search(
        self,
        queries: Sequence[QueryPicture | StoredPicture],
        request: SearchRequest,
        first: Callable[[SearchResult], object] | None = None,
    ) -> list[SearchResult]:
        """Answer each query. Those of words: see `word_search`.

        `first` gets what the other methods find before local ones verify, where there are both: `FIRST_LOOK` hits.

        Raises `UsageError` (an unreadable query, an impossible crop), `IndexMissingError`, `MethodUnavailableError`.
        """
        if request.named:
            check_keys(self.collection, self._catalog, request.methods)  # in one sentence for all of them
        opened, left_out = self.opened_for(request.methods, request)
        masks = self.masks(opened, request)
        results = []
        for query in queries:
            self._control.check()
            notes = [*self.unfinished(opened), *left_out]
            results.append(answered(self._desk, query, request, opened, masks, notes, first))
        return results

    def opened_for(
        self, choices: Sequence[MethodChoice], request: SearchRequest
    ) -> tuple[list[OpenedMethod], list[str]]:
        """The methods, open, and which of them are left out."""
        left_out: list[str] = []
        opened: list[OpenedMethod] = []
        for choice in choices:
            with unless_named(request, opened or choice is not choices[-1], left_out):
                opened.append(self._open(choice))
        if request.exactness == "approximate":
            self._mend_chroma(opened)
        return opened, left_out

    def _mend_chroma(self, methods: Sequence[OpenedMethod]) -> None:
        """Bring ChromaDB in step where the user asks for it. Other searches use it only where it is."""
        from revsearch_tui.core.storage.store.mending import mend_before_reading

        keys = {method.key.key for method in methods}
        mend_before_reading(self.collection, self._catalog, self._control, self._note, store=self._store, keys=keys)

    def unfinished(self, opened: Sequence[OpenedMethod]) -> list[str]:
        """That an indexing run has more to add; once for each run."""
        run = indexing_run(self.collection)
        if run is None or run.since == self._told_of or all(method.is_complete() for method in opened):
            return []
        self._told_of = run.since
        return [f"{describe_run(self.collection, run)}; what is not indexed yet cannot be found"]

    def pixels(self, query: QueryPicture) -> Picture:
        """The whole query. Raises `UsageError`."""
        return query_pixels(self._desk.decoder, query, None)

    def seen(self, method: OpenedMethod, query: QueryPicture) -> Picture:
        """What a method gets to see of a query that is not cropped."""
        return seen(self._desk.regions, method, self.pixels(query), method.choice.region)

    def rank(
        self,
        opened: OpenedMethod,
        query: Query,
        request: SearchRequest,
        k: int,
        mask: npt.NDArray[np.bool_] | None,
    ) -> list[tuple[Ranked, Hit]]:
        """The k best by one method; `mask` restricts the rows."""
        approximate = request.exactness == "approximate" or (
            request.exactness == "auto" and _is_large(opened.exact, request.exact_limit)
        )
        depth = k
        while True:
            if opened.is_local:
                rows = rank_local(opened, query, depth, mask, approximate, request.candidates)
            else:
                rows = rank_vectors(opened, query, depth, mask, approximate)
            hits = self.hits_of(opened, rows)
            # Rows of pictures that are no more are passed over; look further where that left too few.
            if len(hits) >= min(k, len(rows)) or len(rows) < depth:
                return hits[:k]
            depth = k + 2 * (depth - len(hits)) + 16

    def hits_of(self, opened: OpenedMethod, rows: Sequence[Ranked]) -> list[tuple[Ranked, Hit]]:
        """Rows of one method with the hits they are, without those of pictures that are no more."""
        hits: list[tuple[Ranked, Hit]] = []
        images = self._catalog.images([row.image_id for row in rows])
        for row in rows:
            image = images.pop(row.image_id, None)
            if image is not None:
                hits.append((row, _hit(len(hits) + 1, opened, row, image)))
        return hits

    def _open(self, choice: MethodChoice) -> OpenedMethod:
        identity = (choice.key, repr(sorted(choice.options.items())))
        if identity not in self._opened:
            self._opened[identity] = OpenedMethod(
                self.collection, self._catalog, choice, self._control, self._store, self._timeout_s
            )
        opened = self._opened[identity]
        opened.refresh()
        check_indexed(opened, self.collection.name)
        return opened

    def masks(self, opened: Sequence[OpenedMethod], request: SearchRequest) -> list[npt.NDArray[np.bool_] | None]:
        """Of each method the rows that pass the path filters; None where there are no filters."""
        wanted = PathFilter(request.under, request.glob)
        if wanted.keeps_all:
            return [None] * len(opened)
        pictures = wanted.pictures(self._catalog)
        return [method.exact.mask(pictures) for method in opened]


def _is_large(index: ExactIndex, limit: int) -> bool:
    """Whether exact search is given up for ChromaDB's index: above a number of rows, or where it takes too long."""
    if limit:
        return index.rows > limit
    return exact_seconds(index.journal.metric, index.journal.dim, index.rows, index.coded_rows) > LONGEST_EXACT_S


def _hit(rank: int, opened: OpenedMethod, row: Ranked, image: ImageRow) -> Hit:
    label, confidence = stored_class(opened, row.image_id)
    return Hit(
        rank=rank,
        method=opened.choice.label,
        image_id=row.image_id.hex(),
        path=image.paths[0],
        paths=image.paths,
        score=row.score,
        raw=row.raw,
        unit=row.unit,
        verified=row.verified,
        exact=row.exact,
        width=image.width,
        height=image.height,
        orientation=turn_and_change(row.turn, row.change),
        label=label,
        confidence=confidence,
    )
