"""One setting: its name, a field for its value, what it means, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from revsearch_tui.core.config.settings import Config, Setting, Value
from revsearch_tui.tui.settings_file import bounds_text, default_text, parse_text, value_text
from revsearch_tui.tui.text import clip, shown
from revsearch_tui.tui.widgets.choices import ChoiceLine, SwitchLine

_MOST_DEFAULT = 60


class SettingLine(Vertical):
    """Shows the value in force until something is typed or chosen. `choices` are all values there are, if there are
    so few."""

    def __init__(self, setting: Setting, config: Config, choices: Sequence[str] = ()) -> None:
        super().__init__(id=_name(setting.key), classes="setting")
        self.setting, self._choices = setting, tuple(choices)
        self._take(config)
        self.field = self._made_field()
        """What holds the value."""
        self.problem = ""
        self._told = ""

    def _take(self, config: Config) -> None:
        key = self.setting.key
        self._value, self._origin = config.values[key], config.origins[key]

    def _made_field(self) -> Input | ChoiceLine:
        text = value_text(self._value)
        if isinstance(self.setting.default, bool):
            return SwitchLine(text == "yes", disabled=self.is_fixed)
        if self._choices:
            return ChoiceLine([*dict.fromkeys([*self._choices, text])], text, disabled=self.is_fixed)
        return Input(text, placeholder="empty", compact=True, select_on_focus=False, disabled=self.is_fixed)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="form-line"):
            yield Static(self.setting.name, classes="prompt", markup=False)
            yield self.field
        yield Static(self._about(), classes="setting-about", markup=False)

    @property
    def is_fixed(self) -> bool:
        """Whether a variable of the environment goes before whatever the file says."""
        return self._origin not in ("default", "file")

    @property
    def is_changed(self) -> bool:
        """Whether another value stands there than the one in force."""
        return self.field.value.strip() != value_text(self._value)

    @property
    def is_default(self) -> bool:
        """Whether the file says nothing of it."""
        return self._origin == "default"

    def value(self) -> Value | None:
        """What stands there; None, and a sentence below it, where that is no value."""
        try:
            value = parse_text(self.setting, self.field.value)
        except ValueError as error:
            self.tell_problem(str(error))
            return None
        self.tell_problem("")
        return value

    def tell_problem(self, text: str) -> None:
        """Say what is wrong; empty: nothing is."""
        self.problem, self._told = text, ""
        self._refill()

    def written(self, config: Config, told: str) -> None:
        """The value in force is this; `told` says from when on."""
        self._take(config)
        self.problem, self._told = "", told
        if not self.field.has_focus or not self.is_changed or self._origin == "default":
            self.restore(told)
        self._refill()

    def restore(self, told: str = "") -> None:
        """Put the value in force back."""
        with self.prevent(Input.Changed):
            self.field.value = value_text(self._value)
        self.problem, self._told = "", told
        self._refill()

    def _refill(self) -> None:
        self.set_class(bool(self.problem), "-bad")
        self.query_one(".setting-about", Static).update(self._about())

    def _about(self) -> Content:
        if self.problem:
            sentence = self.problem.replace(f"'{self.setting.key}' ", "", 1) if self.problem.startswith("'") else ""
            sentence = sentence or self.problem
            end = "" if sentence.endswith((".", "?")) else "."
            return Content.styled(f"! {shown(sentence[:1].upper() + sentence[1:])}{end}", "$text-error")
        parts = [self.setting.help]
        if bounds := bounds_text(self.setting):
            parts.append(f"{bounds}.")
        if self.is_fixed:
            parts.append(f"The variable {self._origin} sets it, and goes before the file.")
        parts.append(f"Default: {clip(default_text(self.setting), _MOST_DEFAULT)}.")
        told = (f"  ✓ {self._told}", "$text-success") if self._told else ""
        return Content.assemble((shown(" ".join(parts)), "$foreground-muted"), told)


def _name(key: str) -> str:
    return f"setting-{key.replace('.', '-')}"
