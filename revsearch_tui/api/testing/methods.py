"""Checks of a method, in the order they run."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from revsearch_tui.api.errors import ModelError, RevsearchError
from revsearch_tui.api.infos import MethodInfo, OptionValue
from revsearch_tui.api.protocols import QueryViewing
from revsearch_tui.api.testing.bench import Bench, check_features, resolve
from revsearch_tui.api.testing.conduct import leaves_alone, light_copy, processes, quick_init, quiet, telling
from revsearch_tui.api.testing.explanations import check_lines, explaining
from revsearch_tui.api.testing.fitting import fitted_model, fitting
from revsearch_tui.api.testing.outcomes import CheckResult, NotApplicable, attempt
from revsearch_tui.api.testing.pictures import odd_pictures, sample_pictures
from revsearch_tui.api.testing.turning import turning
from revsearch_tui.api.testing.watching import watched, works
from revsearch_tui.api.testing.words import naming, wording
from revsearch_tui.api.types import ModelFile, NullControl


def run_method_checks(info: MethodInfo, model: ModelFile | None) -> list[CheckResult]:
    """Every check, in order. A method that needs a model and is given none runs with one that the kit fits, if it can
    be fitted; else nothing is tried."""
    if model is None and info.models == "required" and info.fit == "none":
        return [CheckResult(info.name, "all", "skipped", "needs a model, and none was given")]
    results: list[CheckResult] = []
    with tempfile.TemporaryDirectory() as folder:
        made = [model]
        if model is None and info.models == "required":
            attempt(results, info.name, "fitting", lambda: made.append(fitted_model(Bench(info, None), Path(folder))))
            if results[0].outcome == "failed":
                return [*results, CheckResult(info.name, "all", "skipped", "the kit could fit no model to check with")]
            results.clear()
        bench = Bench(info, made[-1])
        for check in CHECKS:
            attempt(results, info.name, check.__name__, lambda check=check: check(bench))  # type: ignore[misc]
    return results


def options(bench: Bench) -> None:
    """Options are declared soundly: each default is a value the option takes."""
    for option in bench.info.options:
        assert option.help, f"option {option.name} has no help"
        assert type(option.default) in (bool, int, float, str), f"option {option.name} is of no known type"
        assert option.parse(option.default) == option.default, f"option {option.name} does not take its default"


def cheap_init(bench: Bench) -> None:
    """Making the object opens no file, starts no process and does not need the model's files."""
    resolve(bench.info.factory)
    absent = dataclasses.replace(bench.model, folder=Path(os.devnull) / "absent") if bench.model else None
    with watched(works) as seen:
        bench.make(absent)
    assert not seen, f"__init__ works already ({seen[0]}): leave that to load"


def life(bench: Bench) -> None:
    """Load and close, close twice, close what was never loaded."""
    bench.make().close()
    method = bench.loaded()
    method.close()
    method.close()
    if bench.info.models == "required" and bench.model is not None:
        try:
            bench.make(dataclasses.replace(bench.model, folder=Path(os.devnull) / "absent")).load(NullControl())
        except ModelError:
            return
        raise AssertionError("a model without its files does not raise ModelError on load")


def output(bench: Bench) -> None:
    """Shapes, dtypes and ranges; pictures are left as they are."""
    method = bench.loaded()
    if bench.info.shape == "classifier":
        assert len(set(method.classes)) == len(method.classes) > 0, "classes are distinct names"
    pictures = sample_pictures()
    bench.vectors(method, pictures)
    assert all((a == b).all() for a, b in zip(pictures, sample_pictures(), strict=True)), "it changes its pictures"
    method.close()


def deterministic(bench: Bench) -> None:
    """The same pictures give the same vectors, now and from another object."""
    pictures, method = sample_pictures(4), bench.loaded()
    first = bench.vectors(method, pictures)
    assert bench.same(first, bench.vectors(method, pictures)), "the same pictures give other vectors the second time"
    method.close()
    other = bench.loaded()
    assert bench.same(first, bench.vectors(other, pictures)), "another object gives other vectors"
    other.close()


def batches(bench: Bench) -> None:
    """A picture's vector does not depend on what else is in its batch."""
    import numpy as np

    pictures, method = [*sample_pictures(4), *sample_pictures(2, 64, 200)], bench.loaded()
    together = bench.vectors(method, pictures)
    alone = np.concatenate([bench.vectors(method, [picture]) for picture in pictures])
    assert bench.same(together, alone), "vectors depend on the other pictures of the batch"
    method.close()


def odd_sizes(bench: Bench) -> None:
    """Tiny, narrow and uniform pictures are pictures too."""
    method = bench.loaded()
    for name, picture in odd_pictures().items():
        try:
            bench.vectors(method, [picture])
        except Exception as error:
            raise AssertionError(f"a picture {name}: {type(error).__name__}: {error}") from error
    bench.vectors(method, list(odd_pictures().values()))
    method.close()


def option_bounds(bench: Bench) -> None:
    """Every choice, and both bounds, of every option work or say in a sentence why not."""
    if not bench.info.options:
        raise NotApplicable("it has no options")
    for option in bench.info.options:
        kind = type(option.default)
        values: list[OptionValue] = [*option.choices] if option.choices else [True, False] if kind is bool else []
        values += [kind(bound) for bound in (option.minimum, option.maximum) if bound is not None]
        for value in values:
            try:
                method = bench.loaded(**{option.name: value})
                bench.vectors(method, sample_pictures(2))
                method.close()
            except RevsearchError as error:
                assert str(error), f"option {option.name}={value} fails without a word"
            except Exception as error:
                raise AssertionError(f"option {option.name}={value}: {type(error).__name__}: {error}") from error


def plain_rows(bench: Bench) -> None:
    """With every choice of an option: pictures of one colour give zeros alone, those that show something do not."""
    if not bench.info.plain_rows:
        raise NotApplicable("it does not tell plain pictures")
    plain = [picture for name, picture in odd_pictures().items() if name.startswith("uniform")]
    tried: list[dict[str, OptionValue]] = [{}]
    tried += [{option.name: choice} for option in bench.info.options for choice in option.choices]
    for chosen in tried:
        try:
            method = bench.loaded(**chosen)
        except RevsearchError:
            continue  # a choice that does not go with the other options' defaults
        told = f" with {chosen}" if chosen else ""
        assert not bench.vectors(method, plain).any(), f"pictures of one colour give bits{told}"
        rows = bench.vectors(method, sample_pictures())
        assert rows.any(axis=1).all(), f"a picture that shows something gives zeros alone{told}"
        method.close()


def self_match(bench: Bench) -> None:
    """Nothing is nearer to a picture than itself."""
    method = bench.loaded()
    rows = bench.vectors(method, sample_pictures())
    distances = bench.distances(rows, rows)
    assert (distances.diagonal() <= distances.min(axis=1) + 1e-6).all(), "another picture is nearer than itself"
    method.close()


def matching(bench: Bench) -> None:
    """Local features: a picture matches itself best, results fit together, threads do not disturb each other."""
    import numpy as np

    if bench.info.shape != "local":
        raise NotApplicable("only for local methods")
    method = bench.loaded()
    features = method.extract([*sample_pictures(4), odd_pictures()["uniform 0"]])
    pairs = [(a, b) for a in features for b in features]
    found = [method.match(a, b) for a, b in pairs]
    for match, (query, candidate) in zip(found, pairs, strict=True):
        assert match.pairs.shape == (match.inliers, 4), f"{match.inliers} inliers, but pairs {match.pairs.shape}"
        check_lines(match, query.aspect, candidate.aspect)
    inliers = np.array([match.inliers for match in found]).reshape(len(features), -1)
    assert (inliers.diagonal() >= inliers.max(axis=1)).all(), "another picture matches better than the picture itself"
    assert all(inliers[i, i] >= method.min_inliers for i in range(4)), "a picture is not verified against itself"
    with ThreadPoolExecutor(4) as executor:
        again = [match.inliers for match in executor.map(lambda pair: method.match(*pair), pairs)]
    assert again == [match.inliers for match in found], "match gives other results when called from several threads"
    method.close()


def viewing(bench: Bench) -> None:
    """The capability `query-views` and the function `query_views` come together; views are features, which aggregate to
    vectors, the same every time; the query's own are left alone."""
    import numpy as np

    method = bench.make()
    declared = "query-views" in bench.info.capabilities
    assert declared == isinstance(method, QueryViewing), "the capability 'query-views' and query_views disagree"
    if not declared:
        raise NotApplicable("it offers no views of a query")
    method.load(NullControl())
    dim = bench.info.dim or method.dim
    for features in method.extract([*sample_pictures(2), odd_pictures()["uniform 0"], odd_pictures()["1x1"]]):
        before = features.keypoints.copy(), features.descriptors.copy()
        views = method.query_views(features)
        after = features.keypoints, features.descriptors
        assert all(map(np.array_equal, before, after)), "query_views changes the query's own features"
        for view in views:
            check_features(view)
        rows = np.asarray(method.aggregate(views))
        assert rows.shape == (len(views), dim), f"the views aggregate to {rows.shape}, not {(len(views), dim)}"
        assert np.isfinite(rows).all(), "the views aggregate to numbers that are not finite"
        again = np.asarray(method.aggregate(method.query_views(features)))
        assert rows.shape == again.shape and bench.same(rows, again), "the same query has other views the second time"
    method.close()


CHECKS: tuple[Callable[[Bench], None], ...] = (
    options,
    cheap_init,
    quick_init,
    life,
    output,
    deterministic,
    batches,
    odd_sizes,
    option_bounds,
    plain_rows,
    turning,
    self_match,
    telling,
    light_copy,
    processes,
    quiet,
    leaves_alone,
    matching,
    viewing,
    wording,
    naming,
    fitting,
    explaining,
)

CHECK_NAMES = tuple(check.__name__ for check in CHECKS)
"""Names of the checks of a method."""
