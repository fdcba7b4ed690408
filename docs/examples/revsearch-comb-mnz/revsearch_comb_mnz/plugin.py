"""What this package offers to revsearch. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import FusionInfo, hookimpl


@hookimpl
def revsearch_fusion_rules() -> list[FusionInfo]:
    return [
        FusionInfo(
            name="comb-mnz",
            title="CombMNZ",
            summary="The sum of stretched scores, times the number of methods that found a picture.",
            factory="revsearch_comb_mnz.rules:make_comb_mnz",
            requires=("numpy",),
        ),
        FusionInfo(
            name="borda",
            title="Borda count",
            summary="Points for places; those without a place share what is left.",
            factory="revsearch_comb_mnz.rules:make_borda",
            requires=("numpy",),
        ),
    ]
