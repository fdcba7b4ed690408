"""The search page follows a collection that is called otherwise, has other folders, or is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen


def follow(home: IndexingScreen, name: str, now: str) -> None:
    """`name` is called `now`; empty: it is no more. Queries on the screen stay with a collection that goes on."""
    session = home.session
    of_names: tuple[dict[str, Any], ...] = (session.chosen, session.marks)
    for known in of_names:
        if name in known and name != now:
            kept = known.pop(name)
            if now:
                known[now] = kept
    if name != now:
        home.keep(lambda memory: memory.rename(name, now) if now else memory.drop(name))  # type: ignore[attr-defined]
    if session.facts is None or session.facts.name != name:
        return
    if name == now:
        home.engine.look_again(name)
    elif now:
        session.facts = session.facts._replace(name=now)
        home.open_collection(now)
    else:
        session.facts = None
        session.asked.clear()
        home.show_collection()
        home.show_nothing()
        if home.workspace.collections():
            home.open_collection(None)
