"""Change settings in config.toml. What else stands there, comments and order included, stays as it is."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from revsearch_tui.api import ConfigError
from revsearch_tui.core.base.files import write_durably
from revsearch_tui.core.config.settings import Value


def change_settings(file: Path, changes: Mapping[str, Value | None]) -> None:
    """Give settings, named by `section.name`, these values; None: none, so that the default holds.

    A file that is missing is made; a link to one stays a link. Raises `ConfigError` where the file is not TOML, or
    cannot be read or written; then it is as it was.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    target = Path(os.path.realpath(file))
    try:
        text = target.read_bytes().decode("utf-8-sig") if target.exists() else ""
        wanted = tomllib.loads(text)
        document = tomlkit.parse(text)
        for key, value in changes.items():
            section, name = key.split(".", 1)
            for tables in (wanted, document):
                _change(tables, section, name, value, tomlkit.table)
        changed = tomlkit.dumps(document)
        if "\r\n" in text:
            changed = changed.replace("\r\n", "\n").replace("\n", "\r\n")
        if tomllib.loads(changed) != wanted:  # whatever the library made of it, nothing of the user's is lost
            raise ConfigError(f"{file} cannot be changed without changing more of it; edit it by hand")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_durably(target, changed, target.stat().st_mode & 0o777 if target.exists() else None)
    except OSError as error:
        raise ConfigError(f"{file} cannot be changed: {error.strerror or error}") from None
    except (TOMLKitError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}; mend it by hand") from None


def _change(tables: Any, section: str, name: str, value: Value | None, new_table: Any) -> None:
    """The same for plain dictionaries and for what keeps comments."""
    if value is None:
        if name in tables.get(section, {}):
            del tables[section][name]
        return
    if section not in tables:
        tables[section] = new_table()
    tables[section][name] = value
