"""A plugin of a third party whose model comes in another package, as pip would install both."""

from __future__ import annotations

from pathlib import Path

from tests.support.site import install
from tests.support.tiny_network import store_network

SOURCE = """
from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl

_OPTIONS = (
    OptionSpec("device", "cpu", "where it runs", choices=("auto", "cpu", "cuda"), stage="search"),
    OptionSpec("batch", 32, "pictures at once", minimum=1, stage="search"),
)

@hookimpl
def revsearch_methods():
    shared = dict(
        metric="cosine", dim=0, models="required", models_of="colour-net", options=_OPTIONS,
        shipped=("colour_net_models:trained/colours", "colour_net_models:trained/absent"),
    )
    module = "revsearch_onnx.network_methods"
    return [
        MethodInfo("colour-net", "T", "S.", "vector", factory=f"{module}:NetworkEmbedding", **shared),
        MethodInfo("colour-net-classes", "T", "S.", "classifier", factory=f"{module}:NetworkClasses", **shared),
    ]
"""


def install_colour_net(site: Path) -> Path:
    """Methods `colour-net` and `colour-net-classes`, shipping the model `colours`; the folder of the model."""
    install(site, "colour-net", SOURCE)
    package = site / "colour_net_models"
    (package / "trained").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
    return store_network(package / "trained", "colours", "colour-net").folder
