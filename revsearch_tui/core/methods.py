"""From what a user names (`sift`, `onnx:mobilenet`, options) to a method ready to make, and to its index key."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revsearch_tui.api import (
    ConfigError,
    Control,
    MethodInfo,
    MethodUnavailableError,
    ModelFile,
    Options,
    RevsearchError,
    UsageError,
)
from revsearch_tui.core.factories import load_factory
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.models.store import get_model, list_models
from revsearch_tui.core.registry import Registry
from revsearch_tui.core.suggest import nearest


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A method with its model and complete options. `label` is what users see and type."""

    info: MethodInfo
    options: Options
    model: ModelFile | None = None
    label: str = ""
    key: str = field(default="")

    def index_options(self) -> dict[str, object]:
        """The options that decide what embeddings come out."""
        return {option.name: self.options[option.name] for option in self.info.options if option.stage == "index"}


def choose_method(
    registry: Registry,
    models_folder: Path,
    spec: str,
    *,
    model: str | None = None,
    options: Mapping[str, object] | None = None,
) -> MethodChoice:
    """Resolve `method` or `method:model`, or the bare name of a registered model.

    Raises `MethodUnavailableError` (unknown, broken, lacks a model), `UsageError` (an option that does not exist or
    does not fit).
    """
    name, spec_model = resolve_spec(registry, models_folder, spec)
    model = model or spec_model
    records = list_models(models_folder)
    info = registry.method(name)
    own_models = [record.name for record in records if record.method == info.name]
    if model is None and info.models == "required":
        if len(own_models) > 1:
            raise UsageError(
                f"the method '{name}' has several models; say which: " + ", ".join(f"{name}:{m}" for m in own_models)
            )
        model = own_models[0]
    if model is not None and info.models == "none":
        raise UsageError(f"the method '{name}' takes no model")
    if model is not None and model not in own_models:
        hint = nearest(model, own_models)
        also = f"did you mean '{hint}'?" if hint else f"there are: {', '.join(own_models) or 'none'}"
        raise MethodUnavailableError(f"the method '{name}' has no model '{model}'; {also}")
    model_file = get_model(models_folder, model) if model else None
    choice = MethodChoice(info, complete_options(info, options or {}), model_file, f"{name}:{model}" if model else name)
    return MethodChoice(choice.info, choice.options, choice.model, choice.label, _index_key(choice))


def resolve_spec(registry: Registry, models_folder: Path, spec: str) -> tuple[str, str | None]:
    """The method and the model that `method`, `method:model` or the bare name of a model means.

    A method's own name goes before a model's. Nothing is checked.
    """
    name, _, model = spec.partition(":")
    if not model:
        named = next((record for record in list_models(models_folder) if record.name == name), None)
        if named is not None and not registry.offers_method(name):
            return named.method, named.name
    return name, model or None


def make_method(choice: MethodChoice, control: Control) -> Any:
    """The method's object, loaded. Raises `MethodUnavailableError` where it cannot be."""
    with guarded(choice):
        made = load_factory(choice.info.factory)(choice.options, choice.model)
        made.load(control)
        return made


@contextlib.contextmanager
def guarded(choice: MethodChoice) -> Iterator[None]:
    """Whatever a method raises within comes out as an error of the family, with the method's name."""
    try:
        yield
    except RevsearchError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise MethodUnavailableError(
            f"the method '{choice.label}' failed: {type(error).__name__}{f': {text}' if text else ''}"
        ) from error


def embedding_dim(choice: MethodChoice, method: Any) -> int:
    """The length of the embeddings of a loaded method."""
    return int(choice.info.dim or method.dim)


def complete_options(info: MethodInfo, given: Mapping[str, object]) -> dict[str, Any]:
    """Every option of a method, those not given at their defaults. Raises `UsageError`."""
    complete: dict[str, Any] = info.defaults()
    for name, value in given.items():
        option = info.option(name)
        if option is None:
            hint = nearest(name, complete)
            also = f"did you mean '{hint}'?" if hint else f"it has: {', '.join(complete) or 'none'}"
            raise UsageError(f"the method '{info.name}' has no option '{name}'; {also}")
        try:
            complete[name] = option.parse(value)
        except ValueError as error:
            raise UsageError(f"method '{info.name}': {error}") from None
    return complete


def check_configured(registry: Registry, methods: Mapping[str, Mapping[str, object]], file: Path) -> None:
    """Check the options that a configuration file gives to methods, usable or not. Raises `ConfigError`."""
    offered = {row.name: row.info for row in registry.methods() if row.state != "shadowed"}
    for spec, options in methods.items():
        info = offered.get(spec.partition(":")[0])
        if not isinstance(info, MethodInfo):
            hint = nearest(spec, offered)
            also = f"did you mean [methods.{hint}]?" if hint else f"there are: {', '.join(sorted(offered))}"
            raise ConfigError(f"{file}: [methods.{spec}] is for no known method; {also}")
        try:
            complete_options(info, options)
        except UsageError as error:
            raise ConfigError(f"{file}: {error}") from None


def _index_key(choice: MethodChoice) -> str:
    """A name for all that decides an embedding: different keys are never mixed."""
    parts = [
        choice.info.name,
        choice.info.version,
        choice.index_options(),
        choice.model.sha256 if choice.model else None,
        DECODER_VERSION,
    ]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"{choice.info.name}-{digest[:12]}"
