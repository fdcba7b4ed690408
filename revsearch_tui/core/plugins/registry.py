"""Find plugins and say what state each is in. Discovery never raises: a failure is a row with a reason.

Three grains, because loading a plugin is the dearest thing at start: the names of entry points (nothing is
imported), one plugin, all plugins.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import pluggy

from revsearch_tui.api import (
    API_VERSION,
    HOOKS,
    PROJECT,
    ActionInfo,
    DatasetInfo,
    FusionInfo,
    Info,
    MethodInfo,
    MethodUnavailableError,
    ReaderInfo,
    RegionInfo,
    StoreInfo,
)
from revsearch_tui.api import hookspecs as specs
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.plugins.declarations import flaw, model_owner, nothing_offered
from revsearch_tui.core.plugins.loading import is_importable
from revsearch_tui.core.plugins.strays import owned

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

State: TypeAlias = Literal["available", "needs-model", "unavailable", "incompatible", "shadowed", "broken"]

KINDS = {
    "revsearch_methods": "method",
    "revsearch_region_providers": "region provider",
    "revsearch_image_readers": "reader",
    "revsearch_datasets": "dataset",
    "revsearch_metrics": "metric",
    "revsearch_result_actions": "action",
    "revsearch_fusion_rules": "fusion rule",
    "revsearch_vector_stores": "store",
}

_OWN_DISTRIBUTION = "revsearch-tui"
_ONLY_VARIABLE = "REVSEARCH_LOAD_PLUGINS"


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One thing a plugin offers, or one plugin that could offer nothing.

    `kind` is `method`, `reader`, ... or `plugin` where loading failed as a whole. `reason` is empty for `available`.
    """

    kind: str
    name: str
    state: State
    reason: str
    plugin: str
    distribution: str
    version: str
    title: str = ""
    summary: str = ""
    info: Info | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    distribution: str
    version: str
    entry: EntryPoint


def _sources() -> list[_Source]:
    """Entry points, the program's own first, the rest by distribution; `REVSEARCH_LOAD_PLUGINS` restricts them."""
    from importlib.metadata import entry_points

    named = cache(_name_and_version)
    wanted = os.environ.get(_ONLY_VARIABLE)
    only = None if wanted is None else {name.strip() for name in wanted.split(",") if name.strip()}
    found = [
        _Source(entry.name, *named(entry.dist), entry)
        for entry in entry_points(group=PROJECT)
        if only is None or entry.name in only
    ]
    return sorted(
        found, key=lambda source: (source.distribution != _OWN_DISTRIBUTION, source.distribution, source.name)
    )


def _name_and_version(distribution: Distribution | None) -> tuple[str, str]:
    """Of a distribution; from the first lines of its metadata, for parsing all of them takes longer than all else."""
    if distribution is None:
        return "", ""
    head, _, _ = (distribution.read_text("METADATA") or "").partition("\n\n")
    fields = dict(line.partition(": ")[::2] for line in head.splitlines())
    if "Name" in fields and "Version" in fields:
        return fields["Name"], fields["Version"]
    return distribution.name, distribution.version


def plugin_names() -> list[str]:
    """Names of all plugins, none of which is imported."""
    return [source.name for source in _sources()]


def _no_models(_info: MethodInfo) -> bool:
    return False


_Named = TypeVar("_Named", RegionInfo, DatasetInfo, ActionInfo, FusionInfo, StoreInfo)


class Registry:
    """Plugins, loaded as far as they were asked for.

    `has_model` tells whether there is one that a method can run with.
    """

    def __init__(self, has_model: Callable[[MethodInfo], bool] = _no_models) -> None:
        self._has_model = has_model
        self._rows: dict[int, list[PluginRow]] = {}
        self._sources = _sources()
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(specs)

    def rows(self) -> list[PluginRow]:
        """Everything every plugin offers, with its state; the first plugin to offer a name has it."""
        taken: dict[tuple[str, str], str] = {}
        result = []
        for index, source in enumerate(self._sources):
            for row in self._load(index):
                owner = taken.get((row.kind, row.name))
                if row.info is not None and owner is not None:
                    reason = f"the plugin '{owner}' already offers this name"
                    row = _restate(row, "shadowed", reason)  # noqa: PLW2901
                elif row.info is not None and row.state != "incompatible":
                    taken[row.kind, row.name] = source.name
                result.append(row)
        return result

    def methods(self) -> list[PluginRow]:
        """The rows of similarity methods."""
        return [row for row in self.rows() if row.kind == "method"]

    def readers(self) -> list[ReaderInfo]:
        """Usable readers of more file formats."""
        return [
            row.info
            for row in self.rows()
            if row.kind == "reader" and row.state == "available" and isinstance(row.info, ReaderInfo)
        ]

    def regions(self) -> list[RegionInfo]:
        """Usable region providers."""
        return [row.info for row in self.rows() if row.state == "available" and isinstance(row.info, RegionInfo)]

    def method(self, name: str) -> MethodInfo:
        """The method of that name, ready to use.

        The program's own plugin of that very name is tried on its own first. Raises `MethodUnavailableError` with
        the reason where it is unknown or does not work.
        """
        for index, source in enumerate(self._sources):
            if source.name == name and source.distribution == _OWN_DISTRIBUTION:
                for row in self._load(index):
                    if row.kind == "method" and row.name == name:
                        return _usable(row)
        rows = self.methods()
        for row in rows:
            if row.name == name and row.state != "shadowed":
                return _usable(row)
        for row in self.rows():
            if row.kind == "plugin" and row.name == name:
                return _usable(row)
        known = [row.name for row in rows if row.state in ("available", "needs-model")]
        raise MethodUnavailableError(f"there is no method '{name}'; {instead(name, known)}")

    def method_without_model(self, name: str) -> MethodInfo:
        """As `method`, also where nothing is missing but a model."""
        for row in self.methods():
            if row.name == name and row.state == "needs-model" and isinstance(row.info, MethodInfo):
                return row.info
        return self.method(name)

    def region(self, name: str) -> RegionInfo:
        """The region provider of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_region_providers", RegionInfo, "region provider")

    def dataset(self, name: str) -> DatasetInfo:
        """The kind of data set of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_datasets", DatasetInfo, "data set")

    def actions(self) -> list[ActionInfo]:
        """Usable result actions."""
        return [row.info for row in self.rows() if row.state == "available" and isinstance(row.info, ActionInfo)]

    def action(self, name: str) -> ActionInfo:
        """The result action of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_result_actions", ActionInfo, "action")

    def fusions(self) -> list[FusionInfo]:
        """Usable rules of fusion."""
        return [row.info for row in self.rows() if row.state == "available" and isinstance(row.info, FusionInfo)]

    def fusion(self, name: str) -> FusionInfo:
        """The rule of fusion of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_fusion_rules", FusionInfo, "rule of fusion")

    def store(self, name: str) -> StoreInfo:
        """The vector store of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_vector_stores", StoreInfo, "store")

    def _named(self, name: str, hook: str, info_type: type[_Named], noun: str) -> _Named:
        """What a plugin's hook offers under that name, ready to use."""
        rows = [row for row in self.rows() if row.kind == KINDS[hook]]
        for row in rows:
            if row.name == name and row.state == "available" and isinstance(row.info, info_type):
                return row.info
            if row.name == name and row.state != "shadowed":
                raise MethodUnavailableError(f"the {noun} '{name}' is {row.state}: {row.reason}")
        known = [row.name for row in rows if row.state == "available"]
        raise MethodUnavailableError(f"there is no {noun} '{name}'; {instead(name, known)}")

    def module_of(self, plugin: str) -> str:
        """The module that the entry point of that name names. Raises `MethodUnavailableError`."""
        for source in self._sources:
            if source.name == plugin:
                return source.entry.module
        raise MethodUnavailableError(f"there is no plugin '{plugin}'")

    def offers_method(self, name: str) -> bool:
        """Whether some plugin offers a method of that name, in whatever state."""
        own = any(source.name == name and source.distribution == _OWN_DISTRIBUTION for source in self._sources)
        return own or any(row.name == name for row in self.methods())

    def _load(self, index: int) -> list[PluginRow]:
        if index not in self._rows:
            self._rows[index] = self._describe(self._sources[index])
        return [self._with_state(row) for row in self._rows[index]]

    def _describe(self, source: _Source) -> list[PluginRow]:
        with owned(f"the plugin '{source.name}'"):
            return self._described(source)

    def _described(self, source: _Source) -> list[PluginRow]:
        try:
            plugin = source.entry.load()
            self._manager.register(plugin, name=f"{source.distribution}:{source.name}")
        except BaseException as error:  # a plugin may even call sys.exit on import
            if isinstance(error, KeyboardInterrupt):
                raise
            return [_broken(source, f"loading it raised {_brief(error)}")]
        rows: list[PluginRow] = []
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        for hook, info_type in HOOKS.items():
            caller = self._manager.subset_hook_caller(hook, others)
            try:
                answers = caller()
            except BaseException as error:  # as above
                if isinstance(error, KeyboardInterrupt):
                    raise
                rows.append(_broken(source, f"its hook {hook} raised {_brief(error)}"))
                continue
            for answer in answers:
                wrong = flaw(answer, info_type)
                if wrong:
                    rows.append(_broken(source, f"its hook {hook} returned {wrong}"))
                else:
                    rows.extend(_row(source, KINDS[hook], info) for info in answer)
        if not rows:
            rows.append(_broken(source, nothing_offered(plugin)))
        return rows

    def _with_state(self, row: PluginRow) -> PluginRow:
        info = row.info
        if info is None:
            return row
        if info.api_version != API_VERSION:
            reason = f"made for version {info.api_version} of the plugin contract, this program has {API_VERSION}"
            return _restate(row, "incompatible", reason)
        missing = [module for module in info.requires if not is_importable(module)]
        if missing:
            cure = f"install {', '.join(missing)}"
            if info.extra:
                cure = f"install extra '{info.extra}', as in: pip install '{row.distribution}[{info.extra}]'"
            return _restate(row, "unavailable", f"needs the package {', '.join(missing)}: {cure}")
        if isinstance(info, MethodInfo) and self._lacks_model(info):
            return _restate(row, "needs-model", _how_to_get_a_model(info))
        return row

    def _lacks_model(self, info: MethodInfo) -> bool:
        """Whether a method that cannot do without a model has none."""
        needs = info.models == "required" or bool(info.shipped)
        return needs and not self._has_model(info)


def _how_to_get_a_model(info: MethodInfo) -> str:
    if info.trainer or info.models_of:
        owner = model_owner(info)
        return f"no model is there: train one with revsearch train {owner}, or add one with revsearch models add"
    if info.fit != "none":
        data = " --data FOLDER" if info.fit == "supervised" else ""
        return f"no model is there: fit one with revsearch models fit {info.name} --name NAME{data}"
    return "no model is registered: revsearch models add FILE"


def _brief(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


def _row(source: _Source, kind: str, info: Info) -> PluginRow:
    return PluginRow(
        kind=kind,
        name=info.name,
        state="available",
        reason="",
        plugin=source.name,
        distribution=source.distribution,
        version=source.version,
        title=info.title,
        summary=info.summary,
        info=info,
    )


def _broken(source: _Source, reason: str) -> PluginRow:
    return PluginRow("plugin", source.name, "broken", reason, source.name, source.distribution, source.version)


def _restate(row: PluginRow, state: State, reason: str) -> PluginRow:
    return PluginRow(
        row.kind,
        row.name,
        state,
        reason,
        row.plugin,
        row.distribution,
        row.version,
        row.title,
        row.summary,
        row.info,
    )


def _usable(row: PluginRow) -> MethodInfo:
    if row.state == "available" and isinstance(row.info, MethodInfo):
        return row.info
    raise MethodUnavailableError(f"the method '{row.name}' is {row.state}: {row.reason}")
