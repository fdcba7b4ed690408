"""What is set for plugins, or for single things they offer: tables `[plugins.NAME]` of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from revsearch_tui.api import ConfigError
from revsearch_tui.core.base.wording import instead

PROCESS = "process"
SWITCHES: Mapping[str, str] = {
    "enabled": "false: it is not imported, and nothing of it is used",
    PROCESS: "whether the plugin's methods run in processes of their own",
}
"""Name of each key, all of which are true or false -> what it does."""


def plugin_tables(file: Path, content: Mapping[str, object]) -> dict[str, dict[str, bool]]:
    """The tables of section `plugins`, checked. Raises `ConfigError`."""
    found: dict[str, dict[str, bool]] = {}
    for name, table in content.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{file}: write what is set for a plugin as [plugins.{name}]")
        for key, value in table.items():
            if key not in SWITCHES:
                raise ConfigError(f"{file}: [plugins.{name}] has no key '{key}'; {instead(key, SWITCHES)}")
            if not isinstance(value, bool):
                raise ConfigError(f"{file}: 'plugins.{name}.{key}' takes true or false, not {value!r}")
        found[name] = dict(table)
    return found
