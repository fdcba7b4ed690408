"""Find plugins and say what state each is in. Discovery never raises: a failure is a row with a reason.

Three grains, because loading a plugin is the dearest thing at start: the names of entry points (nothing is
imported), one plugin, all plugins. What a plugin said before is taken from the cache where nothing has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from revsearch_tui.api import (
    API_VERSION,
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
from revsearch_tui.core.base.wording import instead
from revsearch_tui.core.plugins import tracing
from revsearch_tui.core.plugins.declarations import model_owner
from revsearch_tui.core.plugins.installed import OWN_DISTRIBUTION, Source, installed_plugins
from revsearch_tui.core.plugins.kept import Kept
from revsearch_tui.core.plugins.loading import is_importable

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.describing import Answer, Describer

State: TypeAlias = Literal["available", "needs-model", "unavailable", "incompatible", "shadowed", "broken", "disabled"]

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

Tables: TypeAlias = Mapping[str, Mapping[str, object]]
"""What is set for plugins, or for single things they offer, by name."""

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


def _is_wanted(source: Source) -> bool:
    """Whether it is among those that `REVSEARCH_LOAD_PLUGINS` restricts plugins to."""
    wanted = os.environ.get(_ONLY_VARIABLE)
    return wanted is None or source.name in {name.strip() for name in wanted.split(",")}


def plugin_names() -> list[str]:
    """Names of all plugins, none of which is imported."""
    return [source.name for source in installed_plugins() if _is_wanted(source)]


def _no_models(_info: MethodInfo) -> bool:
    return False


_Listed = TypeVar("_Listed", ReaderInfo, RegionInfo, ActionInfo, FusionInfo)
_Named = TypeVar("_Named", RegionInfo, DatasetInfo, ActionInfo, FusionInfo, StoreInfo)


def _no_tables() -> Tables:
    return {}


class Registry:
    """Plugins, loaded as far as they were asked for.

    `has_model` tells whether there is one that a method can run with, the same for all that share models; `tables` what
    is set for plugins now. `kept_in` is the folder of what they said before; without one they are asked.
    """

    def __init__(
        self,
        has_model: Callable[[MethodInfo], bool] = _no_models,
        *,
        tables: Callable[[], Tables] = _no_tables,
        kept_in: Path | None = None,
    ) -> None:
        self._has_model = has_model
        self._tables = tables
        self._answers: dict[int, list[Answer]] = {}
        self._kept = Kept(kept_in)
        self._installed = self._kept.sources()
        self._sources = [source for source in self._installed if _is_wanted(source)]
        self._describer: Describer | None = None

    @cached_property
    def own_packages(self) -> frozenset[str]:
        """The packages of plugins that came with the program."""
        return frozenset(
            source.module.partition(".")[0] for source in self._installed if source.distribution == OWN_DISTRIBUTION
        )

    def rows(self) -> list[PluginRow]:
        """Everything every plugin offers, with its state; the first plugin to offer a name has it."""
        taken: dict[tuple[str, str], str] = {}
        result = []
        looked: dict[object, bool] = {}
        for index, source in enumerate(self._sources):
            for row in self._load(index, looked):
                owner = taken.get((row.kind, row.name))
                if row.info is not None and owner is not None and row.state != "disabled":
                    reason = f"the plugin '{owner}' already offers this name"
                    row = _restate(row, "shadowed", reason)  # noqa: PLW2901
                elif row.info is not None and row.state not in ("incompatible", "disabled"):
                    taken[row.kind, row.name] = source.name
                result.append(row)
        self._kept.write(self._installed)
        return result

    def methods(self) -> list[PluginRow]:
        """The rows of similarity methods."""
        return [row for row in self.rows() if row.kind == "method"]

    def readers(self) -> list[ReaderInfo]:
        """Usable readers of more file formats."""
        return self._available(ReaderInfo)

    def regions(self) -> list[RegionInfo]:
        """Usable region providers."""
        return self._available(RegionInfo)

    def method(self, name: str) -> MethodInfo:
        """The method of that name, ready to use.

        The program's own plugin of that very name is tried on its own first. Raises `MethodUnavailableError` with
        the reason where it is unknown or does not work.
        """
        for index, source in enumerate(self._sources):
            if source.name == name and source.distribution == OWN_DISTRIBUTION:
                for row in self._load(index):
                    if row.kind == "method" and row.name == name:
                        return _usable(row)
        rows = self.methods()
        for row in rows:
            if row.name == name and row.state not in ("shadowed", "disabled"):
                return _usable(row)
        for row in self.rows():
            if row.name == name and (row.kind == "plugin" or (row.kind == "method" and row.state == "disabled")):
                return _usable(row)
        known = [row.name for row in rows if row.state in ("available", "needs-model")]
        raise self._unknown("method", name, known)

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
        return self._available(ActionInfo)

    def action(self, name: str) -> ActionInfo:
        """The result action of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_result_actions", ActionInfo, "action")

    def fusions(self) -> list[FusionInfo]:
        """Usable rules of fusion."""
        return self._available(FusionInfo)

    def fusion(self, name: str) -> FusionInfo:
        """The rule of fusion of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_fusion_rules", FusionInfo, "rule of fusion")

    def store(self, name: str) -> StoreInfo:
        """The vector store of that name. Raises `MethodUnavailableError` where it is unknown or does not work."""
        return self._named(name, "revsearch_vector_stores", StoreInfo, "store")

    def _available(self, info_type: type[_Listed]) -> list[_Listed]:
        return [row.info for row in self.rows() if row.state == "available" and isinstance(row.info, info_type)]

    def _named(self, name: str, hook: str, info_type: type[_Named], noun: str) -> _Named:
        """What a plugin's hook offers under that name, ready to use."""
        rows = [row for row in self.rows() if row.kind == KINDS[hook]]
        for row in rows:
            if row.name == name and row.state == "available" and isinstance(row.info, info_type):
                return row.info
            if row.name == name and row.state != "shadowed":
                raise MethodUnavailableError(f"the {noun} '{name}' is {row.state}: {row.reason}")
        known = [row.name for row in rows if row.state == "available"]
        raise self._unknown(noun, name, known)

    def _unknown(self, noun: str, name: str, known: list[str]) -> MethodUnavailableError:
        """That nothing is called so. What a disabled plugin offers is not known."""
        disabled = " or ".join(self.disabled_plugins())
        unless = f", unless a plugin that you switched off has it (revsearch plugins enable {disabled})"
        return MethodUnavailableError(
            f"there is no {noun} '{name}'{unless if disabled else ''}; {instead(name, known)}"
        )

    def disabled_plugins(self) -> list[str]:
        """Names of the plugins that the user disabled as a whole, so that it is not known what they offer."""
        tables = self._tables()
        return [source.name for source in self._sources if not _is_enabled(tables, source.name)]

    def module_of(self, plugin: str) -> str:
        """The module that the entry point of that name names. Raises `MethodUnavailableError`."""
        for source in self._sources:
            if source.name == plugin:
                return source.module
        raise MethodUnavailableError(f"there is no plugin '{plugin}'")

    def offers_method(self, name: str) -> bool:
        """Whether some plugin offers a method of that name, in whatever state."""
        own = any(source.name == name and source.distribution == OWN_DISTRIBUTION for source in self._sources)
        return own or any(row.name == name for row in self.methods())

    def _load(self, index: int, looked: dict[object, bool] | None = None) -> list[PluginRow]:
        """The rows of a plugin. `looked` is what was found out of packages and models for the rows before."""
        looked = {} if looked is None else looked
        source, tables = self._sources[index], self._tables()
        if not _is_enabled(tables, source.name):
            return [_restate(_whole(source, ""), "disabled", _how_to_enable(source.name))]
        if index not in self._answers:
            self._answers[index] = self._asked(source)
        names = {other.name for other in self._sources}
        rows = []
        for hook, answer in self._answers[index]:
            if isinstance(answer, str):
                rows.append(_whole(source, answer))
            elif answer.name not in names and not _is_enabled(tables, answer.name):
                rows.append(_restate(_row(source, KINDS[hook], answer), "disabled", _how_to_enable(answer.name)))
            else:
                rows.append(self._with_state(_row(source, KINDS[hook], answer), looked))
        return rows

    def _asked(self, source: Source) -> list[Answer]:
        """What the plugin says, or said when nothing was otherwise."""
        known = self._kept.answers(source)
        if known is not None:
            tracing.note(source.name, "described from the cache, not imported")
            return known
        from revsearch_tui.core.plugins.describing import Describer
        from revsearch_tui.core.plugins.looking import looking

        self._describer = self._describer or Describer()
        if not self._kept.is_on:
            return self._describer.describe(source)
        with looking(source) as seen:
            answers = self._describer.describe(source)
        self._kept.add(source, answers, seen)
        return answers

    def _with_state(self, row: PluginRow, looked: dict[object, bool]) -> PluginRow:
        info = row.info
        if info is None:
            return row
        if info.api_version != API_VERSION:
            reason = f"made for version {info.api_version} of the plugin contract, this program has {API_VERSION}"
            return _restate(row, "incompatible", reason)
        for module in info.requires:
            if module not in looked:
                looked[module] = is_importable(module)
        missing = [module for module in info.requires if not looked[module]]
        if missing:
            cure = f"install {', '.join(missing)}"
            if info.extra:
                cure = f"install extra '{info.extra}', as in: pip install '{row.distribution}[{info.extra}]'"
            return _restate(row, "unavailable", f"needs the package {', '.join(missing)}: {cure}")
        if isinstance(info, MethodInfo) and self._lacks_model(info, looked):
            return _restate(row, "needs-model", _how_to_get_a_model(info))
        return row

    def _lacks_model(self, info: MethodInfo, looked: dict[object, bool]) -> bool:
        """Whether a method that cannot do without a model has none."""
        if info.models != "required" and not info.shipped:
            return False
        models = (model_owner(info), repr(info.shipped))
        if models not in looked:
            looked[models] = self._has_model(info)
        return not looked[models]


def _how_to_get_a_model(info: MethodInfo) -> str:
    if info.trainer or info.models_of:
        owner = model_owner(info)
        return f"no model is there: train one with revsearch train {owner}, or add one with revsearch models add"
    if info.fit != "none":
        data = " --data FOLDER" if info.fit == "supervised" else ""
        return f"no model is there: fit one with revsearch models fit {info.name} --name NAME{data}"
    return "no model is registered: revsearch models add FILE"


def _row(source: Source, kind: str, info: Info) -> PluginRow:
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


def _whole(source: Source, reason: str) -> PluginRow:
    """A plugin that offers nothing, for that reason."""
    return PluginRow("plugin", source.name, "broken", reason, source.name, source.distribution, source.version)


def _restate(row: PluginRow, state: State, reason: str) -> PluginRow:
    return replace(row, state=state, reason=reason)


def _is_enabled(tables: Tables, name: str) -> bool:
    return tables.get(name, {}).get("enabled", True) is not False


def _how_to_enable(name: str) -> str:
    return f"you switched it off; revsearch plugins enable {name} has it back"


def _usable(row: PluginRow) -> MethodInfo:
    if row.state == "available" and isinstance(row.info, MethodInfo):
        return row.info
    raise MethodUnavailableError(f"the method '{row.name}' is {row.state}: {row.reason}")
