"""Find modules and folders of packages without importing them, and resolve the `package.module:Name` strings of
infos.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import Any

from revsearch_tui.api import MethodUnavailableError
from revsearch_tui.core.plugins import tracing
from revsearch_tui.core.plugins.strays import owned


def load_factory(reference: str) -> Any:
    """The object that `package.module:Name` names. Raises `MethodUnavailableError` where it cannot be imported."""
    from revsearch_tui.core.plugins.looking import modules_before

    module_name, _, attribute = reference.partition(":")
    modules_before()
    try:
        with owned(f"the plugin object '{reference}'"), tracing.step(f"import {reference}"):
            return getattr(importlib.import_module(module_name), attribute)
    except BaseException as error:  # a plugin's import may raise anything, or call sys.exit
        if isinstance(error, KeyboardInterrupt | GeneratorExit):
            raise
        raise MethodUnavailableError(
            f"the plugin object '{reference}' cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def is_importable(module: str) -> bool:
    """Whether there is such a module. Nothing is imported, which `find_spec` alone would do with its parents."""
    return module in sys.modules or _spec(module) is not None


def package_folder(package: str) -> Path | None:
    """The folder a package is installed in; None where there is no such package. Nothing is imported."""
    spec = _spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _spec(module: str) -> importlib.machinery.ModuleSpec | None:
    name, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(name)
        for part in rest:
            places = spec.submodule_search_locations if spec is not None else None
            if places is None:
                return None
            name = f"{name}.{part}"
            spec = importlib.machinery.PathFinder.find_spec(name, places)
    except Exception:  # a module with a broken __spec__ is as good as absent
        return None
    return spec
