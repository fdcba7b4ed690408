"""The search engine: one collection, kept open between queries."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import (
    Cancelled,
    Control,
    IndexMissingError,
    MethodUnavailableError,
    RegionInfo,
    StorageError,
)
from revsearch_tui.core.methods.embedding import embed_pictures
from revsearch_tui.core.methods.regions import Regions
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S
from revsearch_tui.core.search.fusion_rules import Fuser
from revsearch_tui.core.search.hit_files import PathFilter, with_files
from revsearch_tui.core.search.judged import judged_of, left_out_note, matches_first, rank_judged
from revsearch_tui.core.search.opened import OpenedMethod, check_keys
from revsearch_tui.core.search.ranking import (
    Query,
    Ranked,
    check_indexed,
    rank_local,
    rank_vectors,
    too_plain,
    turn_and_change,
    turned,
)
from revsearch_tui.core.search.results import FIRST_LOOK, Hit, QueryClass, SearchRequest, SearchResult
from revsearch_tui.core.search.sources import (
    FetchLimits,
    GoneError,
    QueryPicture,
    StoredPicture,
    query_pixels,
    read_query,
)
from revsearch_tui.core.search.stored import (
    NotStoredError,
    check_needs_no_pixels,
    known_as,
    knows_names,
    query_class,
    query_name,
    searched_by_what_is_stored,
    stored_class,
    stored_query,
    with_names,
)
from revsearch_tui.core.search.weighing import DEPTH, Answer
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
        self._fuser = Fuser(control, method_timeout_s)
        self._told_of = 0.0  # the indexing run that answers have told of, by when it began
        self._decoder = decoder
        self._regions = Regions()
        self.judgements = Judgements([collection.home])

    def close(self) -> None:
        """Let go of everything."""
        for opened in self._opened.values():
            with contextlib.suppress(Cancelled):
                self._control.check()
                if opened.trouble != opened.finish_checking():
                    self._note(opened.trouble)
            opened.close()
        self._opened.clear()
        self._fuser.close()
        self._regions.close()
        self._decoder.close()
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
            results.append(self._answer(query, request, opened, masks, [*self.unfinished(opened), *left_out], first))
        return results

    def opened_for(
        self, choices: Sequence[MethodChoice], request: SearchRequest
    ) -> tuple[list[OpenedMethod], list[str]]:
        """The methods, open, and which of them are left out."""
        left_out: list[str] = []
        opened: list[OpenedMethod] = []
        for choice in choices:
            with self.unless_named(request, opened or choice is not choices[-1], left_out):
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

    @contextlib.contextmanager
    def unless_named(self, request: SearchRequest, has_others: object, left_out: list[str]) -> Iterator[None]:
        """Has a method that does not work left out where nobody named it and there are others."""
        try:
            yield
        except (MethodUnavailableError, IndexMissingError, NotStoredError, StorageError) as error:
            if request.named or not has_others:
                raise
            left_out.append(f"left out: {error}")

    def _answer(
        self,
        query: QueryPicture | StoredPicture,
        request: SearchRequest,
        opened: Sequence[OpenedMethod],
        masks: Sequence[npt.NDArray[np.bool_] | None],
        left_out: Sequence[str],
        first: Callable[[SearchResult], object] | None,
    ) -> SearchResult:
        started = time.monotonic()
        whole = request.crop is None
        notes = list(left_out)
        picture: Picture | None = None
        if isinstance(query, StoredPicture):
            check_needs_no_pixels(query, request)
            image_id: bytes | None = query.image_id
            notes.append(searched_by_what_is_stored(query))
        else:
            picture = query_pixels(self._decoder, query, request.crop)
            image_id = hashlib.sha256(query.data).digest() if whole else None
        depth = request.k if len(opened) == 1 else max(request.k, DEPTH)
        judged, left_out_ids = judged_of(self.judgements, image_id), set[bytes]()
        # One list for all methods that see the same part, so that those which share a network run it once.
        forms: dict[str, list[Picture]] = {}
        found: dict[int, tuple[Answer, list[Hit]]] = {}
        classes: list[QueryClass] = []

        def ask(at: int, embedded: Query, k: int) -> None:
            """What one method finds, at most k hits."""
            rows, refused = rank_judged(self.rank, opened[at], embedded, request, k, masks[at], judged)
            left_out_ids.update(refused)
            answer = Answer(opened[at], embedded, {row.image_id: row.support for row, _ in rows})
            found[at] = answer, [hit for _, hit in rows]

        def made(k: int, *, names: bool = True) -> SearchResult:
            """The k first hits by the methods that were asked so far; without `names`, which take a while."""
            answers, rankings = zip(*(found[at] for at in sorted(found)), strict=True)
            told, shown = list(notes), list(classes)
            most = sum(map(len, rankings)) if judged.matches else k  # a match may be anywhere
            hits = rankings[0] if len(answers) == 1 else self._fuser.fuse(answers, rankings, most, request)
            hits = matches_first(hits, image_id, judged, k)
            told += left_out_note(len(left_out_ids), self.collection.name)
            naming = [answer for answer in answers if names and knows_names(answer.opened)]
            with self.unless_named(request, True, told):
                if not shown:
                    shown += [name for answer in naming if (name := query_name(answer.opened, answer.query))]
                hits = with_names(hits, [answer.opened for answer in naming])
            return SearchResult(
                query=query.name,
                method=answers[0].opened.choice.label if len(answers) == 1 else "fused",
                hits=finished(hits, request),
                seconds=time.monotonic() - started,
                gallery=max(method.exact.rows for method in opened),
                notes=tuple(told),
                query_classes=tuple(shown),
                image_id=image_id.hex() if image_id is not None else "",
                query_is_gone=picture is None,
                left_out=len(left_out_ids),
            )

        order = sorted(range(len(opened)), key=lambda at: first is not None and opened[at].is_local)
        # For a look few are found at first: to make a thousand rows hits takes longer than to find them.
        looks = first is not None and opened[order[-1]].is_local
        for number, at in enumerate(order, start=1):
            method = opened[at]
            if first is not None and found and method.is_local and not opened[order[number - 2]].is_local:
                first(made(min(request.k, FIRST_LOOK), names=False))
                self._control.check()
                for other in list(found) if depth > DEPTH else ():
                    with self.unless_named(request, True, notes):
                        ask(other, found.pop(other)[0].query, depth)
            with self.unless_named(request, found or number < len(opened), notes):
                if isinstance(query, StoredPicture):
                    embedded = stored_query(method, query)
                else:
                    assert picture is not None
                    region = method.choice.region if whole else None  # the user's own crop goes first
                    form = forms.setdefault(region.name if region else "", [])
                    if not form:
                        form += turned(self._seen(method, picture, region), request.any_orientation)
                    embedded = embed_query(method, form, image_id)
                ask(at, embedded, min(depth, DEPTH) if looks and not method.is_local else depth)
                notes += [line for line in (method.trouble, method.store_trouble, method.damaged_features()) if line]
                notes += too_plain(method, embedded)
                told = query_class(method, embedded)
                classes += [told] if told else []
        return made(request.k)

    def pixels(self, query: QueryPicture) -> Picture:
        """The whole query. Raises `UsageError`."""
        return query_pixels(self._decoder, query, None)

    def seen(self, method: OpenedMethod, query: QueryPicture) -> Picture:
        """What a method gets to see of a query that is not cropped."""
        return self._seen(method, self.pixels(query), method.choice.region)

    def _seen(self, method: OpenedMethod, picture: Picture, region: RegionInfo | None) -> Picture:
        """The part of the query that a method gets to see."""
        if region is None:
            return picture
        part: Picture = method.method.run(lambda: self._regions.of([picture], region)[0])
        return part

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


def finished(hits: Sequence[Hit], request: SearchRequest) -> tuple[Hit, ...]:
    """Those above the least score, with their files as they are now."""
    wanted = PathFilter(request.under, request.glob)
    return tuple(with_files(hit, wanted) for hit in hits if request.min_score is None or hit.score >= request.min_score)


def _is_large(index: ExactIndex, limit: int) -> bool:
    """Whether exact search is given up for ChromaDB's index: above a number of rows, or where it takes too long."""
    if limit:
        return index.rows > limit
    return exact_seconds(index.journal.metric, index.journal.dim, index.rows, index.coded_rows) > LONGEST_EXACT_S


def embed_query(opened: OpenedMethod, pictures: Sequence[Picture], image_id: bytes | None) -> Query:
    """What a method makes of the orientations of one query. Raises `MethodUnavailableError`."""
    embeddings, features = embed_pictures(opened.choice, opened.method, opened.exact.journal.dim, pictures)
    return Query(image_id, embeddings, features)


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
