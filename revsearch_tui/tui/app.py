"""The app: wires configuration, colours, screens and keys together. The work is elsewhere."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.theme import Theme

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui import keymap
from revsearch_tui.tui.commands import Palette, RevsearchCommands
from revsearch_tui.tui.messages import CollectionFollowed, JobFailed, JobMessage, JobProgress
from revsearch_tui.tui.orders import WatchOrder
from revsearch_tui.tui.pictures.drawing import Renderer
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.search import SearchScreen
from revsearch_tui.tui.text import count, shown
from revsearch_tui.tui.typed_ahead import TypedAhead
from revsearch_tui.tui.watches import Watches
from revsearch_tui.tui.widgets.query import MOST_TYPED

if TYPE_CHECKING:
    from revsearch_tui.api import QueryHits, ReaderInfo
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.screens.page import Page

_SEVERITIES: Mapping[str, str] = {"warning": "!", "error": "✗"}
"""Severity of a notification -> its sign."""
_TOAST_MOST = 500
_TURN_S = 0.001
_TIDY_EVERY_S, _QUIET_S = 30.0, 3.0
_YOUNG = 2_000
"""Objects made between two looks for garbage among them, which take less than a millisecond."""
_RARELY, _OVERDUE = 1_000_000_000, 7_000
"""Such looks between two among all objects: as Python counts, and as many as are borne."""
INTERRUPTED = 130
"""The exit code of a picker that was left with Ctrl-C."""

DARK = Theme(
    name="revsearch",
    primary="#7aa2f7",
    secondary="#bb9af7",
    accent="#e0af68",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    foreground="#c8d0e8",
    background="#14161f",
    surface="#1a1d29",
    panel="#242838",
    dark=True,
    variables={
        "border": "#3b4261",
        "border-blurred": "#2f3549",
        "input-selection-background": "#7aa2f7 35%",
        "block-cursor-background": "#7aa2f7",
        "block-cursor-foreground": "#14161f",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#e0af68",
    },
)
LIGHT = Theme(
    name="revsearch-light",
    primary="#2e5cb8",
    secondary="#7a4fb5",
    accent="#9a5b00",
    success="#3f7d20",
    warning="#9a5b00",
    error="#b3263f",
    foreground="#2a3046",
    background="#f4f5f9",
    surface="#ffffff",
    panel="#e6e9f2",
    dark=False,
    variables={"border": "#a8b0c8", "border-blurred": "#c9cfdf"},
)


class RevsearchApp(App[int]):
    """Reverse image search in a terminal. `renderer` draws pictures; None draws none. It begins with the `query`, if
    there is one; where it is `picking`, Enter leaves with what is chosen. With `text_only`, or where that is set, all
    is told in words."""

    TITLE = "revsearch"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    BINDINGS: ClassVar[list[BindingType]] = keymap.bindings(keymap.APP)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RevsearchCommands}
    ENABLE_COMMAND_PALETTE = True
    NOTIFICATION_TIMEOUT = 4

    def __init__(
        self,
        workspace: Workspace,
        renderer: Renderer | None,
        collection: str | None = None,
        *,
        query: str = "",
        picking: bool = False,
        text_only: bool = False,
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.text_only = text_only or workspace.config.flag("tui.text_only")
        """Whether all is told in words; nothing is drawn then, and nothing moves by itself."""
        self.last_input, self._tidied = 0.0, 0.0
        """Seconds as `time.monotonic` counts: when a key or the mouse was used, and `tidy` found something to do."""
        self._in_words: LineFilter | None = None
        if self.text_only:
            from revsearch_tui.tui.plain_text import PlainText

            renderer, self._in_words, self.animation_level = None, PlainText(), "none"
        self.set_class(self.text_only, "-text-only", update=False)
        self.overrides, self._problems = keymap.checked_keymap(workspace.config.keys)
        self.set_keymap(self.overrides)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self._choose_theme()
        loader = PictureLoader(renderer, workspace.folders.thumbnails, self._readers, workspace.max_pixels)
        is_first = collection is None and not workspace.collections()
        self.search = SearchScreen(workspace, loader, collection, is_first, query, picking)
        self.watches = Watches(workspace, self.search.engine.ready, self.post_message)
        self.typed = TypedAhead(self, super().on_event)

    def get_default_screen(self) -> SearchScreen:
        return self.search

    def on_mount(self) -> None:
        for problem in self._problems:
            self.notify(problem, title="Configuration", severity="warning", markup=False, timeout=10)

        self.set_interval(_TIDY_EVERY_S, self.tidy)

    def tidy(self) -> None:
        """Look through everything for garbage, once after keys were pressed and none is any more: of the cells of all
        pictures that are kept it takes a quarter of a second, in which nothing else is done."""
        is_quiet = time.monotonic() - self.last_input > _QUIET_S
        if (self.last_input > self._tidied and is_quiet) or gc.get_count()[1] > _OVERDUE:
            gc.collect()
            self._tidied = time.monotonic()

    def on_unmount(self) -> None:
        self.search.stop()
        self.watches.stop()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As the base class, and what makes a screen of words."""
        filters = super().get_line_filters()
        return filters if self._in_words is None else [*filters, self._in_words]

    async def on_event(self, event: events.Event) -> None:
        """Refuses what no line of input can bear, wherever it is pasted; Ctrl-C ends picking wherever it is pressed."""
        if isinstance(event, events.InputEvent):
            self.last_input = time.monotonic()
        if self.search.is_picking and isinstance(event, events.Key) and event.key == "ctrl+c":
            self.exit(return_code=INTERRUPTED)
        elif isinstance(event, events.Paste) and len(event.text) > MOST_TYPED:
            text = f"'{shown(shortened(event.text, 60))}' is too long; a line takes {MOST_TYPED:,} characters."
            self.notify(text, title="Not pasted", severity="warning", markup=False)
        elif isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.typed.take(event)
        else:
            await super().on_event(event)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """As the base class, in a bearable length; warnings and errors are told by a sign, too."""
        titled = f"{_SEVERITIES[severity]} {title or severity.capitalize()}" if severity in _SEVERITIES else title
        text = shortened(message, _TOAST_MOST)
        super().notify(text, title=titled, severity=severity, timeout=timeout, markup=markup)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_help(self) -> None:
        from revsearch_tui.tui.screens.help import HelpDialog

        self.push_screen(HelpDialog(self.overrides))

    def action_plugins(self) -> None:
        from revsearch_tui.tui.screens.plugins import PluginsScreen

        self.open_page(PluginsScreen)

    def action_models(self) -> None:
        from revsearch_tui.tui.screens.models import ModelsScreen

        self.open_page(ModelsScreen)

    def action_accuracy(self) -> None:
        from revsearch_tui.tui.screens.accuracy import AccuracyScreen

        self.open_page(AccuracyScreen)

    def open_page(self, page: type[Page]) -> None:
        """Show a page over the search, in the place of the pages that are open."""
        while len(self.screen_stack) > 1 and not isinstance(self.screen, page):
            self.pop_screen()
        if not isinstance(self.screen, page):
            self.push_screen(page(self.search))

    def action_training(self) -> None:
        from revsearch_tui.tui.screens.training import TrainingScreen

        self.open_page(TrainingScreen)

    def action_duplicates(self) -> None:
        from revsearch_tui.tui.screens.duplicates import DuplicatesScreen

        self.open_page(DuplicatesScreen)

    def action_clusters(self) -> None:
        from revsearch_tui.tui.screens.clusters import ClustersScreen

        self.open_page(ClustersScreen)

    def action_jobs(self) -> None:
        from revsearch_tui.tui.screens.jobs_page import JobsScreen

        self.open_page(JobsScreen)

    def action_judgements(self) -> None:
        from revsearch_tui.tui.screens.judgements import JudgementsScreen

        self.open_page(JudgementsScreen)

    def action_collections_page(self) -> None:
        from revsearch_tui.tui.screens.collections import CollectionsScreen

        self.open_page(CollectionsScreen)

    def action_settings(self) -> None:
        from revsearch_tui.tui.screens.settings import SettingsScreen

        self.open_page(SettingsScreen)

    @on(JobMessage)
    def _hear_watch(self, message: JobMessage) -> None:
        """What the watches tell; what jobs do is for the search."""
        job = self.watches.hear(message)
        if job is None or isinstance(message, JobProgress) or not isinstance(job.order, WatchOrder):
            return
        name = job.order.collection
        if isinstance(message, JobFailed):
            severity: SeverityLevel = "information" if message.stopped else "error"
            self.notify(shown(message.text), title=message.title, severity=severity, markup=False)
        elif isinstance(message, CollectionFollowed):
            self.search.engine.look_again(name)
            if message.text:
                self.notify(f"'{shown(name)}': {message.text}.", markup=False)
        for screen in self.screen_stack:
            screen.post_message(CollectionFollowed(name))

    async def action_quit(self) -> None:
        self._quit()

    def _quit(self) -> None:
        """Leave; where something ends by that, say so and ask once."""
        from revsearch_tui.tui.screens.dialog import QuitDialog

        if not self._ends_by_leaving() or isinstance(self.screen, QuitDialog):
            self.exit(0)
        else:
            dialog = QuitDialog(self._ends_by_leaving)
            self.push_screen(dialog, lambda agreed: self.exit(0) if agreed else None)

    def _ends_by_leaving(self) -> list[str]:
        """A sentence or two about each job that runs, about those that wait, and about what is watched."""
        queues = self.search.queues
        told = [
            f"{queue.title} is under way. {queue.order.kept}" for queue in queues if queue.order and queue.is_running
        ]
        waiting = sum(len(queue.waiting) for queue in queues)
        if waiting:
            told.append(f"{count(waiting, 'job')} not begun yet: dropped.")
        watched = self.watches.watched
        if watched:
            names = ", ".join(watched)
            told.append(f"Watched: {names}. Changes are followed no more then; revsearch index --watch goes on.")
        return told

    def action_help_quit(self) -> None:
        """Ctrl+C: it quits where that asks first, else it tells the key that quits."""
        if self._ends_by_leaving():
            self._quit()
        else:
            super().action_help_quit()

    def _readers(self) -> list[ReaderInfo]:
        """Readers of more file formats, once plugins are loaded; for worker threads."""
        self.search.engine.ready.wait()
        return self.workspace.registry.readers()

    def _choose_theme(self) -> None:
        """The theme of the configuration; the app's own where there is no such theme."""
        name = self.workspace.config.text("tui.theme")
        if name not in self.available_themes:
            self._problems.append(f"There is no theme '{name}'; [tui] theme takes: {', '.join(self.available_themes)}.")
            name = DARK.name
        if name == DARK.name:  # it needs other colours only than what Textual begins with: no styles are read twice
            self.set_reactive(App.theme, name)
            self.stylesheet.set_variables(self.get_css_variables())
            self.set_class(True, f"-theme-{name}", update=False)
        else:
            self.theme = name


def run(workspace: Workspace, collection: str | None = None, *, text_only: bool = False) -> int:
    """Run the app until the user leaves; the exit code. Raises `ConfigError`, `IndexMissingError`."""
    from revsearch_tui.tui.pictures.choice import choose_renderer

    if collection is not None:
        workspace.collection(collection)
    renderer = choose_renderer(workspace.config.text("tui.pictures"))
    return _run(RevsearchApp(workspace, renderer, collection, text_only=text_only))


def pick(workspace: Workspace, collection: str | None, query: str) -> QueryHits | None:
    """Run the app until the user chose pictures of a collection, or left; None where that was by Ctrl-C."""
    from revsearch_tui.tui.pictures.choice import choose_renderer

    renderer = choose_renderer(workspace.config.text("tui.pictures"))
    app = RevsearchApp(workspace, renderer, collection, query=query, picking=True)
    return None if _run(app) == INTERRUPTED else app.search.picked


def _run(app: RevsearchApp) -> int:
    # A thread that counts does not keep the screen waiting longer than this for each step that it takes.
    sys.setswitchinterval(_TURN_S)
    gc.set_threshold(_YOUNG, _RARELY, _RARELY)  # `tidy` does it
    try:
        app.run()
    finally:
        app.search.close()  # the terminal is the user's again while a last batch is written
        app.watches.close()
    return app.return_code or 0
