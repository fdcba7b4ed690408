"""The contract plugins are written against. Imports the standard library and pluggy, nothing else.

Each part is imported when a name of it is first used: a process that decodes pictures needs no pluggy, and describing
plugins no protocols.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from revsearch_tui.api.bases import BaseMethod
    from revsearch_tui.api.errors import (
        Cancelled,
        ConfigError,
        IndexBusyError,
        IndexMissingError,
        MethodUnavailableError,
        ModelError,
        PictureError,
        RevsearchError,
        StorageError,
        UsageError,
    )
    from revsearch_tui.api.hookspecs import HOOKS, PROJECT, hookimpl, hookspec
    from revsearch_tui.api.infos import (
        API_VERSION,
        ActionInfo,
        DatasetInfo,
        Download,
        FusionInfo,
        Info,
        MethodInfo,
        MetricInfo,
        ModelDownload,
        Options,
        OptionSpec,
        OptionValue,
        ReaderInfo,
        RegionInfo,
        StoreInfo,
    )
    from revsearch_tui.api.protocols import (
        ClassifierMethod,
        Explainable,
        Fittable,
        FusionRule,
        LocalMethod,
        Method,
        Naming,
        QueryViewing,
        ResultAction,
        RowTurning,
        TextQuerying,
        Trainer,
        VectorMethod,
        VectorStore,
    )
    from revsearch_tui.api.types import (
        Ballot,
        BitDiff,
        Box,
        ClassBars,
        Control,
        Embeddings,
        Explanation,
        Features,
        Findings,
        FitReport,
        FloatArray,
        FoundPicture,
        HeatMap,
        KeypointLines,
        ModelFile,
        NullControl,
        PairMatch,
        Picture,
        QueryHits,
        Sample,
        StorePlace,
        TrainedModel,
        TrainingData,
    )

__all__ = [
    "API_VERSION",
    "HOOKS",
    "PROJECT",
    "ActionInfo",
    "Ballot",
    "BaseMethod",
    "BitDiff",
    "Box",
    "Cancelled",
    "ClassBars",
    "ClassifierMethod",
    "ConfigError",
    "Control",
    "DatasetInfo",
    "Download",
    "Embeddings",
    "Explainable",
    "Explanation",
    "Features",
    "Findings",
    "FitReport",
    "Fittable",
    "FloatArray",
    "FoundPicture",
    "FusionInfo",
    "FusionRule",
    "HeatMap",
    "IndexBusyError",
    "IndexMissingError",
    "Info",
    "KeypointLines",
    "LocalMethod",
    "Method",
    "MethodInfo",
    "MethodUnavailableError",
    "MetricInfo",
    "ModelDownload",
    "ModelError",
    "ModelFile",
    "Naming",
    "NullControl",
    "OptionSpec",
    "OptionValue",
    "Options",
    "PairMatch",
    "Picture",
    "PictureError",
    "QueryHits",
    "QueryViewing",
    "ReaderInfo",
    "RegionInfo",
    "ResultAction",
    "RevsearchError",
    "RowTurning",
    "Sample",
    "StorageError",
    "StoreInfo",
    "StorePlace",
    "TextQuerying",
    "TrainedModel",
    "Trainer",
    "TrainingData",
    "UsageError",
    "VectorMethod",
    "VectorStore",
    "hookimpl",
    "hookspec",
]

_PARTS = ("errors", "infos", "types", "protocols", "bases", "hookspecs")
_OF_HOOKS = ("HOOKS", "PROJECT", "hookimpl", "hookspec")
"""Names of the part that needs pluggy."""


def __getattr__(name: str) -> object:
    for part in _PARTS[-1:] if name in _OF_HOOKS else _PARTS if name in __all__ else ():
        module = importlib.import_module(f"{__name__}.{part}")
        if hasattr(module, name):
            globals()[name] = getattr(module, name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
