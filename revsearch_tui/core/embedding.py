"""What a method of any shape makes of pictures, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revsearch_tui.api import Features, MethodUnavailableError

if TYPE_CHECKING:
    from revsearch_tui.api.types import Embeddings, Picture
    from revsearch_tui.core.methods import MethodChoice


def embed_pictures(
    choice: MethodChoice, method: Any, dim: int, pictures: Sequence[Picture]
) -> tuple[Embeddings, Sequence[Features]]:
    """(n, dim) rows to search by, and the local features of each picture where the method has such.

    The rows of a classifier are square roots of probabilities. Raises `MethodUnavailableError` where the method gives
    something else than finite numbers of that shape, and whatever the method raises.
    """
    features: Sequence[Features] = ()
    if choice.info.shape == "local":
        features = method.extract(pictures)
        rows = np.asarray(method.aggregate(features))
    elif choice.info.shape == "classifier":
        rows = np.sqrt(method.predict(pictures))
    else:
        rows = np.asarray(method.embed(pictures))
    if rows.shape != (len(pictures), dim) or not np.isfinite(rows).all():
        raise MethodUnavailableError(
            f"the method '{choice.label}' returned an array of shape {rows.shape}, or numbers that are not finite, "
            f"for {len(pictures)} pictures; expected ({len(pictures)}, {dim})"
        )
    return rows, features
