"""The conformance kit finds each kind of mistake, and says which one it is."""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revsearch_tui.api import Features, OptionSpec, PairMatch, UsageError
from revsearch_tui.api.testing import (
    CHECK_NAMES,
    CheckResult,
    ConformanceError,
    ConformanceWarning,
    check_method,
    check_plugin,
    labelled_pictures,
    odd_pictures,
    sample_pictures,
)
from tests.support.conformance import MeanColour, failed_checks, info_of


def test_a_sound_method_passes_every_check_that_applies() -> None:
    results = check_method(info_of(MeanColour))
    assert tuple(result.check for result in results) == CHECK_NAMES
    assert {r.check for r in results if r.outcome == "not applicable"} == {
        "option_bounds",
        "plain_rows",
        "turning",
        "processes",
        "matching",
        "viewing",
        "wording",
        "naming",
        "fitting",
        "explaining",
    }
    assert {r.outcome for r in results} == {"passed", "not applicable"}


def _embedding(change: Callable[[Any, Sequence[Any]], Any]) -> type:
    class Changed(MeanColour):
        def embed(self, pictures: Sequence[Any]) -> Any:
            return change(super().embed(pictures), pictures)

    return Changed


def test_a_wrong_number_of_columns_is_found() -> None:
    assert "returned (6, 3), not (6, 4)" in failed_checks(_embedding(lambda rows, _: rows[:, :3]))["output"]


def test_a_wrong_dtype_is_found() -> None:
    assert "not float64" in failed_checks(_embedding(lambda rows, _: rows.astype(np.float64)))["output"]


def test_numbers_that_are_not_finite_are_found_where_a_picture_is_uniform() -> None:
    def divide(rows: Any, pictures: Sequence[Any]) -> Any:
        deviations = np.array([[picture.std()] for picture in pictures], np.float32)
        with np.errstate(all="ignore"):
            return (rows / deviations).astype(np.float32)

    failures = failed_checks(_embedding(divide))
    assert set(failures) == {"odd_sizes"}
    assert "uniform" in failures["odd_sizes"] and "not finite" in failures["odd_sizes"]


def test_a_picture_too_narrow_for_a_method_is_found() -> None:
    def refuse(rows: Any, pictures: Sequence[Any]) -> Any:
        if any(min(picture.shape[:2]) < 2 for picture in pictures):
            raise ValueError("too small")
        return rows

    assert "1x1: ValueError: too small" in failed_checks(_embedding(refuse))["odd_sizes"]


def test_hamming_vectors_that_are_not_bits_are_found() -> None:
    rows = _embedding(lambda rows, _: rows.astype(np.uint8))
    assert "zeros and ones only" in failed_checks(rows, metric="hamming")["output"]


def test_chance_in_the_vectors_is_found() -> None:
    chance = np.random.default_rng(1)
    failures = failed_checks(_embedding(lambda rows, _: (rows * chance.uniform(0.5, 1)).astype(np.float32)))
    assert {"deterministic", "batches"} <= set(failures)


def test_dependence_on_the_batch_is_found() -> None:
    failures = failed_checks(_embedding(lambda rows, _: rows - rows.mean(axis=0)))
    assert set(failures) == {"batches"}


def test_writing_into_the_pictures_is_found() -> None:
    def scribble(rows: Any, pictures: Sequence[Any]) -> Any:
        pictures[0][0, 0] = 0
        return rows

    assert "read-only" in failed_checks(_embedding(scribble))["output"]


def test_work_in_init_is_found() -> None:
    class Eager(MeanColour):
        def __init__(self, options: Any, model: Any) -> None:
            Path(__file__).read_bytes()

    failures = failed_checks(Eager)
    assert set(failures) == {"cheap_init"}
    assert "leave that to load" in failures["cheap_init"]


def test_a_method_that_cannot_be_closed_twice_is_found() -> None:
    class Once(MeanColour):
        open = True

        def close(self) -> None:
            if not self.open:
                raise RuntimeError("closed already")
            self.open = False

    assert "closed already" in failed_checks(Once)["life"]


def test_an_option_that_breaks_at_its_bound_is_found() -> None:
    class Divides(MeanColour):
        def load(self, control: Any) -> None:
            10 // self.options["parts"]

    options = (OptionSpec("parts", 4, "how many parts", minimum=0, maximum=9),)
    assert set(failed_checks(Divides, options=options)) == {"option_bounds"}


def test_an_option_value_refused_in_a_sentence_is_no_failure() -> None:
    class Refuses(MeanColour):
        def load(self, control: Any) -> None:
            if self.options["parts"] == 0:
                raise UsageError("parts cannot be 0 here; choose another number")

    check_method(info_of(Refuses, options=(OptionSpec("parts", 4, "how many parts", minimum=0, maximum=9),)))


def test_an_option_whose_default_breaks_its_own_bounds_is_found() -> None:
    assert "at most 9" in failed_checks(MeanColour, options=(OptionSpec("n", 10, "a number", maximum=9),))["options"]


def test_a_capability_that_is_declared_and_missing_is_found() -> None:
    assert "explain" in failed_checks(MeanColour, capabilities=frozenset({"explain"}))["explaining"]


class Probabilities(MeanColour):
    classes = ("red", "green", "blue")

    def predict(self, pictures: Sequence[Any]) -> Any:
        rows = self.embed(pictures)[:, :3] + 1
        return rows / rows.sum(axis=1, keepdims=True)


def test_a_classifier_passes_and_one_whose_rows_do_not_sum_to_1_does_not() -> None:
    check_method(info_of(Probabilities, shape="classifier", metric="cosine", dim=0))

    class Logits(Probabilities):
        def predict(self, pictures: Sequence[Any]) -> Any:
            return super().predict(pictures) * 2

    assert "sum to 1" in failed_checks(Logits, shape="classifier", metric="cosine", dim=0)["output"]


class Corners:
    """A local method with the four corners as keypoints; matches where their colours are the same."""

    min_inliers = 4

    def __init__(self, options: Any, model: Any) -> None:
        pass

    def load(self, control: Any) -> None:
        pass

    def close(self) -> None:
        pass

    def extract(self, pictures: Sequence[Any]) -> list[Features]:
        places = np.array([[x, y, 0.1, 0] for x in (0, 1) for y in (0, 1)], np.float32)
        return [
            Features(places, p[[0, -1, 0, -1], [0, 0, -1, -1]].astype(np.float32), p.shape[1] / p.shape[0])
            for p in pictures
        ]

    def aggregate(self, features: Sequence[Features]) -> Any:
        return np.array([each.descriptors.ravel() for each in features], np.float32)

    def match(self, query: Features, candidate: Features) -> PairMatch:
        same = np.abs(query.descriptors - candidate.descriptors).max(axis=1) <= 8
        pairs = np.concatenate([query.keypoints[same, :2], candidate.keypoints[same, :2]], axis=1)
        return PairMatch(int(same.sum()), None, pairs)


LOCAL = {"shape": "local", "metric": "cosine", "dim": 12}


def test_a_local_method_passes() -> None:
    check_method(info_of(Corners, **LOCAL))


def test_inliers_that_do_not_agree_with_their_pairs_are_found() -> None:
    class Boasts(Corners):
        def match(self, query: Features, candidate: Features) -> PairMatch:
            found = super().match(query, candidate)
            return PairMatch(found.inliers + 1, None, found.pairs)

    assert "but pairs" in failed_checks(Boasts, **LOCAL)["matching"]


def test_more_inliers_than_matches_are_found() -> None:
    class Boasts(Corners):
        def match(self, query: Features, candidate: Features) -> PairMatch:
            found = super().match(query, candidate)
            return PairMatch(found.inliers, None, found.pairs, tentative=1)

    assert "tentative matches" in failed_checks(Boasts, **LOCAL)["matching"]


def test_matches_outside_the_pictures_and_transforms_of_another_unit_are_found() -> None:
    class Pixels(Corners):
        def match(self, query: Features, candidate: Features) -> PairMatch:
            found = super().match(query, candidate)
            return PairMatch(found.inliers, None, found.pairs * 160)

    class Shifts(Corners):
        def match(self, query: Features, candidate: Features) -> PairMatch:
            found = super().match(query, candidate)
            return PairMatch(found.inliers, np.array([[1, 0, 90], [0, 1, 0], [0, 0, 1.0]]), found.pairs)

    assert "at fractions of the width and height" in failed_checks(Pixels, **LOCAL)["matching"]
    assert "the transform takes points 90 past" in failed_checks(Shifts, **LOCAL)["matching"]


def test_a_picture_that_does_not_match_itself_is_found() -> None:
    class Shy(Corners):
        def match(self, query: Features, candidate: Features) -> PairMatch:
            return PairMatch(0, None, np.zeros((0, 4), np.float32))

    assert "not verified against itself" in failed_checks(Shy, **LOCAL)["matching"]


VIEWING = LOCAL | {"capabilities": frozenset({"query-views"})}


class Turned(Corners):
    """Also looks for pictures that are upside down."""

    def query_views(self, features: Features) -> list[Features]:
        return [Features(features.keypoints, features.descriptors[::-1], features.aspect)]


def test_a_method_that_offers_views_of_a_query_passes() -> None:
    results = check_method(info_of(Turned, **VIEWING))
    assert [each.outcome for each in results if each.check == "viewing"] == ["passed"]


def test_views_and_their_capability_come_together() -> None:
    assert "disagree" in failed_checks(Turned, **LOCAL)["viewing"]
    assert "disagree" in failed_checks(Corners, **VIEWING)["viewing"]


def test_views_that_change_the_query_itself_are_found() -> None:
    class Careless(Turned):
        def query_views(self, features: Features) -> list[Features]:
            features.descriptors[:] = features.descriptors[::-1].copy()
            return [features]

    assert "changes the query's own" in failed_checks(Careless, **VIEWING)["viewing"]


def test_keypoints_in_pixels_are_found() -> None:
    class Pixels(Corners):
        def extract(self, pictures: Sequence[Any]) -> list[Features]:
            return [Features(f.keypoints * 100, f.descriptors, f.aspect) for f in super().extract(pictures)]

    assert "fractions" in failed_checks(Pixels, **LOCAL)["output"]


def test_an_expected_failure_is_given_back_with_its_reason() -> None:
    drifting = _embedding(lambda rows, _: rows - rows.mean(axis=0))
    results = check_method(info_of(drifting), expected_failures={"batches": "centred on purpose"})
    (found,) = [r for r in results if r.outcome == "expected failure"]
    assert found.check == "batches" and found.reason.startswith("centred on purpose")


def test_an_expected_failure_that_passes_is_reported() -> None:
    with pytest.raises(ConformanceError, match="batches: expected to fail .*but it passes"):
        check_method(info_of(MeanColour), expected_failures={"batches": "centred on purpose"})


def test_an_expected_failure_of_no_check_is_refused() -> None:
    with pytest.raises(ValueError, match="'batch' names no check"):
        check_method(info_of(MeanColour), expected_failures={"batch": "a slip of the pen"})


# Plugin modules


def written(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> types.ModuleType:
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module(name)


_PLUGIN = """
{extra}
from revsearch_tui.api import MethodInfo, hookimpl

@hookimpl
def revsearch_methods():
    summary = "A method under test."
    return [MethodInfo("subject", "Subject", summary, "vector", "l2", 4, "revsearch_kit_subjects:Subject")]
"""


def test_a_sound_module_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info_of(MeanColour)
    module = written(tmp_path, monkeypatch, "kit_sound", _PLUGIN.format(extra=""))
    results = check_plugin(module)
    assert [(r.check, r.outcome) for r in results[:3]] == [
        ("light_import", "passed"),
        ("hooks", "passed"),
        ("factory", "passed"),
    ]


def test_a_module_that_imports_numpy_to_describe_itself_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info_of(MeanColour)
    module = written(tmp_path, monkeypatch, "kit_heavy", _PLUGIN.format(extra="import numpy"))
    with pytest.raises(ConformanceError, match="light_import: describing the plugin imports numpy"):
        check_plugin(module)


@pytest.mark.drill
def test_a_module_that_takes_long_to_describe_itself_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info_of(MeanColour)
    module = written(tmp_path, monkeypatch, "kit_slow", _PLUGIN.format(extra="import time\ntime.sleep(2.1)"))
    with pytest.raises(ConformanceError, match=r"light_import: describing the plugin takes 2\.\d s"):
        check_plugin(module)


def test_a_hook_without_its_marker_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = written(tmp_path, monkeypatch, "kit_bare", _PLUGIN.format(extra="").replace("@hookimpl\n", ""))
    with pytest.raises(ConformanceError, match="not marked with @hookimpl"):
        check_plugin(module)


def test_a_factory_that_is_not_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _PLUGIN.format(extra="").replace("subjects:Subject", "subjects:Absent")
    with pytest.raises(ConformanceError, match="Absent"):
        check_plugin(written(tmp_path, monkeypatch, "kit_absent", source))


def test_a_method_whose_package_is_absent_is_skipped_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _PLUGIN.format(extra="").replace(':Subject")', ':Subject", requires=("no_such_package",))')
    module = written(tmp_path, monkeypatch, "kit_lacking", source)
    with pytest.warns(ConformanceWarning, match="subject: all: not tried: needs no_such_package"):
        results = check_plugin(module)
    with pytest.raises(ConformanceError, match="not tried: needs no_such_package"):
        check_plugin(module, strict=True)
    assert results[-1] == CheckResult("subject", "all", "skipped", "needs no_such_package")


def test_a_reader_that_swallows_rubbish_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
from revsearch_tui.api import ReaderInfo, hookimpl

@hookimpl
def revsearch_image_readers():
    return [ReaderInfo("glad", "Glad", "Reads everything.", (".glad",), "kit_reader:make")]

def make():
    return lambda data: None
"""
    with pytest.raises(ConformanceError, match="do not raise PictureError"):
        check_plugin(written(tmp_path, monkeypatch, "kit_reader", source))


def test_a_region_provider_that_gives_no_boxes_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
from revsearch_tui.api import RegionInfo, hookimpl

@hookimpl
def revsearch_region_providers():
    return [RegionInfo("middle", "Middle", "The middle.", "kit_regions:make")]

def make():
    return lambda picture: [(0, 0, 1, 1)]
"""
    with pytest.raises(ConformanceError, match="a list of Box"):
        check_plugin(written(tmp_path, monkeypatch, "kit_regions", source))


def test_the_pictures_of_the_kit_are_what_methods_are_promised() -> None:
    for picture in [*sample_pictures(), *odd_pictures().values(), *(each for each, _ in labelled_pictures(4))]:
        assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    assert {(1, 1), (1, 500), (960, 5)} <= {picture.shape[:2] for picture in odd_pictures().values()}


class Hashes(MeanColour):
    """64 bits: where a picture is brighter than its middle value; none where it is of one colour."""

    def embed(self, pictures: Sequence[Any]) -> Any:
        return np.array([self.bits(picture) for picture in pictures], np.uint8).reshape(len(pictures), 64)

    def bits(self, picture: Any) -> Any:
        grey = picture.mean(axis=2)
        rows, columns = (np.arange(8) * side // 8 for side in grey.shape)
        small = grey[rows][:, columns]
        return (small > small.mean()).ravel()


PLAIN = {"metric": "hamming", "dim": 64, "capabilities": frozenset({"plain-rows"})}


def test_a_method_that_gives_plain_pictures_no_bits_passes() -> None:
    assert {r.outcome for r in check_method(info_of(Hashes, **PLAIN)) if r.check == "plain_rows"} == {"passed"}


def test_bits_of_a_plain_picture_are_found_where_there_should_be_none() -> None:
    class Above(Hashes):
        def bits(self, picture: Any) -> Any:
            return np.append(super().bits(picture)[1:], True)

    assert "pictures of one colour give bits" in failed_checks(Above, **PLAIN)["plain_rows"]


def test_a_picture_that_shows_something_and_has_no_bits_is_found() -> None:
    class Never(Hashes):
        def bits(self, picture: Any) -> Any:
            return np.zeros(64)

    assert "shows something gives zeros alone" in failed_checks(Never, **PLAIN)["plain_rows"]


TURNING = {"metric": "hamming", "dim": 64, "capabilities": frozenset({"turned-rows"})}


class TurnedHashes(Hashes):
    """A grid of pixels turns as the picture does."""

    def bits(self, picture: Any) -> Any:
        cells = [part for row in np.array_split(picture, 8) for part in np.array_split(row, 8, 1)]
        small = np.array([part.mean() if part.size else 0.0 for part in cells])
        return (small > small.mean()).ravel()

    def turned_rows(self, rows: Any, orientation: int) -> Any:
        grids = np.asarray(rows).reshape(-1, 8, 8)
        grids = grids.transpose(0, 2, 1) if orientation > 4 else grids
        grids = grids[:, :, ::-1] if orientation in (2, 3, 6, 7) else grids
        return (grids[:, ::-1] if orientation in (3, 4, 7, 8) else grids).reshape(len(rows), 64)


def test_a_method_that_knows_the_bits_of_turned_pictures_passes() -> None:
    assert {r.outcome for r in check_method(info_of(TurnedHashes, **TURNING)) if r.check == "turning"} == {"passed"}


def test_turned_rows_and_their_capability_come_together() -> None:
    assert "disagree" in failed_checks(Hashes, **TURNING)["turning"]
    assert "disagree" in failed_checks(TurnedHashes, **PLAIN)["turning"]


def test_bits_that_are_turned_otherwise_than_pictures_are_found() -> None:
    class Wrong(TurnedHashes):
        def turned_rows(self, rows: Any, orientation: int) -> Any:
            return super().turned_rows(rows, {2: 4, 4: 2}.get(orientation, orientation))

    class OneWay(TurnedHashes):
        def turned_rows(self, rows: Any, orientation: int) -> Any:
            return super().turned_rows(rows, 6) if orientation > 1 else rows

    assert "nearer to those of another" in failed_checks(Wrong, **TURNING)["turning"]
    assert "turned back" in failed_checks(OneWay, **TURNING)["turning"]


def test_turned_rows_are_for_bits_alone() -> None:
    with pytest.raises(ValueError, match="turned-rows is for vector methods with the hamming metric"):
        info_of(MeanColour, capabilities=frozenset({"turned-rows"}))


def test_plain_rows_are_for_bits_alone() -> None:
    with pytest.raises(ValueError, match="plain-rows is for vector methods with the hamming metric"):
        info_of(MeanColour, capabilities=frozenset({"plain-rows"}))
