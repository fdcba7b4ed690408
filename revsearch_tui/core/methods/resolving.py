"""From what a user names (`sift`, `onnx:mobilenet`, options) to a method ready to make, and to its index key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import (
    ConfigError,
    Control,
    MethodInfo,
    MethodUnavailableError,
    ModelError,
    ModelFile,
    Options,
    OptionSpec,
    RegionInfo,
    RevsearchError,
    UsageError,
)
from revsearch_tui.core.base.memory import keep_freed_memory
from revsearch_tui.core.base.wording import instead, nearest
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.models.manifests import ModelRecord
from revsearch_tui.core.models.model_store import list_models
from revsearch_tui.core.models.offered import all_models, load_model, offered_models, shipped_models
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S, Contained, contained
from revsearch_tui.core.plugins.declarations import complete_values
from revsearch_tui.core.plugins.isolation import Isolation, Limits
from revsearch_tui.core.plugins.loading import load_factory
from revsearch_tui.core.plugins.registry import Registry

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.apart import Apart

REGION = OptionSpec("region", "", "the region provider whose best box of a picture is all that the method sees")
"""An option that the host gives to every method but local ones. Empty, it is no part of the index key."""


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A method with its model and complete options. `label` is what users see and type.

    `region` proposes the part of each picture that the method gets to see; the whole where None. `usual` are the
    options it has where a user gives none: the configured ones, or the defaults. `apart`: it runs in a process of its
    own, within these limits.
    """

    info: MethodInfo
    options: Options
    model: ModelFile | None = None
    label: str = ""
    key: str = field(default="")
    region: RegionInfo | None = None
    usual: Mapping[str, object] = field(default_factory=dict)
    apart: Limits | None = None

    def index_options(self) -> dict[str, object]:
        """The options that decide what embeddings come out; the region is there only where there is one."""
        staged = [option.name for option in self.info.options if option.stage == "index"]
        if self.region is not None:
            staged.append(REGION.name)
        return {name: value for name, value in self.all_options().items() if name in staged}

    def all_options(self) -> dict[str, object]:
        """Every option as `choose_method` takes it, the region too."""
        options: dict[str, object] = dict(self.options)
        if self.region is not None:
            options[REGION.name] = self.region.name
        return options


def choose_method(
    registry: Registry,
    models_folder: Path,
    spec: str,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
    isolation: Isolation | None = None,
) -> MethodChoice:
    """Resolve `method` or `method:model`, or the bare name of a registered model.

    Raises `MethodUnavailableError` (unknown, broken, lacks a model), `UsageError` (an option that does not exist or
    does not fit).
    """
    name, spec_model = resolve_spec(registry, models_folder, spec)
    info = registry.method(name)
    record = _choose_model(models_folder, info, model or spec_model)
    given = dict(options or {})
    region = str(given.pop(REGION.name, "") or "") if takes_region(info) else ""
    choice = MethodChoice(
        info,
        complete_options(info, given),
        load_model(record) if record else None,
        _label(info, record),
        region=registry.region(region) if region else None,
        usual=complete_options(info, {}),
        apart=limits_of(registry, info, isolation or Isolation()),
    )
    return replace(choice, key=_index_key(choice))


def _choose_model(models_folder: Path, info: MethodInfo, name: str | None) -> ModelRecord | None:
    """The model of that name; where none is named, the first shipped one, or else the only one there is."""
    if name is not None and info.models == "none" and not info.shipped:
        raise UsageError(f"the method '{info.name}' takes no model")
    records = offered_models(models_folder, info)
    if name is None:
        default = _default_model(info)
        if default is not None:
            return next(record for record in records if record.name == default)
        if info.models != "required" and not info.shipped:
            return None
        if len(records) > 1:
            several = ", ".join(f"{info.name}:{record.name}" for record in records)
            raise UsageError(f"the method '{info.name}' has several models; say which: {several}")
        return records[0]
    for record in records:
        if record.name == name:
            return record
    for record in list_models(models_folder):
        if record.name == name and record.problem:
            raise ModelError(record.problem)
    known = [record.name for record in records]
    raise MethodUnavailableError(f"the method '{info.name}' has no model '{name}'; {instead(name, known)}")


def _default_model(info: MethodInfo) -> str | None:
    """The name of the model that the method runs with where the user names none: the first one shipped."""
    return next((record.name for record in shipped_models(info)), None)


def _label(info: MethodInfo, record: ModelRecord | None) -> str:
    """What users see and type. A method with the model it ships with first goes by its bare name."""
    if record is None or (record.origin == "shipped" and record.name == _default_model(info)):
        return info.name
    return f"{info.name}:{record.name}"


def resolve_spec(registry: Registry, models_folder: Path, spec: str) -> tuple[str, str | None]:
    """The method and the model that `method`, `method:model` or the bare name of a model means.

    A method's own name goes before a model's. Nothing is checked.
    """
    name, _, model = spec.partition(":")
    if not model and not registry.offers_method(name):
        infos = [row.info for row in registry.methods() if isinstance(row.info, MethodInfo)]
        for record in all_models(models_folder, infos):
            if record.name == name and record.method:
                return record.method, record.name
    return name, model or None


def make_method(choice: MethodChoice, control: Control, timeout_s: float = METHOD_TIMEOUT_S) -> Contained:
    """The method's object, loaded, each of whose calls may take `timeout_s`.

    Raises `MethodUnavailableError` where it cannot be, and what else of the family the method itself raises.
    """
    who = f"the method '{choice.label}'"
    if choice.apart is not None:
        apart = _apart(choice, control, replace(choice.apart, timeout_s=timeout_s), load=True)
        return Contained(who, apart.start, control, timeout_s, passing=(RevsearchError,), give_up=apart.end)

    def make() -> Any:
        keep_freed_memory()
        made = load_factory(choice.info.factory)(dict(choice.options), choice.model)
        made.load(control)
        return made

    return Contained(who, make, control, timeout_s, passing=(RevsearchError,))


def make_to_fit(choice: MethodChoice, control: Control) -> Any:
    """The method's object as it is before it has learned anything. Raises as `make_method` does."""
    if choice.apart is not None:
        return _apart(choice, control, choice.apart, load=False).start()
    with contained(f"the method '{choice.label}'", passing=(RevsearchError,)):
        return load_factory(choice.info.factory)(dict(choice.options), choice.model)


def _apart(choice: MethodChoice, control: Control, limits: Limits, *, load: bool) -> Apart:
    from revsearch_tui.core.plugins.apart import Apart

    who = f"the method '{choice.label}'"
    return Apart(who, choice.info.factory, choice.options, choice.model, control, limits, load=load)


def limits_of(registry: Registry, info: MethodInfo, isolation: Isolation) -> Limits | None:
    """What the method's process may take; None where it has none of its own."""
    return Limits(isolation.memory_mb) if isolation.applies(registry, info) else None


def guarded(choice: MethodChoice) -> AbstractContextManager[None]:
    """Whatever is raised within comes out as `MethodUnavailableError` with the method's name."""
    return contained(f"the method '{choice.label}'")


def embedding_dim(choice: MethodChoice, method: Any) -> int:
    """The length of the embeddings of a loaded method."""
    if choice.info.dim:
        return choice.info.dim
    return len(method.classes) if choice.info.shape == "classifier" else int(method.dim)


def takes_region(info: MethodInfo) -> bool:
    """Whether the host's own option `region` applies: to all but local methods, and those with one of that name."""
    return info.shape != "local" and info.option(REGION.name) is None


def complete_options(info: MethodInfo, given: Mapping[str, object]) -> dict[str, Any]:
    """Every option of a method, those not given at their defaults. Raises `UsageError`."""
    more = (REGION.name,) if takes_region(info) else ()
    return complete_values(f"the method '{info.name}'", info.options, given, more=more)


def check_configured(registry: Registry, methods: Mapping[str, Mapping[str, object]], file: Path) -> None:
    """Check the options that a configuration file gives to methods, usable or not. Raises `ConfigError`."""
    offered = {row.name: row.info for row in registry.methods() if row.state != "shadowed"}
    for spec, options in methods.items():
        info = offered.get(spec.partition(":")[0])
        if not isinstance(info, MethodInfo):
            if registry.disabled_plugins():
                continue  # one of which may offer it
            hint = nearest(spec, offered)
            also = f"did you mean [methods.{hint}]?" if hint else f"there are: {', '.join(sorted(offered))}"
            raise ConfigError(f"{file}: [methods.{spec}] is for no known method; {also}")
        try:
            complete_options(info, {n: v for n, v in options.items() if n != REGION.name or not takes_region(info)})
        except UsageError as error:
            raise ConfigError(f"{file}: {error}") from None


def _index_key(choice: MethodChoice) -> str:
    """A name for all that decides an embedding: different keys are never mixed."""
    parts: list[object] = [
        choice.info.name,
        choice.info.version,
        choice.index_options(),
        choice.model.sha256 if choice.model else None,
        DECODER_VERSION,
    ]
    if choice.region is not None:
        parts.append(choice.region.version)
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{choice.info.name}-{digest[:12]}"
