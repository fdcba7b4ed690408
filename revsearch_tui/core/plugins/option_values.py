"""Options as given by a user, checked against their declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from revsearch_tui.api import OptionSpec, UsageError
from revsearch_tui.core.base.suggest import nearest


def complete_values(
    owner: str, specs: Sequence[OptionSpec], given: Mapping[str, object], *, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Every declared option, those not given at their defaults. `owner` is what messages call whom they belong to, as
    in "the method 'cnn'"; `more` are names that are allowed elsewhere. Raises `UsageError`."""
    complete: dict[str, Any] = {spec.name: spec.default for spec in specs}
    declared = {spec.name: spec for spec in specs}
    for name, value in given.items():
        if name not in declared:
            known = [*complete, *more]
            hint = nearest(name, known)
            also = f"did you mean '{hint}'?" if hint else f"it has: {', '.join(known) or 'none'}"
            raise UsageError(f"{owner} has no option '{name}'; {also}")
        try:
            complete[name] = declared[name].parse(value)
        except ValueError as error:
            raise UsageError(f"{owner}: {error}") from None
    return complete
