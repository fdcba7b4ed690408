"""Try a model before it is stored: the method that will run it is made, loaded and given pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import MethodInfo, MethodUnavailableError, ModelError, NullControl, Options, RevsearchError
from revsearch_tui.core.containment import contained
from revsearch_tui.core.factories import load_factory
from revsearch_tui.core.images.decoded import frozen

if TYPE_CHECKING:
    from revsearch_tui.api import ModelFile


def vector_check(info: MethodInfo, options: Options | None = None) -> Callable[[ModelFile], Mapping[str, Any]]:
    """A check for `add_model` that runs the method `info` describes on two small pictures.

    The check returns the facts to store: `dim`, the length of the vectors, and whatever the method's own `facts()`
    tells, where it has such a method. It raises MethodUnavailableError where the method cannot be made and ModelError
    where the model does not do what the method needs. `options` not given are at their defaults.
    """

    def check(model: ModelFile) -> Mapping[str, Any]:
        who = f"the method '{info.name}'"
        try:
            with contained(who, passing=(RevsearchError,)):
                method = load_factory(info.factory)({**info.defaults(), **(options or {})}, model)
                try:
                    return _tried(method, model)
                finally:
                    method.close()
        except MethodUnavailableError as error:
            if isinstance(error, ModelError) or not str(error).startswith(f"{who} failed"):
                raise
            raise ModelError(f"the model '{model.name}' cannot be used: {error}") from error

    return check


def _tried(method: Any, model: ModelFile) -> Mapping[str, Any]:
    import numpy as np

    method.load(NullControl())
    ramp = np.linspace(0, 255, 96 * 64 * 3).astype(np.uint8).reshape(64, 96, 3)
    vectors = np.asarray(method.embed((frozen(ramp), frozen(255 - ramp))))
    if vectors.ndim != 2 or vectors.shape[0] != 2 or not np.isfinite(vectors).all():
        raise ModelError(f"the model '{model.name}' does not give one finite vector for each picture")
    facts = getattr(method, "facts", None)
    return {"dim": int(vectors.shape[1]), **(facts() if callable(facts) else {})}
