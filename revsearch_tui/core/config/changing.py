"""Change settings in config.toml. What else stands there, comments and order included, stays as it is."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
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
    _change_file(file, {tuple(key.split(".", 1)): value for key, value in changes.items()})


def change_options(file: Path, method: str, options: Mapping[str, Value | None]) -> None:
    """Give options of a method, or of `method:model`, these values, as `change_settings` does."""
    _change_file(file, {("methods", method, name): value for name, value in options.items()})


def change_plugin(file: Path, name: str, switches: Mapping[str, bool | None]) -> None:
    """Give switches of a plugin, or of one thing it offers, these values, as `change_settings` does."""
    _change_file(file, {("plugins", name, key): value for key, value in switches.items()})


def _change_file(file: Path, changes: Mapping[Sequence[str], Value | None]) -> None:
    """Change values by the names that lead to them, from the outermost table on."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    target = Path(os.path.realpath(file))
    try:
        text = target.read_bytes().decode("utf-8-sig") if target.exists() else ""
        wanted = tomllib.loads(text)
        document = tomlkit.parse(text)
        for names, value in changes.items():
            _change(wanted, names, value, lambda _: {})
            _change(document, names, value, lambda is_outer: tomlkit.table(is_outer or None))
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


def _change(tables: Any, names: Sequence[str], value: Value | None, new_table: Callable[[bool], Any]) -> None:
    """The same for plain dictionaries and for what keeps comments. `new_table` is told whether the table holds nothing
    but tables, and needs no line of its own then."""
    *outer, name = names
    for depth, each in enumerate(outer, start=1):
        if each not in tables:
            if value is None:
                return
            tables[each] = new_table(depth < len(outer))
        tables = tables[each]
    if value is not None:
        tables[name] = value
    elif name in tables:
        del tables[name]
