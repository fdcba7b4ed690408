"""Try a model before it is stored: the method that will run it is made, loaded and given pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from revsearch_tui.core.models.trial import TrialLimits, tried

if TYPE_CHECKING:
    from revsearch_tui.api import MethodInfo, ModelFile, Options


def vector_check(
    info: MethodInfo, options: Options | None = None, limits: TrialLimits | None = None
) -> Callable[[ModelFile], Mapping[str, Any]]:
    """A check for `add_model` that runs the method `info` describes on two small pictures, in a process of its own.

    The check returns the facts to store: `dim`, the length of the vectors, and whatever the method's own `facts()`
    tells, where it has such a method. `options` not given are at their defaults. Raises as `trial.tried` does.
    """
    return lambda model: tried(info, options or {}, model, limits or TrialLimits())
