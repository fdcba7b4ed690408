"""The conformance kit: run it in a plugin's own tests to learn whether the host can rely on the plugin.

`check_plugin(module)` checks everything a plugin module offers; `check_method(info, model)` one method,
`check_action(info)` one action, `check_fusion(info)` one rule of fusion, `check_store(info)` one vector store. Which
checks run follows from what the info declares. All raise `ConformanceError`, which names every check that failed; all
give the checks back with their outcomes. A failure that is known and accepted is named in `expected_failures`, with its
reason; one that no longer happens is reported, so that the list stays true. What could not be tried is warned of
(`ConformanceWarning`), and fails where `strict` is true.

In a test::

    from revsearch_tui.api.testing import check_plugin
    import my_package.plugin

    def test_the_plugin_conforms() -> None:
        check_plugin(my_package.plugin)

Needs numpy when a method is checked; nothing beyond the standard library and pluggy to import.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from types import ModuleType

from revsearch_tui.api.deprecations import deprecations
from revsearch_tui.api.infos import (
    ActionInfo,
    DatasetInfo,
    FusionInfo,
    Info,
    MethodInfo,
    ReaderInfo,
    RegionInfo,
    StoreInfo,
)
from revsearch_tui.api.testing.actions import run_action_checks
from revsearch_tui.api.testing.fusions import run_fusion_checks
from revsearch_tui.api.testing.methods import CHECK_NAMES, run_method_checks
from revsearch_tui.api.testing.outcomes import CheckResult, ConformanceError, ConformanceWarning, attempt, judged
from revsearch_tui.api.testing.pictures import labelled_pictures, odd_pictures, sample_pictures
from revsearch_tui.api.testing.plugins import dataset, factory, hooks, light_import, metric, reader, regions
from revsearch_tui.api.testing.stores import run_store_checks
from revsearch_tui.api.types import ModelFile

__all__ = [
    "CHECK_NAMES",
    "CheckResult",
    "ConformanceError",
    "ConformanceWarning",
    "check_action",
    "check_fusion",
    "check_method",
    "check_plugin",
    "check_store",
    "labelled_pictures",
    "odd_pictures",
    "plugin_checks",
    "sample_pictures",
]


def check_plugin(
    module: ModuleType,
    *,
    models: Mapping[str, ModelFile] | None = None,
    expected_failures: Mapping[str, str] | None = None,
    strict: bool = False,
) -> list[CheckResult]:
    """Check a plugin module: that describing it is cheap and sound, and everything it offers.

    `models` gives, by name of method, the model to check it with. One that requires a model and has none here is
    checked with one that the kit fits, if it is fitted, and skipped otherwise. `expected_failures` maps `check` or
    `name.check` to a reason. Warns of what was skipped, with `strict` raises for it, and of what the plugin uses that
    will be gone (`DeprecationWarning`). Raises `ConformanceError`.
    """
    results = plugin_checks(module, models or {})
    for result in results:
        if result.check == "deprecations":
            warnings.warn(f"the plugin {module.__name__}: {result.reason}", DeprecationWarning, stacklevel=2)
    return judged(results, expected_failures or {}, strict)


def plugin_checks(module: ModuleType, models: Mapping[str, ModelFile]) -> list[CheckResult]:
    """The same checks with whatever comes of them; nothing is raised."""
    results: list[CheckResult] = []
    infos: list[Info] = []
    attempt(results, module.__name__, "light_import", lambda: light_import(module))
    attempt(results, module.__name__, "hooks", lambda: infos.extend(hooks(module)))
    for info in infos:
        if told := deprecations(info):
            results.append(CheckResult(info.name, "deprecations", "passed", "; ".join(told)))
        missing = [name for name in info.requires if importlib.util.find_spec(name.partition(".")[0]) is None]
        if missing:
            results.append(CheckResult(info.name, "all", "skipped", f"needs {', '.join(missing)}"))
            continue
        attempt(results, info.name, "factory", lambda info=info: factory(info))  # type: ignore[misc]
        if isinstance(info, MethodInfo):
            results += run_method_checks(info, models.get(info.name))
        elif isinstance(info, ActionInfo):
            results += run_action_checks(info)
        elif isinstance(info, FusionInfo):
            results += run_fusion_checks(info)
        elif isinstance(info, StoreInfo):
            results += run_store_checks(info)
        elif isinstance(info, ReaderInfo):
            attempt(results, info.name, "reader", lambda info=info: reader(info))  # type: ignore[misc]
        elif isinstance(info, RegionInfo):
            attempt(results, info.name, "regions", lambda info=info: regions(info))  # type: ignore[misc]
        elif isinstance(info, DatasetInfo):
            attempt(results, info.name, "dataset", lambda info=info: dataset(info))  # type: ignore[misc]
        else:
            attempt(results, info.name, "metric", lambda info=info: metric(info))  # type: ignore[misc]
    return results


def check_method(
    info: MethodInfo,
    model: ModelFile | None = None,
    *,
    expected_failures: Mapping[str, str] | None = None,
    strict: bool = False,
) -> list[CheckResult]:
    """Check one method, with a model where it takes one. Otherwise as `check_plugin`."""
    return judged(run_method_checks(info, model), expected_failures or {}, strict)


def check_action(
    info: ActionInfo, *, expected_failures: Mapping[str, str] | None = None, strict: bool = False
) -> list[CheckResult]:
    """Check one action, which is done with files that the kit makes. Otherwise as `check_plugin`."""
    return judged(run_action_checks(info), expected_failures or {}, strict)


def check_fusion(
    info: FusionInfo, *, expected_failures: Mapping[str, str] | None = None, strict: bool = False
) -> list[CheckResult]:
    """Check one rule of fusion, on ballots that the kit makes up. Otherwise as `check_plugin`."""
    return judged(run_fusion_checks(info), expected_failures or {}, strict)


def check_store(
    info: StoreInfo, *, expected_failures: Mapping[str, str] | None = None, strict: bool = False
) -> list[CheckResult]:
    """Check one vector store, in temporary folders. Otherwise as `check_plugin`."""
    return judged(run_store_checks(info), expected_failures or {}, strict)
