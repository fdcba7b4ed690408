"""What a user decides about groups, and the plan that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageDraw

from revsearch_tui.api import UsageError
from revsearch_tui.core.groups.keeping import keep_rules
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.review import Review, plan_of_chosen
from tests.support.drawn import draw
from tests.support.groups import found, names
from tests.support.library import Library


@pytest.fixture
def review(library: Library, folder: Path) -> Review:
    """One group: a picture, a smaller one, a part of it; `part.png` is found by geometry."""
    original = draw(1, (480, 360))
    original.save(folder / "original.png")
    original.resize((320, 240)).save(folder / "small.png")
    original.crop((60, 40, 440, 340)).save(folder / "part.png")
    draw(2, (480, 360)).save(folder / "other.png")
    library.index(folder)
    groups = found(library)
    assert names(groups) == {"original.png": {"small.png", "part.png"}}
    return Review.of(groups, LookFor(keep_rules()), 4)


def number(review: Review, name: str) -> int:
    return [entry.file.path.name for entry in review.groups[0].entries].index(name)


def test_nothing_goes_at_first_and_the_rules_let_go_what_is_kept_as_a_whole(review: Review) -> None:
    assert (review.files, review.bytes, review.chosen()) == (0, 0, [])
    review.apply_rules()
    (group,) = review.groups
    (going,) = [group.entries[each].file for each in group.marked]
    assert going.path.name == "small.png" and (review.files, review.bytes) == (1, going.bytes)
    part = number(review, "part.png")
    assert group.entries[part].spared == "shows only a part of what is kept"
    review.toggle(group, part)
    assert review.files == 2
    review.unmark()
    assert (review.files, review.bytes) == (0, 0)


def test_what_is_kept_in_its_place_tells_by_way_of_which_file_the_others_are_the_same(review: Review) -> None:
    (group,) = review.groups
    part, small = number(review, "part.png"), number(review, "small.png")
    of_part = group.entries[part].evidence
    assert of_part is not None and of_part.overlap is not None
    review.keep(group, part)
    assert group.keep_why() == "you chose it"
    assert f"shows {of_part.overlap[1]:.0%} of it, {of_part.overlap[0]:.0%} of itself" in group.why(0), "turned round"
    assert group.why(small).endswith("compared with original.png")
    review.toggle(group, 0)
    review.toggle(group, small)
    (planned,) = plan_of_chosen(review.chosen(), "pictures").groups
    assert Path(planned.keep.path).name == "part.png"
    assert [Path(file.path).name for file in planned.others] == [
        group.entries[each].file.path.name for each in sorted((0, small))
    ]


def test_the_kept_file_does_not_go_and_a_marked_one_that_is_kept_does_not_either(review: Review) -> None:
    (group,) = review.groups
    with pytest.raises(UsageError, match="is the one that is kept"):
        review.toggle(group, 0)
    small = number(review, "small.png")
    review.toggle(group, small)
    review.keep(group, small)
    assert (review.files, group.marked) == (0, set())


def test_a_protected_file_does_not_go_though_another_is_kept(review: Review, folder: Path) -> None:
    review.look_for = LookFor(keep_rules(protected=[folder]))
    (group,) = review.groups
    review.keep(group, number(review, "small.png"))
    assert group.entries[0].spared == "protected"
    with pytest.raises(UsageError, match="protected folder"):
        review.toggle(group, 0)


def test_a_file_with_other_names_frees_nothing(library: Library, folder: Path) -> None:
    original = draw(1, (480, 360))
    original.save(folder / "original.png")
    original.resize((320, 240)).save(folder / "small.png")
    (folder / "linked.png").hardlink_to(folder / "small.png")
    library.index(folder)
    review = Review.of(found(library), LookFor(keep_rules()), 2)
    (group,) = review.groups
    review.apply_rules()
    assert review.files == 0, "it is spared"
    review.toggle(group, 1)
    assert (review.files, review.bytes) == (1, 0), "unless one asks, and then nothing is freed"


def test_without_a_file_the_rest_is_as_it_was_and_one_alone_is_no_group(review: Review) -> None:
    (group,) = review.groups
    part, small = number(review, "part.png"), number(review, "small.png")
    review.keep(group, part)
    review.toggle(group, small)
    original = group.entries[0].file.path
    (left,) = review.without({original}).groups
    assert [entry.file.path.name for entry in left.entries] == [
        group.entries[each].file.path.name for each in sorted((part, small))
    ]
    assert left.entries[left.kept].file.path.name == "part.png" and len(left.marked) == 1
    review.apply_rules()
    assert review.without({entry.file.path for entry in group.entries[1:]}).groups == []
    assert len(review.of_present().groups) == 1
    original.unlink()
    assert len(review.of_present().groups[0].entries) == 2


@pytest.fixture
def written(library: Library, folder: Path) -> Review:
    """One group: a picture and the same with text on it, and a smaller copy of either."""
    original = draw(1, (640, 480)).convert("RGB")
    original.save(folder / "original.png")
    original.resize((520, 390)).save(folder / "small.png")
    ImageDraw.Draw(original).text((60, 200), "SALE TODAY", fill=(255, 40, 200), font_size=64)
    original.save(folder / "written.png")
    original.resize((520, 390)).save(folder / "written small.png")
    library.index(folder)
    review = Review.of(found(library, rules={"names": ["original*"], "order": ["name"]}), LookFor(keep_rules()), 4)
    assert review.groups[0].entries[0].file.path.name == "original.png"
    review.apply_rules()
    return review


def going(review: Review) -> dict[str, set[str]]:
    """The name of each file that stays in the plan -> the names of those that go for it."""
    plan = plan_of_chosen(review.chosen(), "pictures")
    return {Path(each.keep.path).name: {Path(file.path).name for file in each.others} for each in plan.groups}


def test_what_goes_for_a_file_stays_once_that_is_to_go(written: Review) -> None:
    (group,) = written.groups
    text, small = number(written, "written.png"), number(written, "written small.png")
    assert going(written) == {"original.png": {"small.png"}, "written.png": {"written small.png"}}
    assert group.why(small).startswith("all of it is in written.png, which stays: ")
    assert written.toggle(group, text) == 1, "the copy of it"
    assert going(written) == {"original.png": {"small.png", "written.png"}} and written.files == 2
    assert group.left_alone(small) == "looks different in places" and "written.png" not in group.why(small)
    assert written.toggle(group, small) == 0 and written.files == 3, "unless one asks"
    written.apply_rules()
    assert going(written) == {"original.png": {"small.png"}, "written.png": {"written small.png"}}
    (left,) = written.without({group.entries[text].file.path}).groups
    assert [left.left_alone(each) for each in range(1, 3)].count("looks different in places") == 1


def test_what_is_kept_instead_stands_for_the_others_unless_it_looks_different(written: Review) -> None:
    (group,) = written.groups
    text, small = number(written, "written.png"), number(written, "small.png")
    assert written.keep(group, small) == 0 == written.toggle(group, 0)
    assert going(written) == {"small.png": {"original.png"}, "written.png": {"written small.png"}}
    written.apply_rules()
    assert written.keep(group, text) == 0
    assert going(written) == {"written.png": {"written small.png"}, "original.png": {"small.png"}}
    assert written.toggle(group, 0) == 1 and going(written) == {"written.png": {"original.png", "written small.png"}}
    assert group.left_alone(small) == "what is kept may not show all of it"
    (left,) = written.without({group.entries[0].file.path}).groups
    review = Review([left], written.look_for, 3)
    review.apply_rules()
    assert going(review) == {"written.png": {"written small.png"}}
