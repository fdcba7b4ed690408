"""A module for the methods that the conformance kit is tried on."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from tests.support.conformance import SUBJECTS


@pytest.fixture(autouse=True)
def subjects() -> Iterator[types.ModuleType]:
    module = types.ModuleType(SUBJECTS)
    sys.modules[SUBJECTS] = module
    yield module
    del sys.modules[SUBJECTS]
