"""Every setting of config.toml as a field, section by section. What is typed or chosen is written at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.widgets import Input, Static

from revsearch_tui.core.config.settings import Config, Setting, Value
from revsearch_tui.tui import keymap
from revsearch_tui.tui.kept_keys import SETTINGS
from revsearch_tui.tui.screens.page import Fetched, Page
from revsearch_tui.tui.settings_file import SettingsFile, sections, when
from revsearch_tui.tui.text import clip
from revsearch_tui.tui.widgets.choices import ChoiceLine
from revsearch_tui.tui.widgets.results.view import ResultsView
from revsearch_tui.tui.widgets.setting_line import SettingLine

if TYPE_CHECKING:
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_MOST_PLACE = 36
_THEME, _VIEW = "tui.theme", "tui.view"


class SettingsScreen(Page):
    """Enter, or leaving the field, writes what was typed; Escape puts back what was there."""

    BINDINGS = keymap.bindings(SETTINGS)
    AUTO_FOCUS = ""

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Settings")
        self._wanted: int | None = None
        """The section to go to when it is there."""
        self._there = 1
        """How many sections have their fields; keys may come while one is being mounted."""
        self.file = SettingsFile(home.workspace, home.engine.ready)

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="settings", can_focus=False):
            yield self._section(next(iter(sections())))
        yield Static(
            f"In {clip(self.file.place, _MOST_PLACE, keep_end=True)}; [methods] and [keys] are edited there.",
            id="settings-foot",
            classes="page-foot",
            markup=False,
        )

    def _section(self, name: str) -> Vertical:
        config = self.workspace.config
        lines = [SettingLine(setting, config, self._choices(setting)) for setting in sections()[name]]
        box = Vertical(*lines, classes="settings-section")
        box.border_title = name
        return box

    async def _add_sections(self) -> None:
        """The sections that are not there yet, one after the other, so that keys are answered between."""
        added = self._there
        if added < len(sections()) and self.is_attached:  # it may have been left meanwhile
            await self.query_one("#settings").mount(self._section(list(sections())[added]))
            self._there = added + 1
            if self._wanted == added:
                self._go_to(added)
            self.call_after_refresh(self._add_sections)

    def _choices(self, setting: Setting) -> tuple[str, ...]:
        return tuple(sorted(self.app.available_themes)) if setting.key == _THEME else setting.choices

    @property
    def lines(self) -> list[SettingLine]:
        """All settings that have their field, in their order."""
        there = set(list(sections())[: self._there])
        return [line for line in self.query(SettingLine) if line.setting.section in there]

    @property
    def line(self) -> SettingLine | None:
        """The one that has the focus."""
        return next((line for line in self.lines if line.field is self.focused), None)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(SETTINGS, self), *super().places()]

    def on_mount(self) -> None:
        super().on_mount()
        self._go_to(0)
        self.call_after_refresh(self._add_sections)

    # What is typed and chosen

    def on_input_changed(self, event: Input.Changed) -> None:
        line = _line_of(event.input)
        if line is not None:
            line.value()
            self.refresh_bindings()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._write(_line_of(event.input))

    def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        self._write(_line_of(event.line))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What was typed is taken when the field is left; not when only the terminal is."""
        if isinstance(event.widget, Input) and self.focused not in (None, event.widget):
            self._write(_line_of(event.widget))

    def _write(self, line: SettingLine | None) -> None:
        if line is None or not line.is_changed:
            return
        value = line.value()
        if value is not None:
            self._want(line, value)

    def _want(self, line: SettingLine, value: Value | None) -> None:
        """Write a setting, None: let the default hold, in the background."""
        key = line.setting.key
        self.file.want(key, value)
        self.fetch(key, partial(self.file.write, key))

    def fetched(self, message: Fetched) -> None:
        line = next((line for line in self.lines if line.setting.key == message.what), None)
        if line is None:
            return
        if isinstance(message.value, Config):
            line.written(message.value, f"written, {when(message.what)}")
            self._apply(message.what, message.value)
        else:
            line.tell_problem(message.problem)
        self.refresh_bindings()

    def _apply(self, key: str, config: Config) -> None:
        """Have the app look as it is set."""
        if key == _THEME and config.text(key) in self.app.available_themes:
            self.app.theme = config.text(key)
        elif key == _VIEW:
            self.home.query_one(ResultsView).view = config.text(key)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action == "reset":
            return self.line is not None and not (self.line.is_default and not self.line.is_changed)
        return super().check_action(action, parameters)

    def on_descendant_focus(self) -> None:
        self.refresh_bindings()

    def action_back(self) -> None:
        """Put back what was typed and not written, one field after the other, before the page is left."""
        unwritten = [line for line in self.lines if line.is_changed or line.problem]
        if not unwritten:
            super().action_back()
            return
        line = self.line if self.line in unwritten else unwritten[0]
        assert line is not None
        line.restore()
        line.field.focus()

    def action_reset(self) -> None:
        if self.line is not None:
            self._want(self.line, None)

    def action_step(self, step: int) -> None:
        usable = [line for line in self.lines if not line.is_fixed]
        at = usable.index(self.line) if self.line in usable else -step
        self._focus(usable[max(0, min(len(usable) - 1, at + step))])

    def action_section(self, step: int) -> None:
        known = list(sections())
        at = known.index(self.line.setting.section) if self.line is not None else 0
        wanted = max(0, min(len(known) - 1, (at if self._wanted is None else self._wanted) + step))
        if wanted < self._there:
            self._go_to(wanted)
        else:
            self._wanted = wanted

    def _go_to(self, section: int) -> None:
        """To the first setting of a section that can be changed, with as much of the section as there is room for."""
        self._wanted = None
        name = list(sections())[section]
        lines = [line for line in self.lines if line.setting.section == name]
        line = next((line for line in lines if not line.is_fixed), None)
        if line is not None:
            self._focus(line)
        box = lines[0].parent
        if isinstance(box, Vertical):
            self.call_after_refresh(box.scroll_visible, animate=False, top=True)

    def _focus(self, line: SettingLine) -> None:
        """With what is said of the setting in sight, too."""
        self.set_focus(line.field, scroll_visible=False)  # at once: keys may follow one another fast
        line.scroll_visible(animate=False)


def _line_of(field: DOMNode) -> SettingLine | None:
    return next((node for node in field.ancestors if isinstance(node, SettingLine)), None)
