"""A request as the configuration of a record, and back, so that what was measured can be measured again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

from revsearch_tui.api import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Request = TypeVar("Request", bound=DataclassInstance)


def configuration_of(request: DataclassInstance) -> dict[str, Any]:
    """The fields of a request as JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(request).items()}


def request_of(kind: type[Request], configuration: Mapping[str, Any]) -> Request:
    """The request of that kind that a record's configuration tells. Raises `UsageError` where it tells none."""
    known = {entry.name for entry in fields(kind)}
    try:
        return kind(**{name: value for name, value in configuration.items() if name in known})
    except TypeError as error:
        raise UsageError(f"the record does not tell how to run it again ({error})") from None
