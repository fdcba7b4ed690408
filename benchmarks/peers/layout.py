"""A bare Textual app with the widgets of a search screen and nothing behind them."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, Header, Input, OptionList, ProgressBar, Select, Static


class Layout(App[None]):
    """Header, two pickers, an input, a list, a side pane, a progress bar, a footer."""

    BINDINGS: ClassVar = [Binding("q", "quit", "Quit"), Binding("i", "index", "Index"), Binding("/", "query", "Query")]
    CSS = "#side { width: 32; border: round gray; } #query { height: 3; } #pickers { height: 3; }"

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal(id="pickers"):
            yield Select([("pictures", "pictures")])
            yield Select([("phash", "phash"), ("sift", "sift")])
        yield Input(placeholder="query", id="query")
        with Horizontal():
            yield OptionList(*[f"result {number}" for number in range(20)])
            with Vertical(id="side"):
                yield Static("Nothing-Chosen")
                yield ProgressBar()
        yield Footer()


if __name__ == "__main__":
    Layout().run()
