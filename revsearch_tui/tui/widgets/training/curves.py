"""Accuracy and loss of the drawn runs, one plot each; which runs are drawn, and how they are told apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from revsearch_tui.core.training.curves import loss_ceiling
from revsearch_tui.core.training.watch import WatchedRun
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.plot import LINES, LinePlot, Series
from revsearch_tui.tui.widgets.training.run_detail import points, validation_accuracy

_NAME_WIDTH = 24
_LINES = "── validation  ┄┄ training "

COLOURS = ("$primary", "$accent", "$success", "$error", "$secondary", "$foreground")
"""Those of the styles `line-1` and so on, for text beside the plots."""
_SIGNS = "123456789abcdefghijklmnopqrstuvwxyz"


class Legend(Static):
    """Sign, name and validation accuracy of every run that is drawn."""

    def __init__(self) -> None:
        super().__init__("", id="legend", markup=False)
        self._drawn: dict[str, int] = {}
        self._runs: Mapping[str, WatchedRun] = {}

    def show(self, runs: Mapping[str, WatchedRun], drawn: dict[str, int]) -> None:
        """Name these runs."""
        self._runs, self._drawn = runs, drawn
        self._refill()

    def on_resize(self) -> None:
        self._refill()

    def _refill(self) -> None:
        self.update(legend_content(self._runs, self._drawn, self.size.width or 80))


def legend_content(runs: Mapping[str, WatchedRun], drawn: Mapping[str, int], width: int) -> Content:
    """One line of `width` cells; runs for which there is no room are counted."""
    parts: list[tuple[str, str] | str] = []
    room, left = width - cell_len(_LINES) - 2, len(drawn)
    for name, number in sorted(drawn.items(), key=lambda item: item[1]):
        accuracy = validation_accuracy(runs[name])
        told = f" {accuracy:.4f}" if accuracy is not None else ""
        label = clip(shown(name), _NAME_WIDTH)
        length = 3 + cell_len(label) + len(told) + 2
        if length + (4 if left > 1 else 0) > room:
            parts.append((f" +{left} ", "$foreground-muted"))
            room -= 4
            break
        parts += [(f" {sign(number)} {label}", f"{colour(number)} bold"), (told, "$text"), "  "]
        room -= length
        left -= 1
    return Content.assemble(*parts, " " * max(0, room), ("  " + _LINES, "$foreground-muted")) if drawn else Content("")


class Curves(Container):
    """The two plots."""

    def compose(self) -> ComposeResult:
        yield LinePlot("Accuracy by epoch", (0.0, 1.0), id="accuracy")
        yield LinePlot("Loss by epoch", id="loss")

    def show(self, runs: Mapping[str, WatchedRun], drawn: Mapping[str, int]) -> None:
        """Draw these runs over each other, the last on top."""
        chosen = [(runs[name], number) for name, number in drawn.items()]
        ceilings = {"accuracy": 1.0, "loss": loss_ceiling(line for seen, _ in chosen for line in seen.curves)}
        for quantity, ceiling in ceilings.items():
            series = series_of(chosen, quantity, ceiling)
            self.query_one(f"#{quantity}", LinePlot).show(series, _nothing(chosen, quantity))


def series_of(runs: Sequence[tuple[WatchedRun, int]], quantity: str, ceiling: float) -> list[Series]:
    """Training dotted, and over all of those validation in whole lines, which carry the sign where there are any.
    Values above the ceiling run along it."""
    training, validation = [], []
    for seen, number in runs:
        drawn, mark = style(number), sign(number)
        measured, trained = (_below(points(seen, name), ceiling) for name in (f"validation_{quantity}", quantity))
        training.append(Series(trained, drawn, "" if measured else mark, dotted=True))
        validation.append(Series(measured, drawn, mark))
    return training + validation


def _below(line: tuple[tuple[int, float], ...], ceiling: float) -> tuple[tuple[int, float], ...]:
    return tuple((epoch, min(value, ceiling)) for epoch, value in line)


def _nothing(runs: Sequence[tuple[WatchedRun, int]], quantity: str) -> str:
    if any(seen.curves for seen, _ in runs):
        return f"no {quantity} was recorded"
    if any(seen.state == "running" for seen, _ in runs):
        return "the first epoch is under way"
    return "no epoch was finished"


assert len(COLOURS) == LINES


class Overlay:
    """The marked runs. The highlighted one is drawn with them."""

    def __init__(self) -> None:
        self.marked: dict[str, int] = {}

    def toggle(self, name: str) -> None:
        """Mark a run, or unmark it."""
        if name in self.marked:
            del self.marked[name]
        else:
            self.marked[name] = self._free()

    def keep(self, names: Collection[str]) -> None:
        """Forget the runs that are gone."""
        self.marked = {name: number for name, number in self.marked.items() if name in names}

    def drawn(self, highlighted: str | None) -> dict[str, int]:
        """Run -> its number, the highlighted one last, so that it lies over the others."""
        others = {name: number for name, number in self.marked.items() if name != highlighted}
        if highlighted is None:
            return others
        return {**others, highlighted: self.marked.get(highlighted) or self._free()}

    def _free(self) -> int:
        return next(number for number in range(1, len(self.marked) + 2) if number not in self.marked.values())


def sign(number: int) -> str:
    """One character for a run."""
    return _SIGNS[(number - 1) % len(_SIGNS)]


def style(number: int) -> str:
    """The plot's style for a run."""
    return f"line-{(number - 1) % LINES + 1}"


def colour(number: int) -> str:
    """The same colour for text."""
    return COLOURS[(number - 1) % LINES]
