"""What stands in the place of the results where there are none yet: what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from revsearch_tui.tui.session import Session


class Empty(NamedTuple):
    """A title and the lines below it."""

    title: str
    lines: tuple[str, ...]


def missing(session: Session, indexing: bool) -> Empty | None:
    """What is missing before anything can be searched; None where nothing is, or it is on its way."""
    facts = session.facts
    if session.opening:
        return None
    if session.to_choose:
        return Empty("No collection is open", ("c   choose one               ", "a   index a folder of pictures"))
    if facts is None or not facts.methods:
        if indexing:
            return Empty("Nothing is indexed yet", ("The first pictures can be searched in a moment.",))
        title = f"'{shown(facts.name)}' holds nothing yet" if facts else "Nothing is indexed yet"
        return Empty(title, ("Press a to index a folder of pictures.",))
    return None


def nothing_asked(session: Session, indexing: bool) -> Empty:
    """For an app that was asked nothing."""
    return missing(session, indexing) or Empty(
        "Find pictures like one you have",
        (
            "/   type the path of a picture   ",
            "b   browse for one               ",
            "?   all keys                     ",
        ),
    )
