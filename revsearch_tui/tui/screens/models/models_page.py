"""All models, those that came with plugins and the user's own; what makes more of them, and takes them away."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import MethodInfo, ModelDownload
from revsearch_tui.core.plugins.declarations import model_owner
from revsearch_tui.tui import keymap
from revsearch_tui.tui.model_keys import MODELS
from revsearch_tui.tui.model_orders import ModelOrder
from revsearch_tui.tui.screens.accuracy.measuring import JobPanel
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.screens.training import TrainingScreen
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.widgets.accuracy.table import SortTable
from revsearch_tui.tui.widgets.models.model_card import CHECKING, ModelCard
from revsearch_tui.tui.widgets.models.model_table import listing, model_key
from revsearch_tui.tui.widgets.table_and_card import TableAndCard

if TYPE_CHECKING:
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_EMPTY = (
    "There is no model.\n\n"
    "n trains one on labelled pictures, a adds an ONNX file,\n"
    "d downloads a published one, f fits a method to a collection."
)
_MOST_CHECKED = 200_000_000
"""Bytes of a model that are read just because the cursor comes by."""
_SOUND = "✓ its files are as they were stored"


class Known(NamedTuple):
    """What there is, with the defaults of how each method trains; and what can be made: methods that take model files,
    that are fitted, and what can be downloaded, with what converting it lacks."""

    records: tuple[ModelRecord, ...]
    defaults: Mapping[str, Mapping[str, object]]
    taking: tuple[MethodInfo, ...]
    fitted: Mapping[str, str]
    downloads: Mapping[str, tuple[MethodInfo, ModelDownload]]
    lacking: Mapping[str, str]


class ModelsScreen(Page):
    """The table, and beside or below it what is known of the model under the cursor."""

    BINDINGS = keymap.bindings(MODELS)
    AUTO_FOCUS = ""
    has_own_bar = True

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Models")
        self.known: Known | None = None
        self._checked: dict[str, str] = {}
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        yield JobPanel()
        yield Static("reading …", id="models-empty", classes="page-empty", markup=False)
        yield TableAndCard("Models", "Card", ModelCard)

    @property
    def body(self) -> TableAndCard:
        return self.query_one(TableAndCard)

    @property
    def table(self) -> SortTable:
        return self.body.table

    @property
    def record(self) -> ModelRecord | None:
        """The one the cursor is on."""
        records = self.known.records if self.known is not None else ()
        return next((record for record in records if model_key(record) == self.table.row_key), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(MODELS, self), (keymap.TABLE, self.table), *super().places()]

    def on_mount(self) -> None:
        self._show_failure()
        self.reread()

    # Reading

    def reread(self, wanted: str = "") -> None:
        """Read anew what there is, and put the cursor on the user's model of that name."""
        self._wanted = f"own {wanted}" if wanted else self._wanted
        self.fetch("models", self._read, rows=self.known is None)

    @property
    def awaits_rows(self) -> bool:
        is_there = self.known is None or not self.known.records or bool(self.table.rows_shown)
        return super().awaits_rows or not is_there

    def _read(self) -> Known:
        from revsearch_tui.core.models.model_pulling import lacks_to_convert, model_downloads

        self.home.engine.ready.wait()
        workspace = self.workspace
        infos = workspace.method_infos()
        downloads = model_downloads(workspace.registry)
        return Known(
            tuple(workspace.models()),
            {info.name: {spec.name: spec.default for spec in info.train_options} for info in infos},
            tuple(info for info in infos if _takes_files(info)),
            {info.name: info.fit for info in infos if info.fit != "none" and not info.trainer},
            downloads,
            {name: lacks_to_convert(item) for name, (_, item) in downloads.items()},
        )

    def fetched(self, message: Fetched) -> None:
        if message.what.startswith("check "):
            self._checked[message.what] = f"✗ {message.problem}" if message.problem else _SOUND
            self._show_card()
        elif isinstance(message.value, Known):
            self.known = message.value
            self._checked.clear()
            self._show()
        elif message.what == "models":
            self.query_one("#models-empty", Static).update(shown(message.problem))
            self.app.notify(shown(message.problem), title="Models", severity="error", markup=False, timeout=10)

    def job_over(self, made: str) -> None:
        self._show_failure()
        self.reread(made)

    # Showing

    def _show(self) -> None:
        if self.known is None:
            return
        records = self.known.records
        empty = self.query_one("#models-empty", Static)
        empty.update(_EMPTY)
        empty.display = not records
        self.body.display = bool(records)
        self._fill()

    def _fill(self) -> None:
        """Fill the table, once it is known how much room it has."""
        if self.known is None or not self.body.room:
            return
        records = self.known.records
        self.table.show(*listing(records, self.body.room))
        own = sum(record.origin == "own" for record in records)
        self.table.border_subtitle = f"{count(len(records), 'model')}, {own:,} of yours"
        if any(model_key(record) == self._wanted for record in records):
            self.table.go_to(self._wanted)
            self._wanted = ""
        if records and self.is_current and self.focused is None:
            self.table.focus()
        self._show_card()
        self.refresh_bindings()

    def on_table_and_card_resized(self) -> None:
        self._fill()

    def _show_card(self) -> None:
        """What is known of the model, whose files are compared with its manifest in the background."""
        record = self.record
        key = _check_key(record) if record is not None else ""
        if record is not None and record.bytes > _MOST_CHECKED:
            self._checked[key] = f"its files are large: revsearch models show {record.name} checks them"
        elif record is not None and key not in self._checked and not record.problem:
            self._checked[key] = CHECKING
            self.fetch(key, partial(_load, record))
        defaults = self.known.defaults if self.known is not None else {}
        self.query_one(ModelCard).show(record, self._checked.get(key, ""), defaults)

    def _show_failure(self) -> None:
        """Tell why the last model could not be made, until the next job begins."""
        for jobs in self.home.queues:
            if jobs.failure is not None and isinstance(jobs.order, ModelOrder) and self.home.running is None:
                self.query_one(JobPanel).tell_failure(jobs.title, jobs.failure)

    def on_sort_table_moved(self) -> None:
        self._show_card()
        self.body.scroll_card(0)
        self.refresh_bindings()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        known = self.known
        if action in ("train", "add"):
            return known is not None
        if action == "pull":
            return known is not None and bool(known.downloads)
        if action == "fit":
            return known is not None and bool(known.fitted)
        if action == "remove":
            return self.record is not None and self.record.origin == "own"
        if action == "scroll_detail":
            return self.record is not None
        return super().check_action(action, parameters)

    def action_scroll_detail(self, step: int) -> None:
        self.body.scroll_card(step)

    def action_train(self) -> None:
        """On the page that shows how it goes."""
        self.app.open_page(TrainingScreen)  # type: ignore[attr-defined]
        page = self.app.screen
        if isinstance(page, TrainingScreen):
            page.action_train()

    def action_add(self) -> None:
        from revsearch_tui.tui.screens.models.asking import AddForm

        if self.known is not None:
            form = AddForm(self.loader, self.workspace.folders.models, self.known.taking)
            self.app.push_screen(form, self._start)

    def action_pull(self) -> None:
        from revsearch_tui.tui.screens.models.asking import PullForm

        if self.known is not None:
            form = PullForm(self.loader, self.workspace.folders.models, self.known.downloads, self.known.lacking)
            self.app.push_screen(form, self._start)

    def action_fit(self) -> None:
        from revsearch_tui.tui.screens.models.asking import FitForm

        if self.known is not None:
            names = [collection.name for collection in self.workspace.collections()]
            if not names and "supervised" not in self.known.fitted.values():
                text = "There are no pictures yet to fit to: go back, and press a to index a folder."
                self.app.notify(text, severity="warning", markup=False)
                return
            facts = self.home.session.facts
            form = FitForm(self.workspace.folders.models, self.known.fitted, names, facts.name if facts else "")
            self.app.push_screen(form, self._start)

    def _start(self, order: ModelOrder | None) -> None:
        if order is not None:
            self.home.start_job(order, order.title)

    def action_remove(self) -> None:
        from revsearch_tui.tui.screens.dialog import ConfirmDialog

        record = self.record
        if record is None:
            return
        facts = self.home.session.facts
        text = f"'{shown(record.name)}' is gone for good then. "
        if facts is not None and f"{record.method}:{record.name}" in facts.methods:
            text += f"'{shown(facts.name)}' is indexed by it, and cannot be searched by it any more. "
        text += "What was indexed with it stays, and can be used again once the same file is added."
        dialog = ConfirmDialog("Remove the model?", text, "Remove")
        self.app.push_screen(dialog, lambda agreed: self._remove(record) if agreed else None)

    def _remove(self, record: ModelRecord) -> None:
        from revsearch_tui.core.models.model_store import remove_model

        records = self.known.records if self.known is not None else ()
        at = next((number for number, each in enumerate(records) if each is record), 0)
        others = [model_key(each) for each in records if each is not record]
        self._wanted = others[min(at, len(others) - 1)] if others else ""

        def remove_then_read() -> object:
            remove_model(self.workspace.folders.models, record.name)
            return self._read()

        self.fetch("models", remove_then_read)


def _takes_files(info: MethodInfo) -> bool:
    """Whether model files are stored under the name of this method."""
    return info.models != "none" and info.shape != "local" and model_owner(info) == info.name


def _check_key(record: ModelRecord) -> str:
    return f"check {model_key(record)} {record.sha256}"


def _load(record: ModelRecord) -> object:
    from revsearch_tui.core.models.offered import load_model

    return load_model(record)
