"""The list of runs: one line each, several of which can be marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from revsearch_tui.core.training.watch import WatchedRun
from revsearch_tui.tui import keymap
from revsearch_tui.tui.model_keys import RUNS
from revsearch_tui.tui.text import clip, clip_name, shown, when_text
from revsearch_tui.tui.widgets.painting import PointedList
from revsearch_tui.tui.widgets.training.curves import Overlay, sign
from revsearch_tui.tui.widgets.training.curves import colour as colour_of
from revsearch_tui.tui.widgets.training.run_detail import STATES, data_text, epochs_text, validation_accuracy

_MARKS, _METHOD, _STATE, _EPOCHS, _ACCURACY, _STARTED = 4, 10, 13, 8, 10, 16

_WIDE = 96
"""From this width on there is room for when runs were started."""
_LEAST_DATA = 10


class Columns(NamedTuple):
    """Widths in cells; without room for it, `started` is 0."""

    name: int
    data: int
    started: int


def columns_for(width: int, runs: Sequence[WatchedRun]) -> Columns:
    """Column widths for these runs in lines of that width; where the room is small, the data give way."""
    started = _STARTED if width >= _WIDE else 0
    room = width - _MARKS - _METHOD - _STATE - _EPOCHS - _ACCURACY - (started + 2) - 4 + (0 if started else 2)
    name = max((cell_len(shown(seen.run.name)) for seen in runs), default=0)
    name = max(len("name"), min(name, 40, room - _LEAST_DATA))
    data = max((cell_len(data_text(seen.run.request.data)) for seen in runs), default=0)
    return Columns(name, max(0, min(max(data, len("data")), room - name)), started)


def heading(columns: Columns) -> str:
    """The line above the runs."""
    text = f"{'':{_MARKS}}{'name':<{columns.name}}  {'method':<{_METHOD}}{'data':<{columns.data}}  {'state':<{_STATE}}"
    text += f"{'epochs':>{_EPOCHS}}{'val. acc.':>{_ACCURACY}}"
    return text + (f"  {'started':<{columns.started}}" if columns.started else "")


def row_content(seen: WatchedRun, columns: Columns, number: int, marked: bool) -> Content:
    """One run; `number` is that of its curves, 0 where they are not drawn."""
    run = seen.run
    mark = "●" if marked else "○" if number else " "
    name = _filled(clip_name(shown(run.name), columns.name), columns.name)
    data = _filled(clip(data_text(run.request.data), columns.data, keep_end=True), columns.data)
    glyph, colour = STATES.get(seen.state, ("?", "$text-error"))
    accuracy = validation_accuracy(seen)
    told = f"{accuracy:.4f}" if accuracy is not None else ""
    state = f"  {glyph} {clip(shown(seen.state), _STATE - 2):<{_STATE - 2}}"
    return Content.assemble(
        (f" {mark}{sign(number) if number else ' '} ", f"{colour_of(number)} bold" if number else ""),
        (name, "bold"),
        ("  " + _filled(clip(shown(run.request.method), _METHOD - 1), _METHOD), "$text"),
        (data, "$foreground-muted"),
        (state, colour),
        (f"{epochs_text(seen):>{_EPOCHS}}{told:>{_ACCURACY}}", "$text"),
        (f"  {when_text(run.started)}" if columns.started else "", "$foreground-muted"),
    )


def _filled(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


class RunLines(PointedList, inherit_bindings=False):
    """The lines; the list around it fills them."""

    BINDINGS = keymap.bindings(RUNS)
    GUTTER = 0

    class Unmarked(Message):
        """No run is to be marked."""

    def __init__(self, marks: Overlay) -> None:
        super().__init__(id="run-lines", markup=False)
        self._marks = marks

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        return bool(self._marks.marked) if action == "unmark" else bool(self.options)

    def action_unmark(self) -> None:
        self.post_message(self.Unmarked())

    def action_mark(self) -> None:
        """As a click on the line does."""
        self.action_select()


class RunsList(Vertical):
    """All runs with a heading. The line under the cursor stays with its run when runs are added."""

    class Changed(Message):
        """Another run is highlighted, or the marks changed."""

    def __init__(self) -> None:
        super().__init__(id="runs")
        self.overlay = Overlay()
        self.runs: dict[str, WatchedRun] = {}
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        self.border_title = "Training runs"
        yield Static("", id="runs-heading", markup=False)
        yield RunLines(self.overlay)

    @property
    def lines(self) -> RunLines:
        return self.query_one(RunLines)

    @property
    def highlighted(self) -> WatchedRun | None:
        index = self.lines.highlighted
        return self.runs.get(self._shown[index]) if index is not None and index < len(self._shown) else None

    @property
    def drawn(self) -> dict[str, int]:
        """Runs to draw -> their numbers."""
        return self.overlay.drawn(self.highlighted.run.name if self.highlighted else None)

    def show(self, runs: Sequence[WatchedRun]) -> None:
        """Show these runs as they stand."""
        before = self.highlighted
        self.runs = {seen.run.name: seen for seen in runs}
        self.overlay.keep(self.runs)
        names = list(self.runs)
        if names != self._shown:
            index = names.index(before.run.name) if before and before.run.name in self.runs else 0
            self._shown = names
            with self.prevent(OptionList.OptionHighlighted):
                self.lines.set_options([Option("") for _ in names])
                self.lines.highlighted = index if names else None
        self.border_subtitle = _counts(runs)
        self._refill()
        self.post_message(self.Changed())

    def go_to(self, name: str) -> bool:
        """Highlight the run of that name, if it is there."""
        if name in self._shown:
            self.lines.highlighted = self._shown.index(name)
        return name in self._shown

    def on_resize(self) -> None:
        self._refill()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._refill()
        self.post_message(self.Changed())

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.overlay.toggle(self._shown[event.option_index])
        self._refill()
        self.post_message(self.Changed())

    def on_run_lines_unmarked(self, event: RunLines.Unmarked) -> None:
        event.stop()
        self.overlay.marked.clear()
        self._refill()
        self.post_message(self.Changed())

    def _refill(self) -> None:
        lines = self.lines
        width = lines.scrollable_content_region.width or self.size.width
        columns = columns_for(width, list(self.runs.values()))
        self.query_one("#runs-heading", Static).update(heading(columns))
        drawn: Mapping[str, int] = self.drawn
        for index, name in enumerate(self._shown):
            content = row_content(self.runs[name], columns, drawn.get(name, 0), name in self.overlay.marked)
            if lines.get_option_at_index(index).prompt != content:
                lines.replace_option_prompt_at_index(index, content)


def _counts(runs: Sequence[WatchedRun]) -> str:
    running = sum(seen.state == "running" for seen in runs)
    return f"{running} running" if running else ""
