"""Settings as text that is typed, checked, and written to config.toml; when each has effect."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from revsearch_tui.core.config.settings import BY_KEY, Config, Setting, Value, load_config
from revsearch_tui.tui.text import shown_path

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

NOW = "in force now"
_WHEN: Mapping[str, str] = {
    "general.collection": "from the next start on",
    "general.methods": "for collections that are new",
    "index": "from the next indexing on",
    "eval": "from the next measuring on",
    "models": "from the next model on",
    "store": "from the next start on",
    "serve": "from the next revsearch serve on",
    "tui.pictures": "from the next start on",
}
"""A setting, or all of a section -> when it has effect, where that is not at once."""


def when(key: str) -> str:
    """When a change of the setting has effect."""
    return _WHEN.get(key) or _WHEN.get(key.partition(".")[0], NOW)


def value_text(value: Value) -> str:
    """As it is typed: lists with commas between or, where one of them holds a comma, as in the file."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, list):
        return f"{value:g}" if isinstance(value, float) else str(value)
    is_plain = not any("," in item or item != item.strip() or not item for item in value)
    return ", ".join(value) if is_plain and not (value and value[0].startswith("[")) else json.dumps(value)


def parse_text(setting: Setting, text: str) -> Value:
    """The value that was typed. Raises ValueError in a sentence."""
    if isinstance(setting.default, list) and text.strip().startswith("["):
        try:
            return setting.parse(json.loads(text))
        except json.JSONDecodeError:
            raise ValueError(f"'{setting.key}' takes texts with commas between, or a list such as [\"a,b\"]") from None
    return setting.parse(text.strip(), from_text=True)


def bounds_text(setting: Setting) -> str:
    """`1 to 10,000`; empty where there are no bounds."""
    if setting.minimum is None or setting.maximum is None:
        return ""
    return f"{setting.minimum:,g} to {setting.maximum:,.0f}"


def default_text(setting: Setting) -> str:
    """The default as people read it."""
    return value_text(setting.default) or "empty"


class SettingsFile:
    """Writes one setting after the other; each time the one that is wanted last."""

    def __init__(self, workspace: Workspace, ready: threading.Event) -> None:
        """`ready` is set when plugins are loaded, whose methods a setting may name."""
        self._workspace, self._ready = workspace, ready
        self._wanted: dict[str, Value | None] = {}
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """Where the file is."""
        return shown_path(self._workspace.folders.config_file)

    def want(self, key: str, value: Value | None) -> None:
        """Have a setting at this value, None: its default, from the next `write` on."""
        self._wanted[key] = value

    def write(self, key: str) -> Config:
        """Write what is wanted of a setting; the configuration in force from now on. For any thread but that of the
        app. Raises `ConfigError`."""
        from revsearch_tui.core.config.changing import change_settings
        from revsearch_tui.core.config.check_names import check_value

        workspace = self._workspace
        with self._lock:
            value = self._wanted[key]
            if value is not None:
                self._ready.wait()
                check_value(key, value, workspace.registry, workspace.folders.models)
            change_settings(workspace.folders.config_file, {key: value})
            workspace.config = load_config(workspace.folders.config_file)
            return workspace.config


def sections() -> dict[str, list[Setting]]:
    """Section -> its settings, in their order."""
    found: dict[str, list[Setting]] = {}
    for setting in BY_KEY.values():
        found.setdefault(setting.section, []).append(setting)
    return found
