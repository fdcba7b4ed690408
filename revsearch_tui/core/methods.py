"""From what a user names (`sift`, `onnx:mobilenet`, options) to a method ready to make, and to its index key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revsearch_tui.api import Control, MethodInfo, MethodUnavailableError, ModelFile, Options, UsageError
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
    name, _, spec_model = spec.partition(":")
    model = model or spec_model or None
    records = list_models(models_folder)
    if model is None and (named := next((record for record in records if record.name == name), None)):
        name, model = named.method, named.name
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
    choice = MethodChoice(info, _complete(info, options or {}), model_file, f"{name}:{model}" if model else name)
    return MethodChoice(choice.info, choice.options, choice.model, choice.label, _index_key(choice))


def make_method(choice: MethodChoice, control: Control) -> Any:
    """The method's object, loaded. Raises `MethodUnavailableError` where it cannot be."""
    made = load_factory(choice.info.factory)(choice.options, choice.model)
    made.load(control)
    return made


def embedding_dim(choice: MethodChoice, method: Any) -> int:
    """The length of the embeddings of a loaded method."""
    return int(choice.info.dim or method.dim)


def _complete(info: MethodInfo, given: Mapping[str, object]) -> dict[str, Any]:
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
