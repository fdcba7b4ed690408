"""Two pictures are verified once, and anew after their features have changed; and are copies where one has all that the
other has."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.opening_sides import Methods, open_sides
from revsearch_tui.core.groups.verifying import Verifier
from tests.support.drawn import draw, draw_folder
from tests.support.groups import found, names
from tests.support.library import Library


def test_a_pair_is_verified_once_until_it_is_forgotten(library: Library, folder: Path) -> None:
    draw_folder(folder, range(3))
    first = next(iter(sorted(folder.iterdir())))
    with Image.open(first) as picture:
        picture.crop((10, 10, picture.width - 10, picture.height - 10)).save(folder / "cut.png")
    library.index(folder)
    collection = library.workspace.collection("pictures")
    with open_sides(
        library.workspace, collection, None, Methods(library.methods), NullControl(), library.notes.append
    ) as (side, _):
        places = {image.paths[0].name: number for number, image in enumerate(side.images)}
        cut, whole = places["cut.png"], places[first.name]
        others = [number for number in places.values() if number != cut]
        verifier = Verifier("sift", side, side)
        found = verifier.verify(cut, others)
        assert [other for other, verified in zip(others, found, strict=True) if verified and verified.is_copy] == [
            whole
        ]
        assert verifier.verify(cut, others[::-1]) == found[::-1]
        assert verifier.compared == len(others)
        verifier.forget({whole})
        again = verifier.verify(cut, others)[others.index(whole)]
        assert again is not None and again.is_copy
        assert verifier.compared == len(others) + 1


def test_two_parts_of_one_picture_that_each_have_something_of_their_own_are_no_copies(
    library: Library, folder: Path
) -> None:
    draw_folder(folder, range(20, 24))
    whole = draw(1, (900, 600))
    shared = whole.crop((300, 0, 600, 600))
    whole.crop((0, 0, 600, 600)).save(folder / "left.png")
    whole.crop((300, 0, 900, 600)).save(folder / "right.png")
    library.index(folder)
    assert names(found(library)) == {}
    alike = names(found(library, same_thing=True))
    assert {frozenset({kept, *others}) for kept, others in alike.items()} == {frozenset({"left.png", "right.png"})}
    shared.save(folder / "shared.png")
    library.index(folder)
    assert {frozenset({kept, *others}) for kept, others in names(found(library)).items()} in (
        {frozenset({"left.png", "shared.png"})},
        {frozenset({"right.png", "shared.png"})},
    )
