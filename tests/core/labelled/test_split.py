"""Which pictures are trained on, and which are kept."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from revsearch_tui.core.labelled.split import split_parts


def content(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def test_a_tenth_of_each_class_is_kept_and_a_twentieth_of_the_rest_chosen_on() -> None:
    labels = ["cat"] * 200 + ["dog"] * 40
    parts = split_parts(labels, [content(number) for number in range(240)], seed=0)
    counts = Counter(zip(labels, parts, strict=True))
    assert counts == {
        ("cat", "test"): 20,
        ("cat", "validation"): 9,
        ("cat", "train"): 171,
        ("dog", "test"): 4,
        ("dog", "validation"): 2,
        ("dog", "train"): 34,
    }


def test_neither_the_order_of_the_files_nor_other_classes_matter() -> None:
    contents = [content(number) for number in range(100)]
    alone = dict(zip(contents, split_parts(["cat"] * 100, contents, seed=3), strict=True))
    mixed = [*contents, *(content(number) for number in range(100, 150))]
    labels = dict(zip(mixed, ["cat"] * 100 + ["dog"] * 50, strict=True))
    random.Random(1).shuffle(mixed)
    again = dict(zip(mixed, split_parts([labels[one] for one in mixed], mixed, seed=3), strict=True))
    assert {one: again[one] for one in contents} == alone


def test_another_seed_splits_otherwise() -> None:
    contents = [content(number) for number in range(100)]
    assert split_parts(["cat"] * 100, contents, seed=0) != split_parts(["cat"] * 100, contents, seed=1)


def test_a_test_part_that_the_data_has_is_the_test_part() -> None:
    told = ["test"] * 3 + ["train"] * 40
    parts = split_parts(["cat"] * 43, [content(number) for number in range(43)], seed=0, told=told)
    assert parts[:3] == ["test"] * 3
    assert Counter(parts[3:]) == {"train": 38, "validation": 2}


def test_a_validation_part_that_the_data_has_is_the_validation_part() -> None:
    told = ["validation"] * 3 + ["train"] * 40
    parts = split_parts(["cat"] * 43, [content(number) for number in range(43)], seed=0, told=told)
    assert parts[:3] == ["validation"] * 3
    assert Counter(parts[3:]) == {"train": 36, "test": 4}


def test_a_picture_of_the_test_part_is_not_trained_on_under_another_label() -> None:
    contents = [content(number) for number in range(20)]
    parts = split_parts(["cat"] * 20 + ["dog"] * 20, contents * 2, seed=0, told=["test"] * 5 + [""] * 35)
    assert parts[:5] == ["test"] * 5 and parts[20:25] == [""] * 5


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.sampled_from(["", "train", "test", "validation"]))
    ),
    st.integers(0, 5),
)
def test_no_picture_is_ever_in_two_parts(entries: list[tuple[str, int, str]], seed: int) -> None:
    labels = [label for label, _, _ in entries]
    contents = [content(number) for _, number, _ in entries]
    parts = split_parts(labels, contents, seed=seed, told=[part for _, _, part in entries], test=0.3, validation=0.3)
    places: dict[str, set[str]] = {}
    for part, one in zip(parts, contents, strict=True):
        if part:
            places.setdefault(one, set()).add(part)
    assert all(len(found) == 1 for found in places.values())
