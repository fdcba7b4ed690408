"""Checks of methods that take words and of those that have names for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from revsearch_tui.api.protocols import Naming, TextQuerying
from revsearch_tui.api.testing.bench import Bench
from revsearch_tui.api.testing.outcomes import NotApplicable
from revsearch_tui.api.testing.pictures import sample_pictures
from revsearch_tui.api.types import NullControl

_LENGTH = 1e-3
"""How far the length of a unit vector, or a sum of probabilities, may be from 1."""
_TEXTS = ("a dog", "a red bus on a beach", "", "the", "?!", "zwölf Bäume 木", "xyzzy", "very " * 2000 + "long")


def wording(bench: Bench) -> None:
    """The capability `text-query` and the function `embed_text` come together; texts of every kind, the empty one too,
    give rows of the same space as pictures, of length 1 or zeros, the same every time, alone and with others."""
    import numpy as np

    method = bench.make()
    declared = bench.info.takes_text
    assert declared == isinstance(method, TextQuerying), "the capability 'text-query' and embed_text disagree"
    if not declared:
        raise NotApplicable("it takes no words")
    method.load(NullControl())
    if not getattr(method, "takes_text", True):
        method.close()
        raise NotApplicable("it takes no words with this model")
    rows = _text_rows(bench, method, _TEXTS)
    assert bench.same(rows, _text_rows(bench, method, _TEXTS)), "the same texts give other vectors the second time"
    alone = np.concatenate([_text_rows(bench, method, [text]) for text in _TEXTS])
    assert bench.same(rows, alone), "the vector of a text depends on the other texts of the batch"
    method.close()
    other = bench.loaded()
    assert bench.same(rows, _text_rows(bench, other, _TEXTS)), "another object gives other vectors for texts"
    other.close()


def naming(bench: Bench) -> None:
    """The capability `names` and the functions `names` and `names_of` come together; every picture has a name, and its
    probability, where it is told, is one."""
    method = bench.make()
    declared = bench.info.knows_names
    assert declared == isinstance(method, Naming), "the capability 'names' and names, names_of disagree"
    if not declared:
        raise NotApplicable("it has no names for pictures")
    method.load(NullControl())
    if not getattr(method, "knows_names", True):
        method.close()
        raise NotApplicable("it has no names with this model")
    pictures = sample_pictures(4)
    found = method.names(bench.vectors(method, pictures))
    assert len(found) == len(pictures), f"names gave {len(found)} results for {len(pictures)} pictures"
    for name, confidence in found:
        assert isinstance(name, str) and name, "a name is a text that is not empty"
        assert confidence is None or 0 <= confidence <= 1, f"a probability lies in 0..1, not {confidence}"
    for text in _TEXTS:
        assert all(isinstance(name, str) and name for name in method.names_of(text)), "names_of gives names"
    method.close()


def _text_rows(bench: Bench, method: Any, texts: Sequence[str]) -> Any:
    import numpy as np

    rows = np.asarray(method.embed_text(texts))
    classes = bench.info.shape == "classifier"
    dim = len(method.classes) if classes else bench.info.dim or method.dim
    assert rows.shape == (len(texts), dim), f"embed_text returned {rows.shape}, not {(len(texts), dim)}"
    assert rows.dtype == np.float32, f"vectors of texts are float32, not {rows.dtype}"
    assert np.isfinite(rows).all(), "vectors of texts hold numbers that are not finite"
    if classes:
        assert rows.min(initial=0) >= 0, "probabilities are at least 0"
    if classes or bench.info.metric == "cosine":
        lengths = rows.sum(axis=1) if classes else np.linalg.norm(rows, axis=1)
        sound = (np.abs(lengths - 1) < _LENGTH) | ~rows.any(axis=1)
        assert sound.all(), "rows of texts have length 1 (those of a classifier sum to 1), or are zeros"
    return rows
