"""Read the configuration: defaults, then the file, then the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revsearch_tui.api import ConfigError
from revsearch_tui.core.base.wording import nearest
from revsearch_tui.core.config.settings import BY_KEY, FREE_SECTIONS, SETTINGS, Value

_OTHER_VARIABLES = ("REVSEARCH_HOME", "REVSEARCH_LOAD_PLUGINS", "REVSEARCH_TEST_DATA")


@dataclass(frozen=True, slots=True)
class Config:
    """Complete, checked settings. `origins` tells where each comes from: `default`, `file` or a variable's name."""

    values: Mapping[str, Value]
    origins: Mapping[str, str]
    methods: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str:
        value = self.values[key]
        assert isinstance(value, str)
        return value

    def number(self, key: str) -> int:
        value = self.values[key]
        assert isinstance(value, int)
        return value

    def real(self, key: str) -> float:
        value = self.values[key]
        assert isinstance(value, float)
        return value

    def flag(self, key: str) -> bool:
        value = self.values[key]
        assert isinstance(value, bool)
        return value

    def texts(self, key: str) -> list[str]:
        value = self.values[key]
        assert isinstance(value, list)
        return list(value)


def load_config(file: Path, environment: Mapping[str, str] | None = None) -> Config:
    """The configuration in force. A missing file is an empty one.

    Raises `ConfigError`: not TOML, an unknown key (with the nearest known one), a value that does not fit.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Value] = {setting.key: setting.default for setting in SETTINGS}
    origins = dict.fromkeys(values, "default")
    data = _read(file)
    methods: dict[str, dict[str, object]] = {}
    keys: dict[str, str] = {}
    for section, content in data.items():
        if not isinstance(content, dict):
            raise ConfigError(f"{file}: '{section}' stands outside of any section; put it under a [section]")
        if section == "methods":
            methods = _method_options(file, content)
        elif section == "keys":
            keys = {name: str(value) for name, value in content.items()}
        else:
            for name, value in content.items():
                key = _known(file, section, name)
                try:
                    values[key] = BY_KEY[key].parse(value)
                except ValueError as error:
                    raise ConfigError(f"{file}: {error}") from None
                origins[key] = "file"
    for variable, text in environment.items():
        if variable.startswith("REVSEARCH_") and variable not in _OTHER_VARIABLES:
            setting = next((setting for setting in SETTINGS if setting.variable == variable), None)
            if setting is None:
                if variable.split("_")[1].lower() in {setting.section for setting in SETTINGS}:
                    hint = nearest(variable, [setting.variable for setting in SETTINGS])
                    raise ConfigError(
                        f"the variable {variable} sets nothing" + (f"; did you mean {hint}?" if hint else "")
                    )
                continue
            try:
                values[setting.key] = setting.parse(text, from_text=True)
            except ValueError as error:
                raise ConfigError(f"the variable {variable}: {error}") from None
            origins[setting.key] = variable
    return Config(values, origins, methods, keys)


def _read(file: Path) -> dict[str, Any]:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror or error}") from None
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None


def _known(file: Path, section: str, name: str) -> str:
    sections = {setting.section for setting in SETTINGS} | set(FREE_SECTIONS)
    if section not in sections:
        hint = nearest(section, sections)
        raise ConfigError(
            f"{file}: there is no section [{section}]; "
            + (f"did you mean [{hint}]?" if hint else f"there are: {', '.join(sorted(sections))}")
        )
    key = f"{section}.{name}"
    if key not in BY_KEY:
        own = [setting.name for setting in SETTINGS if setting.section == section]
        hint = nearest(name, own)
        raise ConfigError(
            f"{file}: [{section}] has no key '{name}'; "
            + (f"did you mean '{hint}'?" if hint else f"it has: {', '.join(own)}")
        )
    return key


def _method_options(file: Path, content: Mapping[str, object]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for name, options in content.items():
        if not isinstance(options, dict):
            raise ConfigError(f"{file}: write the options of a method as [methods.{name}]")
        found[name] = dict(options)
    return found
