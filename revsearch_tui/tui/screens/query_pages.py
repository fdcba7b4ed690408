"""The part of the first room that takes a picture from the clipboard, and opens pages about the query on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError
from revsearch_tui.tui.files import is_address, picture_of
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.part_box import PartBox
from revsearch_tui.tui.screens.recalling import RecallingScreen
from revsearch_tui.tui.session import own_path
from revsearch_tui.tui.text import shown

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit
    from revsearch_tui.tui.pasting import Pasted
    from revsearch_tui.tui.session import Asked


class QueryPagesScreen(RecallingScreen):
    """Each page covers this screen; what it finds out for a query is done by the thread that searches."""

    @property
    def part(self) -> PartBox | None:
        """The part of the query picture that is searched by; None for all of it."""
        crop = self.refinement.crop
        return PartBox(*crop.values) if crop is not None else None

    def action_paste(self) -> None:
        from revsearch_tui.tui.pasting import paste

        paste(self.workspace.folders.state / "pasted", self.post_message)

    def on_pasted(self, message: Pasted) -> None:
        if message.path is None:
            self.refuse(UsageError(message.problem))
        else:
            self.ask(str(message.path))

    def action_part(self) -> None:
        from revsearch_tui.tui.screens.part import PartScreen

        try:
            asked = self._one_picture()
        except UsageError as error:
            self.refuse(error)
        else:
            self.app.push_screen(PartScreen(self, asked))

    def _one_picture(self) -> Asked:
        """The query, which a part can be searched of. Raises `UsageError`."""
        asked = self.session.current
        if asked is None or not (asked.image_id or picture_of(asked.source) == asked.source):
            raise UsageError("a part can be searched of one picture alone, not of words or of several pictures")
        if is_address(asked.source) and asked.picture is None:
            raise UsageError("the picture is not here yet; wait until it is fetched")
        if asked.refinement.has_feedback:
            raise UsageError("a part is searched without liked hits; clear what was liked first")
        return asked

    def action_columns(self) -> None:
        from revsearch_tui.tui.screens.columns import ColumnsScreen

        facts = self.session.facts
        if facts is None or len(facts.methods) < 2:
            error = "rankings stand side by side where a collection is indexed by two methods or more"
            self.refuse(UsageError(error))
        else:
            self.app.push_screen(ColumnsScreen(self, facts, self.explain))

    def explain(self, hit: Hit, methods: tuple[str, ...] = ()) -> None:
        """Show why the query and a hit match, by these methods or by all that were searched by."""
        from revsearch_tui.tui.pair_explainer import ExplainOrder
        from revsearch_tui.tui.screens.explain import ExplainScreen

        asked, facts = self.session.current, self.session.facts
        picture = picture_of(asked.source) if asked is not None else ""
        if asked is None or facts is None or not picture:
            self.app.notify(
                "Words alone are no picture to hold beside this one.", title="Nothing to show", markup=False
            )
            return
        crop = hit.part or (str(asked.refinement.crop) if asked.refinement.crop is not None else None)
        by, candidate = methods or self.session.methods, Path(own_path(hit))
        order = ExplainOrder(facts.name, by, picture, asked.picture, candidate, crop)
        self.app.push_screen(ExplainScreen(self, order))

    def on_note(self, message: Note) -> None:
        self.app.notify(shown(message.text), markup=False)
