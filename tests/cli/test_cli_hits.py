"""What a search finds: the picture itself first, filters, exactness, options, several methods in one ranking."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.drawn import draw
from tests.support.program import revsearch


def hits(home: Path, *arguments: str | Path) -> list[dict[str, Any]]:
    done = revsearch(home, "search", *arguments, "-f", "jsonl")
    assert done.returncode in (0, 1), done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("methods", [["phash"], ["sift"], ["phash", "sift"]])
@pytest.mark.parametrize("exactness", ["--exact", "--approximate"])
def test_the_very_picture_comes_first_with_score_1_and_nothing_comes_twice(
    methods: list[str], exactness: str, home: Path, pictures: Path
) -> None:
    queries = [pictures / "a" / "p01.png", pictures / "a" / "p18.png", pictures / "b" / "p33.png"]
    chosen = [word for method in methods for word in ("-m", method)]
    found = hits(home, *queries, *chosen, exactness, "-k", "40")
    for query in queries:
        own = [hit for hit in found if hit["query"] == str(query)]
        assert (own[0]["path"], own[0]["score"]) == (str(query), 1.0)
        assert len({hit["path"] for hit in own}) == len({hit["image_id"] for hit in own}) == len(own)
        scores = [hit["score"] for hit in own]
        assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
        assert [hit["rank"] for hit in own] == list(range(1, len(own) + 1))


def test_the_very_picture_comes_first_among_many_with_the_same_hash(tmp_path: Path) -> None:
    folder = tmp_path / "alike"
    folder.mkdir()
    for number in range(30):
        picture = draw(3)
        picture.putpixel((0, 0), (number, 0, 0))
        picture.save(folder / f"p{number}.png")
    revsearch(tmp_path / "home", "index", folder, "-m", "phash")
    queries = [folder / f"p{number}.png" for number in range(30)]
    found = hits(tmp_path / "home", *queries, "-m", "phash", "-k", "3")
    assert {hit["raw"] for hit in found} == {0.0}, "all thirty have the same hash"
    assert [hit["path"] for hit in found if hit["rank"] == 1] == [str(query) for query in queries]


def test_an_answer_without_the_same_thing_says_so(home: Path, pictures: Path, tmp_path: Path) -> None:
    draw(77).save(tmp_path / "stranger.png")
    for query, expected in ((tmp_path / "stranger.png", True), (pictures / "a" / "p01.png", False)):
        told = revsearch(home, "search", query, "-k", "3")
        assert told.returncode == 0
        assert ("the hits are only alike" in told.stderr.decode()) == expected
    quiet = revsearch(home, "search", tmp_path / "stranger.png", "-f", "paths")
    assert quiet.stderr == b"" and quiet.stdout


def test_a_picture_in_two_files_is_one_hit_with_both_paths(tmp_path: Path) -> None:
    folder = tmp_path / "twice"
    folder.mkdir()
    draw(1).save(folder / "first.png")
    shutil.copy(folder / "first.png", folder / "second.png")
    revsearch(tmp_path / "home", "index", folder, "-m", "phash")
    (hit,) = hits(tmp_path / "home", folder / "second.png", "-m", "phash")
    assert (hit["path"], hit["copies"]) == (str(folder / "first.png"), [str(folder / "second.png")])


def test_k_bounds_the_hits_and_the_default_is_the_configured_one(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    assert len(hits(home, query, "-m", "phash", "-k", "7")) == 7
    assert len(hits(home, query, "-m", "phash")) == 20
    assert len(hits(home, query, "-m", "phash", "-k", "10000")) == 40


def test_a_minimum_score_leaves_out_what_is_below(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    every = hits(home, query, "-m", "phash", "-k", "40")
    limit = every[4]["score"]
    kept = hits(home, query, "-m", "phash", "-k", "40", "--min-score", str(limit))
    assert [hit["path"] for hit in kept] == [hit["path"] for hit in every if hit["score"] >= limit]


@pytest.mark.parametrize("exactness", ["--exact", "--approximate"])
def test_under_keeps_hits_below_the_folder(exactness: str, home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    found = hits(home, query, "-m", "phash", "-k", "20", "--under", pictures / "b", exactness)
    assert len(found) == 20
    assert {Path(hit["path"]).parent for hit in found} == {pictures / "b"}
    assert {hit["search"] for hit in found} == {exactness[2:]}


def test_a_folder_whose_name_begins_alike_is_not_below(home: Path, pictures: Path) -> None:
    (pictures / "a").joinpath("..").resolve()
    done = revsearch(home, "search", pictures / "a" / "p01.png", "-m", "phash", "--under", str(pictures)[:-1])
    assert done.returncode == 1


def test_glob_matches_names_and_with_a_slash_whole_paths(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    by_name = hits(home, query, "-m", "phash", "-k", "40", "--glob", "p0[0-4].png", "--glob", "p3?.png")
    assert sorted(Path(hit["path"]).stem for hit in by_name) == [f"p{n:02d}" for n in (*range(5), *range(30, 40))]
    by_path = hits(home, query, "-m", "phash", "-k", "40", "--glob", "*/b/p2*.png")
    assert sorted(Path(hit["path"]).stem for hit in by_path) == [f"p{n}" for n in range(20, 30)]


def test_every_hit_says_whether_the_search_was_exact(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    for flag, said in ((), "exact"), (("--exact",), "exact"), (("--approximate",), "approximate"):
        for method in ("phash", "sift"):
            assert {hit["search"] for hit in hits(home, query, "-m", method, *flag)} == {said}


def test_verification_is_said_by_methods_that_verify(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p01.png"
    by_sift = hits(home, query, "-m", "sift", "-k", "40")
    assert by_sift[0]["verified"] is True and by_sift[0]["unit"] == "inliers"
    assert by_sift[-1]["verified"] is False and by_sift[-1]["unit"] == "aggregate cosine"
    assert {hit["verified"] for hit in hits(home, query, "-m", "phash")} == {None}


def test_fusion_ranks_by_the_sum_of_reciprocal_ranks(home: Path, pictures: Path) -> None:
    query = pictures / "a" / "p04.png"
    fused = hits(home, query, "-m", "phash", "-m", "sift", "-k", "40", "--fusion", "ranks")
    ranks = {
        method: {hit["path"]: hit["rank"] for hit in hits(home, query, "-m", method, "-k", "100")}
        for method in ("phash", "sift")
    }
    assert len(fused) == 40
    for hit in fused:
        assert hit["method"] == "fused" and hit["unit"] == "reciprocal rank"
        assert {m: part["rank"] for m, part in hit["methods"].items()} == {m: ranks[m][hit["path"]] for m in ranks}
        expected = sum(1 / (60 + ranks[method][hit["path"]]) for method in ranks)
        assert hit["raw"] == pytest.approx(expected, abs=1e-6)
        assert hit["score"] == pytest.approx(expected / (2 / 61), abs=1e-5)
    raws = [hit["raw"] for hit in fused]
    assert raws == sorted(raws, reverse=True)


def test_what_is_the_same_is_said_in_words_and_scores_fall_with_trust(
    home: Path, pictures: Path, tmp_path: Path
) -> None:
    with Image.open(pictures / "a" / "p04.png") as picture:
        picture.convert("RGB").save(tmp_path / "again.jpg", quality=60)
    for query, tiers in ((pictures / "a" / "p04.png", {"same file"}), (tmp_path / "again.jpg", {"copy", "same thing"})):
        found = hits(home, query, "-k", "40")
        assert Path(found[0]["path"]).name == "p04.png" and found[0]["tier"] in tiers
        scores = [hit["score"] for hit in found]
        assert scores == sorted(scores, reverse=True) and found[0]["score"] > 0.5
        assert all(hit["score"] < 0.5 for hit in found if hit["tier"] == "alike")
        assert {hit["unit"] for hit in found} == {"decades"}


def test_without_a_method_all_that_the_collection_is_indexed_by_are_fused(home: Path, pictures: Path) -> None:
    first = hits(home, pictures / "a" / "p04.png", "-k", "1")[0]
    assert set(first["methods"]) == {"phash", "sift"}


def test_a_search_uses_the_options_that_the_collection_was_indexed_with(pictures: Path, tmp_path: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash", "-O", "size=32", "-O", "hash=dhash")
    far = hits(tmp_path, pictures / "b" / "p20.png", "-m", "phash", "-k", "20")
    assert max(hit["raw"] for hit in far) > 256, "more bits than the default hash has"
    refused = revsearch(tmp_path, "search", pictures / "b" / "p20.png", "-m", "phash", "-O", "size=16")
    assert refused.returncode == 3
    assert "with these options" in refused.stderr.decode()


def test_bringing_an_index_up_to_date_keeps_its_options(pictures: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(pictures / "a", folder)
    revsearch(tmp_path, "index", folder, "-m", "phash", "-O", "size=8")
    shutil.copy(pictures / "b" / "p20.png", folder)
    again = revsearch(tmp_path, "index", "-f", "json")
    assert json.loads(again.stdout)["embedded"] == {"phash": 1}
    document = json.loads(revsearch(tmp_path, "collections", "show", "-f", "json").stdout)
    assert [(key["options"], key["pictures"]) for key in document["keys"]] == [("hash=phash, size=8", 21)]


def test_new_folders_do_not_join_a_collection_nobody_named(pictures: Path, tmp_path: Path) -> None:
    revsearch(tmp_path, "index", pictures / "a", "-m", "phash", "-c", "holiday")
    revsearch(tmp_path, "index", pictures / "b", "-m", "phash")
    listed = json.loads(revsearch(tmp_path, "collections", "list", "-f", "json").stdout)
    assert {row["name"]: row["folders"] for row in listed} == {
        "holiday": [str(pictures / "a")],
        "pictures": [str(pictures / "b")],
    }


def test_a_blank_query_finds_nothing_and_is_told_to_be_too_plain(home: Path, tmp_path: Path) -> None:
    Image.new("RGB", (200, 150), "white").save(tmp_path / "blank.png")
    done = revsearch(home, "search", tmp_path / "blank.png", "-m", "phash", "-f", "json")
    assert done.returncode == 1
    assert "too plain to tell by phash" in done.stderr.decode()
