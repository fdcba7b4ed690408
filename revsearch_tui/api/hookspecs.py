"""The hooks: what a plugin may offer. All return plain lists of frozen infos and import nothing heavy."""

from __future__ import annotations

import pluggy

from revsearch_tui.api.infos import (
    ActionInfo,
    DatasetInfo,
    FusionInfo,
    Info,
    MethodInfo,
    MetricInfo,
    ReaderInfo,
    RegionInfo,
    StoreInfo,
)

PROJECT = "revsearch"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def revsearch_methods() -> list[MethodInfo]:  # type: ignore[empty-body]
    """Similarity methods."""


@hookspec
def revsearch_region_providers() -> list[RegionInfo]:  # type: ignore[empty-body]
    """Proposers of boxes that matter in a picture."""


@hookspec
def revsearch_image_readers() -> list[ReaderInfo]:  # type: ignore[empty-body]
    """Readers of file formats that the host does not know."""


@hookspec
def revsearch_datasets() -> list[DatasetInfo]:  # type: ignore[empty-body]
    """Labelled data for training and evaluation."""


@hookspec
def revsearch_metrics() -> list[MetricInfo]:  # type: ignore[empty-body]
    """Extra columns of accuracy tables."""


@hookspec
def revsearch_result_actions() -> list[ActionInfo]:  # type: ignore[empty-body]
    """Things to do with pictures that were found."""


@hookspec
def revsearch_fusion_rules() -> list[FusionInfo]:  # type: ignore[empty-body]
    """Rules that make one ranking of what several methods found."""


@hookspec
def revsearch_vector_stores() -> list[StoreInfo]:  # type: ignore[empty-body]
    """Databases that keep vectors."""


HOOKS: dict[str, type[Info]] = {
    "revsearch_methods": MethodInfo,
    "revsearch_region_providers": RegionInfo,
    "revsearch_image_readers": ReaderInfo,
    "revsearch_datasets": DatasetInfo,
    "revsearch_metrics": MetricInfo,
    "revsearch_result_actions": ActionInfo,
    "revsearch_fusion_rules": FusionInfo,
    "revsearch_vector_stores": StoreInfo,
}
"""Hook name -> the info it returns a list of."""
