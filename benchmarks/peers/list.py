"""A bare Textual app with a list of 1,000 lines that tells which of them is highlighted."""

from textual.app import App, ComposeResult
from textual.widgets import OptionList, Static


class Lines(App[None]):
    """A list, and a line below it."""

    CSS = "OptionList { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield OptionList(*[f"result {number}" for number in range(1_000)])
        yield Static("")

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        self.query_one(Static).update(f" {message.option_index + 1:,} of 1,000 ")


if __name__ == "__main__":
    Lines().run()
