"""One user's revsearch: folders, configuration and plugins in one place, and the jobs the screens ask for.

The command line and the app go through this; it holds no state beyond what it has loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import IndexMissingError, MethodInfo
from revsearch_tui.core.base.paths import Folders, user_folders
from revsearch_tui.core.config.load import Config, load_config
from revsearch_tui.core.storage import collections as homes
from revsearch_tui.core.storage.collections import Collection

if TYPE_CHECKING:
    from revsearch_tui.api import Control
    from revsearch_tui.core.evaluation.record import Record
    from revsearch_tui.core.evaluation.request import EvalRequest
    from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
    from revsearch_tui.core.indexing.report import IndexReport, IndexSettings
    from revsearch_tui.core.labelled.data import LabelledData
    from revsearch_tui.core.methods.choosing import Chooser
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.models.model_record import ModelRecord
    from revsearch_tui.core.plugins.registry import Registry, State
    from revsearch_tui.core.search.engine import SearchEngine
    from revsearch_tui.core.search.results import SearchRequest
    from revsearch_tui.core.search.sources import FetchLimits
    from revsearch_tui.core.storage.catalog.catalog import KeyRow
    from revsearch_tui.core.training.runs import Request


class Workspace:
    """Where the user's data is and what is configured. Cheap to make; everything is loaded when first used."""

    def __init__(self, folders: Folders | None = None) -> None:
        self.folders = folders or user_folders()

    @cached_property
    def config(self) -> Config:
        """Raises `ConfigError`."""
        return load_config(self.folders.config_file)

    def check_config(self) -> None:
        """Check values and the options of methods too, whether or not the methods can run. Raises `ConfigError`."""
        from revsearch_tui.core.config.check_config import check_values
        from revsearch_tui.core.methods.resolving import check_configured

        check_values(self.config, self.registry, self.folders.models, self.folders.config_file)
        check_configured(self.registry, self.config.methods, self.folders.config_file)

    @cached_property
    def registry(self) -> Registry:
        from revsearch_tui.core.plugins.registry import Registry

        return Registry(self._models_of)

    @cached_property
    def _chooser(self) -> Chooser:
        from revsearch_tui.core.methods.choosing import Chooser

        return Chooser(self.registry, self.folders.models, self.config.methods)

    # Collections

    def collections(self) -> list[Collection]:
        """All collections, by name."""
        return homes.list_collections(self.folders.collections)

    def collection(self, name: str | None) -> Collection:
        """The named collection, or the default one. Raises `IndexMissingError`."""
        if name is None:
            name = self.config.text("general.collection")
            existing = [found.name for found in self.collections()]
            if self.config.origins["general.collection"] != "default" or (self.folders.collections / name).exists():
                pass
            elif len(existing) == 1:
                name = existing[0]  # where there is only one, nobody should have to name it
            else:
                raise IndexMissingError(
                    f"say which collection with -c NAME; there are: {', '.join(existing)}"
                    if existing
                    else "nothing is indexed yet; run: revsearch index FOLDER"
                )
        return homes.open_collection(self.folders.collections, name)

    def keys(self, collection: Collection) -> list[KeyRow]:
        """What the collection is indexed by. Raises `StorageError` where its catalog is lost or damaged."""
        from revsearch_tui.core.storage.catalog.catalog import Catalog
        from revsearch_tui.core.storage.catalog.database import damaged
        from revsearch_tui.core.storage.catalog.restoring import described_keys

        keys = []
        if collection.catalog_file.exists():
            with Catalog(collection.catalog_file) as catalog:
                keys = catalog.index_keys()
        if not keys and described_keys(collection):
            raise damaged(collection.catalog_file, "what was indexed is not in it")
        return keys

    # Methods

    def choose(
        self, specs: Sequence[str], *, model: str | None = None, options: Mapping[str, object] | None = None
    ) -> list[MethodChoice]:
        """Methods by name, with the options of the configuration and, over them, these.

        An option given as `method.name` goes to that method alone. Raises `MethodUnavailableError`, `UsageError`.
        """
        return self._chooser.named(specs, model, options or {})

    def choose_to_search(
        self,
        collection: Collection,
        specs: Sequence[str] = (),
        *,
        model: str | None = None,
        options: Mapping[str, object] | None = None,
        note: Callable[[str], None],
    ) -> list[MethodChoice]:
        """Methods to search a collection by, with the options it was indexed with where no others are given.

        None named: all it is indexed by; one of those that does not work is left out, with a note. Raises as
        `choose` does, and `IndexMissingError`.
        """
        keys = self.keys(collection)
        if not specs and not keys:
            from revsearch_tui.core.methods.hints import index_command

            raise IndexMissingError(
                f"the collection '{collection.name}' has no embeddings yet; run: {index_command(collection)}"
            )
        return self._chooser.to_search(specs, keys, model, options or {}, note)

    def choose_to_compare(
        self,
        specs: Sequence[str] = (),
        *,
        model: str | None = None,
        options: Mapping[str, object] | None = None,
        note: Callable[[str], None],
    ) -> list[MethodChoice]:
        """Methods to compare two pictures by: these, or those that new collections are indexed by.

        One of those that nobody named and that does not work is left out, with a note. Raises as `choose` does.
        """
        if specs:
            return self.choose(specs, model=model, options=options)
        return self._chooser.usable(self.config.texts("general.methods"), options or {}, note)

    def indexed_methods(self, collection: Collection) -> list[str]:
        """Labels of the methods the collection is indexed by, oldest first."""
        return list(dict.fromkeys(key.label for key in self.keys(collection)))

    def method_infos(self, *states: State) -> list[MethodInfo]:
        """The methods that are in one of these states; without any, all but those that another plugin shadows."""
        wanted = states or ("available", "needs-model", "unavailable")
        return [row.info for row in self.registry.methods() if row.state in wanted and isinstance(row.info, MethodInfo)]

    def models(self) -> list[ModelRecord]:
        """Every stored model, and every shipped one whose name is not taken by a stored one."""
        from revsearch_tui.core.models.offered import all_models

        return all_models(self.folders.models, self.method_infos())

    # Work

    @property
    def max_pixels(self) -> int:
        """The most pixels a picture may have, as configured."""
        return self.config.number("index.max_megapixels") * 1_000_000

    def index_settings(self) -> IndexSettings:
        """How to index, as configured. Raises `ConfigError`."""
        from revsearch_tui.core.indexing.report import IndexSettings
        from revsearch_tui.core.storage.store.server import server_address

        config, folders = self.config, self.folders
        if config.text("store.chroma_url"):
            server_address(config.text("store.chroma_url"))  # before the work, not behind it
        return IndexSettings(
            workers=config.number("index.workers"),
            ignore=config.texts("index.ignore"),
            exclude=(folders.collections, folders.models, folders.cache, folders.config),
            follow_links=config.flag("index.follow_links"),
            max_file_bytes=config.number("index.max_file_mb") * 1_000_000,
            max_pixels=self.max_pixels,
            decode_timeout_s=config.real("index.decode_timeout_s"),
            chroma_url=config.text("store.chroma_url"),
            method_timeout_s=config.real("index.method_timeout_s"),
        )

    def index(
        self,
        name: str | None,
        roots: Sequence[Path],
        methods: Sequence[str] = (),
        *,
        control: Control,
        options: Mapping[str, object] | None = None,
        model: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> IndexReport:
        """Index folders into a collection, made where it is missing; without folders, those it has.

        Without methods: those it is indexed by, with the options it was, or the configured ones. `changes` replace
        fields of the settings. An index that has lost its description is taken up first. Raises the errors of
        `index_collection`, `ensure_collection`, `take_up` and `choose`.
        """
        from revsearch_tui.core.indexing.indexer import index_collection
        from revsearch_tui.core.storage.adoption import take_up
        from revsearch_tui.core.storage.catalog.restoring import mend_catalog

        if name is None and roots:
            # New folders never join another collection, such as the sample, just because it is the only one.
            name = self.config.text("general.collection")
        notes: list[str] = []
        if name is not None and roots:
            take_up(self.folders.collections, name, roots, notes.append)
        collection = self._existing(name, bool(roots))
        if collection is not None:
            mend_catalog(collection, notes.append)
        keys = self.keys(collection) if collection else []
        left_out: dict[str, str] = {}
        if methods or model or options or not keys:
            known = list(dict.fromkeys(key.label for key in keys))
            specs = list(methods) or ([model] if model else known) or self.config.texts("general.methods")
            choices = self.choose(specs, model=model if methods else None, options=options)
        else:
            choices = self._chooser.to_update(keys, left_out.__setitem__)
        target = name or (collection.name if collection else self.config.text("general.collection"))
        collection = homes.ensure_collection(self.folders.collections, target, tuple(roots))
        settings = replace(self.index_settings(), **(changes or {}))
        report = index_collection(collection, choices, self.registry.readers(), settings, control)
        report.notes[:0] = [*notes, *(f"left out: {why}" for why in left_out.values())]
        report.left_out = left_out | report.left_out
        return report

    def labelled(self, request: Request, control: Control | None = None) -> LabelledData:
        """The labelled pictures that a training asks for; close them. Raises as `open_labelled` does."""
        from revsearch_tui.core.labelled.open import open_labelled

        return open_labelled(
            self,
            request.data,
            options=request.data_options,
            seed=request.split_seed,
            test=request.test,
            validation=request.validation,
            region=request.region,
            control=control,
        )

    def evaluate(self, request: EvalRequest, control: Control) -> Record:
        """Measure methods on labelled pictures, and keep the record. Raises as `run_evaluation` does."""
        from revsearch_tui.core.evaluation.run import run_evaluation

        return run_evaluation(self, request, control)

    def robustness(self, request: RobustnessRequest, control: Control, note: Callable[[str], None]) -> Record:
        """See which methods find pictures from changed copies, and keep the record. Raises as `run_robustness` does."""
        from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness

        return run_robustness(self, request, control, note)

    def trim_cache(self) -> None:
        """Delete what evaluations and robustness runs left in the cache beyond the configured room, but for what is in
        use now."""
        from revsearch_tui.core.evaluation.room import trim

        room = self.config.number("eval.cache_mb") * 1_000_000
        trim([self.folders.embeddings, self.folders.robustness], room)

    def engine(
        self,
        collection: Collection,
        control: Control,
        note: Callable[[str], None],
        *,
        wanted: Sequence[MethodChoice] = (),
    ) -> SearchEngine:
        """A search engine for the collection; close it. Raises `IndexMissingError`, which tells how to index by the
        methods that are `wanted`, and `StorageError`."""
        if not collection.catalog_file.exists():
            from revsearch_tui.core.methods.hints import index_command

            raise IndexMissingError(
                f"the collection '{collection.name}' is not indexed yet; run: {index_command(collection, wanted)}"
            )
        from revsearch_tui.core.images.pool import DecodePool

        decoder = DecodePool(1, self.registry.readers(), max_pixels=self.max_pixels)
        try:
            decoder.start()  # its process gets ready while this one imports what searching needs
            from revsearch_tui.core.search.engine import SearchEngine

            return SearchEngine(
                collection,
                decoder,
                control,
                note=note,
                chroma_url=self.config.text("store.chroma_url"),
                method_timeout_s=self.config.real("index.method_timeout_s"),
            )
        except BaseException:
            decoder.close()
            raise

    def request(self, methods: Sequence[MethodChoice], **changes: object) -> SearchRequest:
        """A search request with the configured defaults; `changes` replace fields."""
        from revsearch_tui.core.search.results import SearchRequest

        request = SearchRequest(
            methods,
            k=self.config.number("search.k"),
            exact_limit=self.config.number("search.exact_limit"),
            candidates=self.config.number("search.candidates"),
        )
        return replace(request, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]

    def fetch_limits(self) -> FetchLimits:
        """Bounds on queries, above all on those from the web."""
        from revsearch_tui.core.search.sources import FetchLimits

        return FetchLimits(
            max_bytes=self.config.number("network.max_mb") * 1_000_000,
            max_file_bytes=self.config.number("index.max_file_mb") * 1_000_000,
            timeout_s=self.config.real("network.timeout_s"),
        )

    def _existing(self, name: str | None, has_roots: bool) -> Collection | None:
        try:
            return self.collection(name)
        except IndexMissingError:
            if not has_roots:
                raise
            return None

    def _models_of(self, method: str) -> list[str]:
        from revsearch_tui.core.models.model_store import list_models

        return [record.name for record in list_models(self.folders.models) if record.method == method]
