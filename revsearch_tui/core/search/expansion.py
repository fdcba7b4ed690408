"""Average query expansion: what a first search found asks again beside the query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def expanded(
    query: npt.NDArray[Any], neighbours: npt.NDArray[Any], cosines: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """(d,) of unit length: the query (d,) and its neighbours (n, d), each of these times its cosine where above 0.

    Chum et al., Total recall, ICCV 2007; weighed as in Radenovic, Tolias and Chum, Fine-tuning CNN image retrieval with
    no human annotation, TPAMI 2019, with an exponent of 1.
    """
    total = query.astype(np.float64) + np.einsum("i,ij->j", np.maximum(cosines, 0).astype(np.float64), neighbours)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)


def wanted_neighbours(method: Any) -> int:
    """How many neighbours the method's options ask to take; 0 where it has no such option."""
    return int(getattr(method, "expand", 0))
