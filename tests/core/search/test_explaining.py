"""What methods show of a pair: of whom it is asked, in words, drawn, and where it is no explanation."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from revsearch_tui.api import (
    BitDiff,
    ClassBars,
    HeatMap,
    KeypointLines,
    MethodUnavailableError,
    NullControl,
    UsageError,
)
from revsearch_tui.core.search.explaining import Explained, checked, explain_pair, explaining, verdict
from revsearch_tui.core.search.explanation_drawing import HEIGHT, draw, page
from revsearch_tui.core.search.explanation_words import Names, as_data, figure, geometry_of, sentences
from revsearch_tui.core.search.pair import PairResult, PairScore
from revsearch_tui.core.search.sources import QueryPicture
from revsearch_tui.core.workspace import Workspace
from tests.support.drawn import draw as drawn

FLAT = np.full((60, 90, 3), 90, np.uint8)


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("REVSEARCH_HOME", str(tmp_path / "home"))
    return Workspace()


def query(image: Image.Image, name: str = "x.png") -> QueryPicture:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return QueryPicture(name, buffer.getvalue())


def explained(
    workspace: Workspace, first: Image.Image, second: Image.Image, *methods: str
) -> tuple[PairResult, dict[str, Explained]]:
    parts: list[Explained] = []
    result = explain_pair(
        query(first),
        query(second),
        explaining(workspace.choose(methods, model=None, options={}), named=True),
        workspace.registry.readers(),
        NullControl(),
        note=lambda line: None,
        told=parts.append,
    )
    return result, {shown.score.method: shown for shown in parts}


def of(data: Any, **score: Any) -> Explained:
    """An explanation beside a score that was made up."""
    return Explained(
        PairScore(**{"method": "m", "score": 0.8, "raw": 0.8, "unit": "cosine", **score}), data, FLAT, FLAT
    )


def test_a_cropped_and_mirrored_picture_is_outlined_in_its_original(workspace: Workspace) -> None:
    whole = drawn(3, (480, 360))
    part = ImageOps.mirror(whole.crop((120, 60, 480, 330)))
    result, shown = explained(workspace, part, whole, "sift")
    lines = shown["sift"].data
    assert result.tier == "same thing" and isinstance(lines, KeypointLines) and lines.mirrored
    found = geometry_of(lines, shown["sift"].query, shown["sift"].candidate)
    assert found is not None and found.outline is not None
    corners = [(480, 60), (120, 60), (120, 330), (480, 330)]
    assert np.abs(found.outline * (480, 360) - corners).max() < 6, "from the query's upper left one, clockwise round it"
    assert found.overlap[0] > 0.97 and found.overlap[1] == pytest.approx(0.5625, abs=0.02)
    text = "; ".join(sentences(shown["sift"], Names("query", "hit")))
    assert "of the query is seen in the hit, where it fills 5" in text
    assert "in the hit, the query lies from 25% to 100% of the width, from 17% to 92% of the height" in text
    assert "in the query, the hit lies" not in text, "it reaches beyond it everywhere"
    assert "left and right are exchanged" in text


def test_local_features_of_two_things_show_nothing(workspace: Workspace) -> None:
    result, shown = explained(workspace, drawn(3), drawn(4), "sift", "phash")
    assert not any(each.says_something for each in shown.values())
    assert verdict(result, list(shown.values())) == "different: nothing says that they have something in common"
    assert "so many differ by chance" in sentences(shown["phash"])


def test_what_a_network_alone_finds_alike_is_said_to_be_of_a_kind() -> None:
    other, same = of(BitDiff(np.eye(2, dtype=np.uint8), np.eye(2, dtype=np.uint8)), unit="bits"), of(_heat())
    result = PairResult("different", "nothing", None, "", (other.score, same.score))  # type: ignore[arg-type]
    assert verdict(result, [other, same]) == "alike in kind, by m; nothing says that they are the same"
    assert not of(_heat(), score=0.3).says_something


def test_bits_that_differ_are_marked_in_the_figure() -> None:
    first, second = np.array([[1, 0], [1, 0]], np.uint8), np.array([[1, 0], [0, 1]], np.uint8)
    assert figure(BitDiff(first, second)) == ["# .", "x x"]
    assert as_data(of(BitDiff(first, second)))["differing"] == 2


def test_a_picture_that_is_too_plain_is_named(workspace: Workspace) -> None:
    _, shown = explained(workspace, drawn(3), Image.new("RGB", (64, 64), "grey"), "phash")
    assert sentences(shown["phash"]) == ["the second picture is too plain to tell: it has no bits"]


def test_heat_and_classes_are_told_in_words_and_figures() -> None:
    lines = sentences(of(_heat()), Names("query", "hit"))
    assert "what carries it most is in the upper left of the hit: covering that costs 0.20" in lines
    assert "the query is taken for horse 90%, deer 10%" in lines
    drawn_lines = figure(_heat(), Names("query", "hit"))
    assert drawn_lines[:3] == ["9 . .", ". . .", ". . 4"]
    assert any(line.startswith("horse  query") and "90%" in line and "#" in line for line in drawn_lines)
    assert "costs nothing" in sentences(of(HeatMap(np.zeros((2, 2), np.float32))))[1]


def _heat() -> HeatMap:
    values = np.zeros((3, 3), np.float32)
    values[0, 0], values[2, 2] = 1, 0.45
    return HeatMap(
        values, most=0.2, classes=ClassBars(["horse", "deer"], np.float32([0.9, 0.1]), np.float32([0.6, 0.4]))
    )


@pytest.mark.parametrize(
    "data",
    [
        KeypointLines(np.array([[0.1, 0.2, 0.3, 0.4]], np.float32), np.diag([0.5, 0.5, 1.0])),
        KeypointLines(np.zeros((0, 4), np.float32)),
        BitDiff(np.eye(8, dtype=np.uint8), np.zeros((8, 8), np.uint8), np.eye(8, dtype=np.uint8) * 255, None),
        HeatMap(np.eye(4, dtype=np.float32)),
        _heat(),
        ClassBars(["a name that is by far too long for the room beside its bars"], np.float32([1]), np.float32([0])),
    ],
    ids=lambda data: type(data).__name__,
)
def test_each_kind_is_drawn_beside_both_pictures(data: Any) -> None:
    picture = draw(replace(of(data), query=FLAT[:, :30], candidate=np.repeat(FLAT, 8, axis=1)))
    assert picture.height >= HEIGHT and picture.width > HEIGHT
    assert len(set(picture.get_flattened_data())) > 1
    whole = page([of(data), of(data)], ("a\x1b.png", "\udcff.png"), "copy: the same")
    assert whole.height > 2 * HEIGHT


def test_the_outline_and_the_heat_are_where_they_belong() -> None:
    lines = of(KeypointLines(np.zeros((0, 4), np.float32), np.diag([0.5, 0.5, 1.0])), verified=True)
    colours = np.asarray(draw(lines, stroke=4), int)
    yellow = (colours[..., 0] > 220) & (colours[..., 1] > 180) & (colours[..., 2] < 100)
    left = round(HEIGHT * 1.5 + 16)
    rows, columns = np.nonzero(yellow[:, left:])
    assert abs(rows.max() - HEIGHT / 2) < 8 and abs(columns.max() - HEIGHT * 0.75) < 8
    larger = of(KeypointLines(np.zeros((0, 4), np.float32), np.diag([2, 2, 1.0])), verified=True)
    colours = np.asarray(draw(larger, stroke=4), int)
    rows, columns = np.nonzero((colours[..., 0] > 220) & (colours[..., 1] > 180) & (colours[..., 2] < 100))
    assert "in the first, the second lies from 0% to 50% of the width, from 0% to 50%" in "; ".join(sentences(larger))
    reached = (rows < HEIGHT * 0.6) & (columns < HEIGHT * 0.8)
    assert reached.sum() > HEIGHT, "where the query shows more, the candidate is outlined in it"
    values = np.zeros((4, 4), np.float32)
    values[0, 3] = 1
    heat = np.asarray(draw(of(HeatMap(values))), int)
    right = heat[:, left:]
    assert right[30, -30].sum() > right[-30, 30].sum() + 100
    assert (heat[:, : left - 20] == 90).all(), "the query stays as it is"


@pytest.mark.parametrize(
    "data",
    [
        "because",
        None,
        KeypointLines(np.zeros((3, 2), np.float32)),
        KeypointLines(np.full((3, 4), np.nan, np.float32)),
        HeatMap(np.zeros((0, 0), np.float32)),
        BitDiff(np.zeros((2, 2), np.uint8), np.zeros((3, 3), np.uint8)),
        ClassBars(["one"], np.float32([1, 2]), np.float32([1, 2])),
        HeatMap(None),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_drawn_is_the_methods_failure(data: Any, workspace: Workspace) -> None:
    (choice,) = workspace.choose(["phash"], model=None, options={})
    with pytest.raises(MethodUnavailableError, match="the method 'phash' explains by what cannot be drawn"):
        checked(data, choice)


def test_a_method_that_explains_nothing_is_refused_where_it_was_named(workspace: Workspace) -> None:
    (choice,) = workspace.choose(["phash"], model=None, options={})
    mute = replace(choice, info=replace(choice.info, capabilities=frozenset({"plain-rows"})), label="mute")
    assert explaining([mute, choice], named=False) == [choice]
    with pytest.raises(UsageError, match="'mute' explains nothing"):
        explaining([mute, choice], named=True)
