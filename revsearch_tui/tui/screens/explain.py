"""Why the query and a hit match: what each method that explains shows, drawn and in words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.files import is_address, is_there
from revsearch_tui.tui.pair_explainer import AllExplained, ExplainOrder, MethodExplained, explain
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.accuracy.views import Views
from revsearch_tui.tui.widgets.duplicates.two_pictures import WHOLE, TwoPictures, View
from revsearch_tui.tui.widgets.side import TwoPane

if TYPE_CHECKING:
    from revsearch_tui.core.search.explaining import Explained
    from revsearch_tui.tui.pictures.drawing import Drawing
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_QUERY, _HIT, _DIFFERENCE = "query", "hit", "difference"
_METHOD = "method"
_USUAL_WIDTH = 3.0
"""Width by height of two photos side by side."""
_KEPT = 16
"""Drawings that are kept, of all methods and sizes of the window."""
_LOW = 20
"""Lines below which hashes alone are drawn: with the pictures above them, their bits would be smaller than a cell."""


class ExplainScreen(Page):
    """One method at a time; `views` are the labels of those that have answered. Pixels are another way to look."""

    BINDINGS = keymap.bindings(keymap.EXPLAIN)

    def __init__(self, home: IndexingScreen, order: ExplainOrder) -> None:
        super().__init__(home, "Why", order.candidate.name)
        self._order = order
        self.explained: dict[str, Explained] = {}
        """Label -> what the method shows."""
        self.pixels = ""
        """What is looked at instead: the query, the hit, or the difference of their pixels."""
        self._verdict = self._problem = ""
        self._is_over = self._is_drawing = False
        self._drawn: dict[View, Drawing] = {}
        self._undrawn: dict[View, str] = {}
        self._pictures = TwoPictures(self.loader)

    def compose_body(self) -> ComposeResult:
        yield Views()
        with Container(id="explain-body", classes="page-body"):
            yield TwoPane(id="explain-drawing")
            with VerticalScroll(id="explain-side", can_focus=False):
                yield Static("", id="explain-text", markup=False)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.EXPLAIN, self), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self._tell()
        work = partial(explain, self.workspace, self._order, post=self.post_message)
        self.home.engine.run(work, lambda: self.is_attached)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)
        self.call_after_refresh(self._tell)

    # What methods answer

    def on_method_explained(self, message: MethodExplained) -> None:
        label = message.explained.score.method
        self.explained[label] = message.explained
        self.views = tuple(self.explained)
        current = self.explained.get(self.shown_view)
        goes_first = current is None or (message.explained.says_something and not current.says_something)
        self._change_to(label if goes_first else self.shown_view)

    def on_all_explained(self, message: AllExplained) -> None:
        self._verdict, self._problem, self._is_over = message.verdict, message.problem, True
        self._tell()
        self._draw()

    # Drawing

    def _view(self) -> View | None:
        """What is to be drawn."""
        size = self.query_one(TwoPane).content_size
        paths = {_QUERY: self._order.source, _HIT: str(self._order.candidate)}
        if self.pixels:
            named = tuple(paths.values()) if self.pixels == _DIFFERENCE else (paths[self.pixels],)
            return View(self.pixels, named, WHOLE, *size)
        return View(_METHOD, (self.shown_view,), WHOLE, *size) if self.shown_view else None

    def _draw(self) -> None:
        if not self.is_attached:
            return
        view = self._view()
        waiting = "asking …" if not self._is_over else "no method shows anything" if not self.explained else "drawing …"
        text = waiting if self.loader.renderer is not None else "no pictures in this terminal"
        drawing = self._drawn.get(view) if view is not None else None
        self.query_one(TwoPane).put(drawing, self._undrawn.get(view, text) if view is not None else text)
        is_new = view is not None and view not in self._drawn and view not in self._undrawn
        if view is not None and is_new and view.width and view.height and not self._is_drawing and self.loader.renderer:
            self._is_drawing = True
            self.fetch("drawing", partial(self._drawn_view, view))

    def _drawn_view(self, view: View) -> tuple[View, Drawing | str]:
        try:
            return view, self._pictures.draw(view) if view.what != _METHOD else self._drawn_method(view)
        except Exception as error:  # of a file that is gone, or of what a method shows: said in the picture's place
            return view, str(error) or type(error).__name__

    def _drawn_method(self, view: View) -> Drawing:
        from revsearch_tui.core.search.explanation_drawing import HEIGHT, draw

        assert self.loader.renderer is not None
        stroke = 2
        if self.loader.renderer.name == "half-cells":  # of two pixels a cell each way
            shrunk = max(HEIGHT / (2 * view.height), HEIGHT * _USUAL_WIDTH / (2 * view.width))
            stroke = max(stroke, round(shrunk))
        image = draw(self.explained[view.paths[0]], stroke, names=False, pictures=view.height >= _LOW)
        return self.loader.renderer.draw(image, view.width, view.height)

    def fetched(self, message: Fetched) -> None:
        self._is_drawing = False
        if isinstance(message.value, tuple):
            view, made = message.value
            kept: dict[View, Drawing | str] = self._undrawn if isinstance(made, str) else self._drawn  # type: ignore[assignment]
            kept[view] = made
            while len(kept) > _KEPT:
                del kept[next(iter(kept))]
        self._draw()
        self._tell()

    # Words

    def _tell(self) -> None:
        """Name the views and the picture, and say in words what it shows."""
        if not self.is_attached:
            return
        self.query_one(Views).show(self.views, "" if self.pixels else self.shown_view)
        pane, side = self.query_one(TwoPane), self.query_one("#explain-side")
        pane.border_title, side.border_title = Content(self._title()), "Why"
        width = max(20, self.query_one("#explain-text").size.width or self.size.width - 4)
        self.query_one("#explain-text", Static).update(self._words(width))
        self.refresh_bindings()

    def _title(self) -> str:
        if self.pixels == _DIFFERENCE:
            mean = self._pictures.mean_difference
            return "Difference" if mean is None else f"Difference · {mean:.1f} of 255 in the mean"
        if self.pixels:
            return "The query" if self.pixels == _QUERY else "The hit"
        return f"The query and the hit, by {shown(self.shown_view)}" if self.shown_view else "The query and the hit"

    def _words(self, width: int) -> Content:
        head = self._verdict or self._problem or "Asking the methods …"
        parts: list[tuple[str, str] | str] = [(shown(head), "$text-error" if self._problem else "$text bold"), "\n"]
        explained = self.explained.get(self.shown_view)
        if explained is None:
            return Content.assemble(*parts)
        from revsearch_tui.core.search.explanation_words import Names, bars_of, class_figure, figure, sentences

        names = Names("query", "hit")
        parts += ["\n", (shown(explained.score.method), "$text-accent bold"), "\n"]
        for sentence in sentences(explained, names):
            parts += [("· ", "$foreground-muted"), (shown(sentence), "$text"), "\n"]
        bars = bars_of(explained.data)
        lines = [] if bars is None else class_figure(bars, names, width)
        if self.loader.renderer is None:
            lines = figure(explained.data, names, width)
        parts += ["\n", ("\n".join(map(shown, lines)), "$foreground-muted"), "\n"] if lines else []
        silent = [label for label, other in self.explained.items() if not other.says_something]
        if silent and self._is_over:
            parts += ["\n", (f"Nothing speaks for it by {shown(', '.join(silent))}.", "$foreground-muted")]
        return Content.assemble(*parts)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "step":
            return len(self.views) > 1
        if action in ("flicker", "difference"):
            is_file = not is_address(self._order.source) and is_there(self._order.source)
            return is_file and self.loader.renderer is not None
        return super().check_action(action, parameters)

    def show_view(self, view: str) -> None:
        """What the method of this label shows."""
        self.pixels = ""
        self._change_to(view)

    def _change_to(self, view: str) -> None:
        super().show_view(view)
        self._tell()
        self._draw()

    def action_step(self, step: int) -> None:
        self.action_view(step)

    def action_flicker(self) -> None:
        self._look(_HIT if self.pixels == _QUERY else _QUERY)

    def action_difference(self) -> None:
        self._look("" if self.pixels == _DIFFERENCE else _DIFFERENCE)

    def _look(self, pixels: str) -> None:
        self.pixels = pixels
        self._tell()
        self._draw()

    def action_scroll_text(self, step: int) -> None:
        self.query_one("#explain-side", VerticalScroll).scroll_relative(y=3 * step, animate=False)
