"""Run the conformance kit on what is installed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodUnavailableError, ModelFile

if TYPE_CHECKING:
    from revsearch_tui.api.testing import CheckResult
    from revsearch_tui.core.plugins.registry import Registry


def check_installed(registry: Registry, plugin: str, models: Mapping[str, ModelFile]) -> list[CheckResult]:
    """Every check of the plugin of that name, failed ones too; `models` by name of method.

    Raises `MethodUnavailableError` where the plugin cannot even be imported.
    """
    from revsearch_tui.api.testing import plugin_checks

    try:
        module = importlib.import_module(registry.module_of(plugin))
    except Exception as error:
        raise MethodUnavailableError(
            f"importing the plugin '{plugin}' raised {type(error).__name__}: {error}"
        ) from None
    return plugin_checks(module, models)
