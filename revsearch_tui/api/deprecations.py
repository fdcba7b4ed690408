"""What of the contract is on its way out, and who still uses it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.api.infos import Info

DEPRECATED: dict[str, str] = {}
"""`MethodInfo.field`, and so on, with what to do instead and in which version of the contract it goes."""


def deprecations(info: Info) -> list[str]:
    """A sentence for each field that the info sets to something else than its default, and that is on its way out."""
    kind = type(info).__name__
    return [
        f"'{field.name}' of '{info.name}' is deprecated: {DEPRECATED[f'{kind}.{field.name}']}"
        for field in dataclasses.fields(info)
        if f"{kind}.{field.name}" in DEPRECATED and getattr(info, field.name) != field.default
    ]
