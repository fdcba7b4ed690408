"""Which programs, libraries, methods and models figures were made by."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata

from revsearch_tui import __version__
from revsearch_tui.core.images.limits import DECODER_VERSION
from revsearch_tui.core.methods.resolving import MethodChoice

_ALWAYS = ("numpy", "pillow")


def versions_of(choices: Sequence[MethodChoice]) -> dict[str, str]:
    """Names to versions; those of methods and models are called `method NAME` and `model NAME`."""
    found = {
        "revsearch": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "decoder": str(DECODER_VERSION),
    }
    modules = {module.partition(".")[0] for choice in choices for module in choice.info.requires}
    distributions = metadata.packages_distributions() if modules else {}
    for name in sorted({*_ALWAYS, *(each for module in modules for each in distributions.get(module, ()))}):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    for choice in choices:
        found[f"method {choice.label}"] = str(choice.info.version)
        if choice.model is not None:
            found[f"model {choice.model.name}"] = choice.model.sha256
    return found
