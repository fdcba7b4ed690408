"""What plugins say of themselves as JSON values, and back, exactly as it was."""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass
from typing import Any

_CONTRACT = "revsearch_tui.api."
_PLAIN = (bool, int, float, str, type(None))


class NotPlainError(Exception):
    """A value that JSON cannot hold as it is."""


def to_values(value: Any) -> Any:
    """A value of an info, or the info itself, as JSON holds it. Raises `NotPlainError` for all that would not come back
    the same: types of a plugin's own, subclasses of plain ones among them."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in (tuple, list, frozenset):
        each_of = sorted(value, key=repr) if kind is frozenset else value
        return {"as": kind.__name__, "of": [to_values(each) for each in each_of]}
    if kind is bytes:
        return {"as": "bytes", "of": value.hex()}
    if is_dataclass(kind) and kind.__module__.startswith(_CONTRACT):
        name = f"{kind.__module__.removeprefix(_CONTRACT)}:{kind.__name__}"
        return {"as": name, "of": {each.name: to_values(getattr(value, each.name)) for each in fields(kind)}}
    raise NotPlainError(f"{kind.__module__}.{kind.__qualname__}")


def from_values(value: Any) -> Any:
    """The other way round. Raises one of many errors for what `to_values` did not make."""
    if type(value) in _PLAIN:
        return value
    kind, content = value["as"], value["of"]
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind in ("tuple", "list", "frozenset"):
        made = [from_values(each) for each in content]
        return made if kind == "list" else tuple(made) if kind == "tuple" else frozenset(made)
    module, _, name = kind.partition(":")
    made_of = vars(importlib.import_module(f"{_CONTRACT}{module}"))[name]
    if not is_dataclass(made_of) or not isinstance(made_of, type):
        raise TypeError(f"{kind} is nothing that plugins give")
    return made_of(**{name: from_values(each) for name, each in content.items()})
