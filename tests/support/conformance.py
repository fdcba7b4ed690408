"""Methods for the conformance kit to check, and what it says of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import MethodInfo
from revsearch_tui.api.testing import ConformanceError, check_method

SUBJECTS = "revsearch_kit_subjects"
"""The module that is there while a test of the kit runs, for the method under test."""


class MeanColour:
    """A sound method; the faulty ones differ from it in one thing."""

    def __init__(self, options: Any, model: Any) -> None:
        self.options = options

    def load(self, control: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def embed(self, pictures: Sequence[Any]) -> Any:
        means = [picture.reshape(-1, 3).mean(axis=0) for picture in pictures]
        return np.array([[*mean, 1] for mean in means], np.float32)


def info_of(method: type, **changes: Any) -> MethodInfo:
    sys.modules[SUBJECTS].Subject = method  # type: ignore[attr-defined]
    fields: dict[str, Any] = {"shape": "vector", "metric": "l2", "dim": 4} | changes
    return MethodInfo("subject", "Subject", "A method under test.", factory=f"{SUBJECTS}:Subject", **fields)


def failed_checks(method: type, strict: bool = False, **changes: Any) -> dict[str, str]:
    with pytest.raises(ConformanceError) as caught:
        check_method(info_of(method, **changes), strict=strict)
    parts = [line.split(": ", 2) for line in str(caught.value).splitlines()]
    assert all(subject == "subject" for subject, _, _ in parts)
    return {check: reason for _, check, reason in parts}
