"""One user's revsearch: folders, configuration, plugins and collections in one place, and the methods a user means.

The context in which work is done. It starts none itself: what works takes it as its first argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from revsearch_tui.api import Control, IndexMissingError, MethodInfo, NullControl
from revsearch_tui.core.base.paths import Folders, user_folders

if TYPE_CHECKING:
    from revsearch_tui.core.config.settings import Config
    from revsearch_tui.core.methods.choosing import Chooser
    from revsearch_tui.core.methods.resolving import MethodChoice
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.core.plugins.isolation import Isolation
    from revsearch_tui.core.plugins.registry import Registry, State
    from revsearch_tui.core.storage.catalog.key_tables import KeyRow
    from revsearch_tui.core.storage.collections import Collection
    from revsearch_tui.core.storage.store.store_kind import StoreKind


class Workspace:
    """Where the user's data is and what is configured. Cheap to make; everything is loaded when first used."""

    def __init__(self, folders: Folders | None = None) -> None:
        self.folders = folders or user_folders()

    @cached_property
    def config(self) -> Config:
        """Raises `ConfigError`."""
        from revsearch_tui.core.config.settings import load_config

        return load_config(self.folders.config_file)

    def forget_config(self) -> None:
        """Have the configuration read again when it is next asked for, as its file was changed."""
        for name in ("config", "_chooser"):
            self.__dict__.pop(name, None)

    def check_config(self) -> None:
        """Check values and the options of methods too, whether or not the methods can run. Raises `ConfigError`."""
        from revsearch_tui.core.config.check_names import check_values
        from revsearch_tui.core.methods.resolving import check_configured

        check_values(self.config, self.registry, self.folders.models, self.folders.config_file)
        check_configured(self.registry, self.config.methods, self.folders.config_file)

    @cached_property
    def registry(self) -> Registry:
        from revsearch_tui.core.plugins.registry import Registry

        return Registry(self._has_model, tables=self._plugin_tables, kept_in=self.folders.descriptions)

    def _plugin_tables(self) -> Mapping[str, Mapping[str, object]]:
        """What is set for plugins now."""
        if "config" not in self.__dict__ and not self.folders.config_file.exists():
            return {}  # as it mostly is, and reading nothing is slow enough
        return self.config.plugins

    @cached_property
    def _chooser(self) -> Chooser:
        from revsearch_tui.core.methods.choosing import Chooser

        return Chooser(self.registry, self.folders.models, self.config.methods, self.isolation)

    @property
    def isolation(self) -> Isolation:
        """Which methods run in processes of their own, as configured."""
        from revsearch_tui.core.config.plugin_tables import PROCESS
        from revsearch_tui.core.plugins.isolation import Isolation

        chosen = {name: table[PROCESS] for name, table in self.config.plugins.items() if PROCESS in table}
        return Isolation(chosen, self.config.number("index.method_memory_mb"))

    def store_kind(self, collection: Collection, control: Control | None = None) -> StoreKind:
        """The database of a collection's vectors; one that cannot be used says why."""
        from revsearch_tui.core.plugins.store_plugins import plugin_store
        from revsearch_tui.core.storage.collections import CHROMA

        if collection.store == CHROMA:
            return self.chroma(control)
        timeout_s = self.config.real("index.method_timeout_s")
        return plugin_store(self.registry, collection.store, control or NullControl(), timeout_s)

    def chroma(self, control: Control | None = None) -> StoreKind:
        """ChromaDB, in the folders of collections or on servers, as configured."""
        from revsearch_tui.core.storage.store.store_kind import StoreKind

        return StoreKind(
            url=self.config.text("store.chroma_url"),
            tenant=self.config.text("store.chroma_tenant"),
            database=self.config.text("store.chroma_database"),
            timeout_s=self.config.real("network.timeout_s"),
            control=control,
        )

    def check_store(self, name: str) -> None:
        """Raises `MethodUnavailableError` where no new collection can have that store."""
        from revsearch_tui.core.storage.collections import CHROMA

        if name != CHROMA:
            self.registry.store(name)

    # Collections

    def collections(self) -> list[Collection]:
        """All collections, by name."""
        from revsearch_tui.core.storage.collections import list_collections

        return list_collections(self.folders.collections)

    def collection(self, name: str | None) -> Collection:
        """The named collection, or the default one. Raises `IndexMissingError`."""
        from revsearch_tui.core.storage.collections import open_collection

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
        return open_collection(self.folders.collections, name)

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

    def choose_to_fit(self, name: str, *, options: Mapping[str, object] | None = None) -> MethodChoice:
        """The method of that name, as it is before it has learned anything. Raises as `choose` does."""
        return self._chooser.to_fit(name, options or {})

    def choose_to_update(self, keys: Sequence[KeyRow], left_out: Callable[[str, str], None]) -> list[MethodChoice]:
        """The methods a collection is indexed by, with the options it was; one that does not work is told with why."""
        return self._chooser.to_update(keys, left_out)

    def choose_for_new(
        self, options: Mapping[str, object] | None, left_out: Callable[[str, str], None]
    ) -> list[MethodChoice]:
        """The methods that new collections are indexed by; one that does not work is told with why.

        Raises as `choose` does where none works."""
        return self._chooser.usable(self.config.texts("general.methods"), options or {}, left_out)

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
        return self.choose_for_new(options, lambda _label, why: note(f"left out: {why}"))

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

    @property
    def max_pixels(self) -> int:
        """The most pixels a picture may have, as configured."""
        return self.config.number("index.max_megapixels") * 1_000_000

    def _has_model(self, info: MethodInfo) -> bool:
        from revsearch_tui.core.models.offered import own_models, shipped_models

        return bool(own_models(self.folders.models, info) or shipped_models(info))
