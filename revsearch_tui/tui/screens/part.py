"""The part of a query picture to search by: a box on the picture, and what is found by it meanwhile."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.dom import DOMNode
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import Question, SearchDone, SearchFailed
from revsearch_tui.tui.part_box import MIDDLE, STEPS, WHOLE, PartBox, box_of
from revsearch_tui.tui.query_keys import PART
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.part_pane import PartPane
from revsearch_tui.tui.widgets.results.view import ResultsView

if TYPE_CHECKING:
    from PIL.Image import Image

    from revsearch_tui.api import Control
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.methods.regions import Proposal
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.pictures.drawing import Drawing
    from revsearch_tui.tui.screens.refining import RefiningScreen
    from revsearch_tui.tui.session import Asked

_PAUSE_S = 0.25
"""How long the box rests before what is in it is searched by."""
_LONGEST = 800
"""Pixels of the longer side that the picture is drawn from: with a terminal that takes pictures each step sends one."""


class QueryPixels(NamedTuple):
    """The query picture for the screen, the pixels that methods see, and the size of the file's picture."""

    image: Image
    pixels: Picture
    width: int
    height: int


class PartView(NamedTuple):
    """What is drawn: a box, in at most so many cells."""

    box: PartBox
    width: int
    height: int


class Proposed(Message):
    """Boxes that plugins propose, and why some do not."""

    bubble = False

    def __init__(self, found: list[Proposal], problems: list[str]) -> None:
        super().__init__()
        self.found, self.problems = found, problems


class PartScreen(Page):
    """Enter searches by the box on the first screen; until then its hits stand beside the picture."""

    BINDINGS = keymap.bindings(PART)

    def __init__(self, home: RefiningScreen, asked: Asked) -> None:
        path = Path(asked.source)
        super().__init__(home, "Part", path.name or asked.source)
        self._room, self._path = home, path
        self._data = asked.picture.data if asked.picture is not None else None
        crop = asked.refinement.crop
        self.box = PartBox(*crop.values) if crop is not None else MIDDLE
        self.step = STEPS.index(5.0)
        self.proposals: list[Proposal] | None = None
        """None until they were asked for."""
        self._at = -1
        self._picture: QueryPixels | None = None
        self._problem = ""
        self._is_proposing = self._is_drawing = False
        self._drawn: tuple[PartView, Drawing] | None = None
        self._asking: Question | None = None
        self._rest: Timer | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(classes="page-body"):
            yield PartPane(id="part-picture")
            hits = ResultsView(self.loader, "grid", id="part-hits")
            hits.can_focus = False
            yield hits
        yield Static("", id="part-foot", classes="page-foot", markup=False)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(PART, self), *super().places()]

    @property
    def pane(self) -> PartPane:
        return self.query_one(PartPane)

    @property
    def hits(self) -> ResultsView:
        return self.query_one(ResultsView)

    def on_mount(self) -> None:
        super().on_mount()
        self.pane.border_title = "Query"
        self.hits.border_title = "Found by it"
        self.fetch("picture", self._read)
        self._changed()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    # Reading and drawing

    def _read(self) -> QueryPixels:
        from PIL import Image

        decoded = self.loader.decoded(self._path, self._data)
        image = Image.fromarray(decoded.picture)
        image.thumbnail((_LONGEST, _LONGEST))
        return QueryPixels(image, decoded.picture, decoded.width, decoded.height)

    def fetched(self, message: Fetched) -> None:
        if message.what == "picture":
            self._problem = message.problem
            if isinstance(message.value, QueryPixels):
                self._picture = message.value
        else:
            self._is_drawing = False
            self._problem = message.problem
            if isinstance(message.value, tuple):
                self._drawn = message.value
        self._draw()
        self._tell()

    def _draw(self) -> None:
        """Show the box as it was drawn last, and have it drawn as it is now."""
        if not self.is_attached:
            return
        renderer, picture = self.loader.renderer, self._picture
        text = self._problem or ("reading …" if renderer is not None else "no pictures in this terminal")
        self.pane.put(self._drawn[1] if self._drawn is not None else None, text)
        view = PartView(self.box, *self.pane.content_size)
        is_new = self._drawn is None or self._drawn[0] != view
        if is_new and picture and renderer and view.width and view.height and not (self._is_drawing or self._problem):
            self._is_drawing = True
            self.fetch("drawing", partial(self._drawn_view, view, picture.image))

    def _drawn_view(self, view: PartView, image: Image) -> tuple[PartView, Drawing]:
        from revsearch_tui.tui.pictures.boxed import stroke_for, with_box

        assert self.loader.renderer is not None
        stroke = stroke_for(image.size, view.width, view.height, self.loader.renderer.name)
        box = view.box
        drawn = with_box(image, (box.left, box.top, box.wide, box.high), stroke)
        return view, self.loader.renderer.draw(drawn, view.width, view.height)

    def _tell(self) -> None:
        """The numbers of the box, the step of the keys, and whose proposal it is."""
        box = self.box
        told = f"{box.wide:g} x {box.high:g} % at {box.left:g}, {box.top:g}"
        if self._picture is not None:
            width, height = self._picture.width, self._picture.height
            left, top, right, bottom = box.crop.box(width, height)
            told += f" · {right - left:,} x {bottom - top:,} of {width:,} x {height:,} pixels at {left:,}, {top:,}"
        rest = f" · step {STEPS[self.step]:g} %"
        if self.proposals and self._at >= 0 and box_of(self.proposals[self._at].box) == box:
            rest += f" · {shown(self.proposals[self._at].provider)} {self._at + 1} of {len(self.proposals)}"
        elif self._is_proposing:
            rest += " · asking …"
        self.query_one("#part-foot", Static).update(Content.assemble((told, "$text bold"), rest))

    # The box

    def _change(self, box: PartBox) -> None:
        if box != self.box:
            self.box = box
            self._changed()

    def _changed(self) -> None:
        self.pane.box = self.box
        self._draw()
        self._tell()
        self._asking = None
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_PAUSE_S, self._search)

    def on_part_pane_dragged(self, message: PartPane.Dragged) -> None:
        self._change(message.box)

    def action_move(self, across: int, down: int) -> None:
        step = STEPS[self.step]
        self._change(self.box.moved(across * step, down * step))

    def action_resize(self, across: int, down: int) -> None:
        step = STEPS[self.step]
        self._change(self.box.resized(across * step, down * step))

    def action_step(self, step: int) -> None:
        self.step = max(0, min(len(STEPS) - 1, self.step + step))
        self._tell()

    def action_whole(self) -> None:
        self._change(WHOLE)

    def action_propose(self) -> None:
        if self.proposals is not None:
            self._next_proposal(self.proposals)
        elif self._picture is not None and not self._is_proposing:
            self._is_proposing = True
            work = partial(_propose, self.workspace, self._picture.pixels, self.post_message)
            self.home.engine.run(work, lambda: self.is_attached)
            self._tell()

    def on_proposed(self, message: Proposed) -> None:
        self._is_proposing, self.proposals = False, message.found
        for problem in message.problems:
            self.app.notify(shown(problem), severity="warning", markup=False)
        self._next_proposal(self.proposals)
        self._tell()

    def _next_proposal(self, found: list[Proposal]) -> None:
        if not found:
            self.app.notify("No plugin proposes a part of this picture.", markup=False)
            return
        self._at = (self._at + 1) % len(found)
        self._change(box_of(found[self._at].box))

    # Searching

    @property
    def _wanted(self) -> Callable[[], bool]:
        asking = self._asking
        return lambda: self.is_attached and self._asking is asking

    def _search(self) -> None:
        """Search by the box while it rests."""
        crop = None if self.box.is_whole else self.box.crop
        self._asking = self._room.session.aside(replace(self._room.refinement, crop=crop))
        if self._asking is not None:
            self.hits.border_subtitle = "searching …"
            self.home.engine.answer(self._asking, self.post_message, self._wanted)

    def on_search_done(self, message: SearchDone) -> None:
        if message.question is self._asking:
            self.hits.border_subtitle = ""
            if message.result.hits:
                self.hits.show_hits(message.result.hits)
            else:
                self.hits.show_empty("Nothing found", "by this part")

    def on_search_failed(self, message: SearchFailed) -> None:
        if message.question is self._asking:
            self.hits.border_subtitle = ""
            text = shown(shortened(message.text, 300))
            self.hits.show_empty(message.title, *textwrap.wrap(text, max(16, self.hits.size.width - 2)))

    def action_search(self) -> None:
        crop = None if self.box.is_whole else self.box.crop
        self.dismiss(None)
        self._room.refine(replace(self._room.refinement, crop=crop))


def _propose(workspace: Workspace, pixels: Picture, post: Callable[[Message], object], control: Control) -> None:
    """What plugins propose of a picture, by the thread that searches."""
    from revsearch_tui.core.methods.regions import proposals

    control.check()
    post(Proposed(*proposals(workspace.registry.regions(), pixels)))
