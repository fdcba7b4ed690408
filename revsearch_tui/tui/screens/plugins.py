"""What is installed and in what state, each with its reason; and options of methods, which are set here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import MethodInfo, OptionSpec
from revsearch_tui.core.methods.resolving import REGION, takes_region
from revsearch_tui.tui import keymap
from revsearch_tui.tui.model_keys import PLUGINS
from revsearch_tui.tui.screens.options_form import OptionField, OptionsForm, field_of
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.plugins.plugin_table import card_content, listing, row_key, sorted_rows
from revsearch_tui.tui.widgets.table_and_card import TableAndCard

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.registry import PluginRow
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_STAGES = {
    "index": "It is for what is indexed from now on: what is indexed already keeps what it was made with.",
    "search": "It holds from the next search on.",
}


class PluginsScreen(Page):
    """All rows of the registry, which is asked in the background."""

    BINDINGS = keymap.bindings(PLUGINS)
    AUTO_FOCUS = ""

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Plugins")
        self.rows: list[PluginRow] = []
        self._switched_last = ""
        """What the cursor is put on when the rows are there."""

    def compose_body(self) -> ComposeResult:
        yield Static("asking plugins …", id="plugins-empty", classes="page-empty", markup=False)
        yield TableAndCard("Plugins", "About", lambda: Static("", id="plugin-card-text", markup=False))

    @property
    def body(self) -> TableAndCard:
        return self.query_one(TableAndCard)

    @property
    def table(self) -> SortTable:
        return self.body.table

    @property
    def row(self) -> PluginRow | None:
        """The one the cursor is on."""
        return next((row for row in self.rows if row_key(row) == self.table.row_key), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(PLUGINS, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        self.fetch("rows", self._read, rows=True)

    @property
    def awaits_rows(self) -> bool:
        return super().awaits_rows or bool(self.rows and not self.table.rows_shown)

    def _read(self) -> list[PluginRow]:
        self.home.engine.ready.wait()
        return sorted_rows(self.workspace.registry.rows())

    def job_over(self, made: str) -> None:
        self.fetch("rows", self._read)

    def fetched(self, message: Fetched) -> None:
        if message.what == "saved":
            self._saved(message)
        elif message.what == "switched":
            self._switched(message)
        elif isinstance(message.value, list):
            self.rows = message.value
            self.query_one("#plugins-empty", Static).update("No plugins are installed.")
            self.query_one("#plugins-empty").display = not self.rows
            self.body.display = bool(self.rows)
            self._fill()
        else:
            self.query_one("#plugins-empty", Static).update(shown(message.problem))

    def _fill(self) -> None:
        """Fill the table, once it is known how much room it has."""
        if not self.rows or not self.body.room:
            return
        self.table.show(*listing(self.rows, self.body.room))
        last, self._switched_last = self._switched_last, ""
        for row in self.rows:
            if last and last in (row.name, row.plugin):
                self.table.go_to(row_key(row))
                break
        usable = sum(row.state == "available" for row in self.rows)
        self.table.border_subtitle = f"{usable:,} of {count(len(self.rows), 'row')} available"
        if self.is_current and self.focused is None:
            self.table.focus()
        self._show_card()

    def on_table_and_card_resized(self) -> None:
        self._fill()

    def _show_card(self) -> None:
        row, text = self.row, self.query_one("#plugin-card-text", Static)
        if row is None:
            text.update("")
            return
        width = max(24, text.size.width or 40)
        configured = self.workspace.config.methods.get(row.name, {}) if row.kind == "method" else {}
        text.update(card_content(row, self._specs(row), configured, width))
        self.refresh_bindings()

    def _specs(self, row: PluginRow) -> Sequence[OptionSpec]:
        """The options a method has: its own, and that of the host, which takes the parts that plugins propose."""
        info = row.info
        if not isinstance(info, MethodInfo) or row.state == "shadowed":
            return ()
        if not takes_region(info):
            return info.options
        regions = [row.name for row in self.rows if row.kind == "region provider" and row.state == "available"]
        known = self.workspace.config.methods.get(info.name, {}).get(REGION.name)
        choices = dict.fromkeys(["", *regions, *([str(known)] if known else [])])
        return (*info.options, replace(REGION, choices=tuple(choices)))

    def on_sort_table_moved(self) -> None:
        self._show_card()
        self.body.scroll_card(0)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        row = self.row
        if action == "options":
            return row is not None and bool(self._specs(row))
        if action in ("scroll_detail", "switch"):
            return row is not None
        return super().check_action(action, parameters)

    def action_scroll_detail(self, step: int) -> None:
        self.body.scroll_card(step)

    def action_options(self) -> None:
        row = self.row
        if row is None or not self._specs(row):
            return
        form = MethodOptionsForm(row.name, self._specs(row), self.workspace.config.methods.get(row.name, {}))
        self.app.push_screen(form, partial(self._save, row.name))

    def _save(self, method: str, options: Mapping[str, Any] | None) -> None:
        if options is None:
            return

        def write() -> str:
            from revsearch_tui.core.config.changing import change_options

            change_options(self.workspace.folders.config_file, method, options)
            self.workspace.forget_config()
            return method

        self.fetch("saved", write)

    def _saved(self, message: Fetched) -> None:
        if message.value is None:
            self.app.notify(shown(message.problem), title="Not saved", severity="error", markup=False, timeout=10)
            return
        file = shown_path(self.workspace.folders.config_file)
        self.app.notify(f"They stand in {file}.", title=f"Options of {message.value} are set", markup=False)
        self._show_card()
        self._take_up([str(message.value)])

    def _take_up(self, methods: Collection[str]) -> None:
        """Open the collection anew where it is indexed by one of these: methods are made as they are set then."""
        facts = self.home.session.facts
        if facts is not None and not {label.partition(":")[0] for label in facts.methods}.isdisjoint(methods):
            self.home.open_collection(facts.name)

    def action_switch(self) -> None:
        row = self.row
        if row is None:
            return
        name = row.plugin if row.kind == "plugin" else row.name
        is_on = row.state != "disabled"

        def write() -> str:
            from revsearch_tui.core.config.changing import change_plugin

            change_plugin(self.workspace.folders.config_file, name, {"enabled": False if is_on else None})
            self.workspace.forget_config()
            return name

        self.fetch("switched", write)

    def _switched(self, message: Fetched) -> None:
        if message.value is None:
            self.app.notify(shown(message.problem), title="Not saved", severity="error", markup=False, timeout=10)
            return
        self._switched_last = str(message.value)
        self._take_up({row.name for row in self.rows if message.value in (row.name, row.plugin)})
        self.fetch("rows", self._read)


class MethodOptionsForm(OptionsForm[dict[str, Any]]):
    """Answers with the options as they are to stand in the configuration, None for those at their default; or with
    None."""

    def __init__(self, method: str, specs: Sequence[OptionSpec], configured: Mapping[str, object]) -> None:
        super().__init__(
            f"Options of {shown(method)}", [_field(spec, configured.get(spec.name)) for spec in specs], "Save"
        )
        self._specs = specs

    def answer(self) -> dict[str, Any]:
        given = self.options(self._specs)
        return {spec.name: given.get(spec.name) for spec in self._specs}


def _field(spec: OptionSpec, value: object) -> OptionField:
    field = field_of(spec, value)
    return field._replace(help=f"{field.help} {_STAGES[spec.stage]}")
