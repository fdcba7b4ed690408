"""Makes RAW files for the tests."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def dng() -> Callable[..., bytes]:
    spec = importlib.util.spec_from_file_location("raw_example_dng", Path(__file__).with_name("dng.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Callable[..., bytes] = module.dng
    return made
