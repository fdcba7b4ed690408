"""Resolve the `package.module:Name` strings of plugin infos."""

from __future__ import annotations

import importlib
from typing import Any

from revsearch_tui.api import MethodUnavailableError
from revsearch_tui.core.plugins.strays import owned


def load_factory(reference: str) -> Any:
    """The object that `package.module:Name` names. Raises `MethodUnavailableError` where it cannot be imported."""
    module_name, _, attribute = reference.partition(":")
    try:
        with owned(f"the plugin object '{reference}'"):
            return getattr(importlib.import_module(module_name), attribute)
    except BaseException as error:  # a plugin's import may raise anything, or call sys.exit
        if isinstance(error, KeyboardInterrupt | GeneratorExit):
            raise
        raise MethodUnavailableError(
            f"the plugin object '{reference}' cannot be loaded: {type(error).__name__}: {error}"
        ) from error
