"""Every setting with its type, default, bounds and help, which is the schema, the check and the documentation; and how
the configuration is read: defaults, then the file, then the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from revsearch_tui.api import ConfigError
from revsearch_tui.core.base.scan import DEFAULT_IGNORE
from revsearch_tui.core.base.wording import nearest
from revsearch_tui.core.config.plugin_tables import plugin_tables
from revsearch_tui.core.images.limits import PIXEL_LIMIT
from revsearch_tui.core.methods.sets import DEFAULT
from revsearch_tui.core.storage.store.server import DEFAULT_DATABASE, DEFAULT_TENANT

Value: TypeAlias = "bool | int | float | str | list[str]"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, `section.name` in the file, `REVSEARCH_SECTION_NAME` in the environment (lists with commas)."""

    section: str
    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def key(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        return f"REVSEARCH_{self.section}_{self.name}".upper()

    def parse(self, value: object, *, from_text: bool = False) -> Value:
        """The value, checked. Raises ValueError in a sentence."""
        if from_text:
            value = self._from_text(str(value))
        kind = type(self.default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind or (isinstance(value, list) and not all(isinstance(item, str) for item in value)):
            noun = {
                bool: "true or false",
                int: "a whole number",
                float: "a number",
                str: "text",
                list: "a list of texts",
            }
            raise ValueError(f"'{self.key}' takes {noun[kind]}, not {value!r}")
        if self.choices and value not in self.choices:
            raise ValueError(f"'{self.key}' takes one of {', '.join(self.choices)}, not {value!r}")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.minimum is not None and not value >= self.minimum:
                raise ValueError(f"'{self.key}' is at least {self.minimum:g}, not {value:g}")
            if self.maximum is not None and not value <= self.maximum:
                raise ValueError(f"'{self.key}' is at most {self.maximum:g}, not {value:g}")
        return value

    def _from_text(self, text: str) -> object:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if isinstance(self.default, bool):
            return words.get(text.lower(), text)
        if isinstance(self.default, list):
            return [item.strip() for item in text.split(",") if item.strip()]
        try:
            return type(self.default)(text)
        except ValueError:
            return text


SETTINGS: tuple[Setting, ...] = (
    Setting("general", "collection", "pictures", "The collection used where none is named."),
    Setting(
        "general",
        "methods",
        list(DEFAULT),
        "Methods a new collection is indexed by where none is named; `quick` is phash alone, for copies.",
    ),
    Setting("index", "workers", 0, "Pictures decoded at once; 0 is one per processor.", minimum=0, maximum=64),
    Setting(
        "index",
        "ignore",
        list(DEFAULT_IGNORE),
        "Shell patterns of names that are not indexed; with a slash, of paths below the folder. Empty: everything is.",
    ),
    Setting("index", "follow_links", True, "Follow symbolic links."),
    Setting("index", "max_file_mb", 512, "Larger files are skipped.", minimum=1, maximum=65536),
    Setting(
        "index",
        "max_megapixels",
        PIXEL_LIMIT // 1_000_000,
        "Pictures of more million pixels are skipped. A decoder may take 0.5 GB and 5 bytes a pixel of this many.",
        minimum=1,
        maximum=10_000,
    ),
    Setting(
        "index",
        "decode_timeout_s",
        10.0,
        "Seconds one picture may take to decode, and one more for every 5 MB.",
        minimum=0.1,
        maximum=600,
    ),
    Setting(
        "index",
        "method_timeout_s",
        600.0,
        "Seconds a method may take for a batch of 32 pictures; one that takes longer is left out.",
        minimum=1,
        maximum=86_400,
    ),
    Setting(
        "index",
        "method_memory_mb",
        0,
        "Megabytes that a method in a process of its own may take; 0: half of the machine's memory. Linux only.",
        minimum=0,
        maximum=1 << 30,
    ),
    Setting("search", "k", 20, "Hits to give.", minimum=1, maximum=10_000),
    Setting(
        "search",
        "exact_limit",
        0,
        "Above this many pictures ChromaDB's approximate index chooses the candidates; 0: where comparing with all "
        "would take over a quarter of a second, which is millions for hashes.",
        minimum=0,
        maximum=1_000_000_000,
    ),
    Setting("search", "candidates", 100, "Pictures a local method verifies.", minimum=1, maximum=10_000),
    Setting(
        "eval",
        "cache_mb",
        4096,
        "Room in the cache for what eval and robustness embedded; beyond it, what was used longest ago is deleted.",
        minimum=0,
        maximum=100_000_000,
    ),
    Setting("network", "max_mb", 50, "Largest picture fetched from a URL.", minimum=1, maximum=2048),
    Setting("network", "timeout_s", 10.0, "Seconds to wait for a server.", minimum=0.1, maximum=600),
    Setting(
        "models",
        "check_timeout_s",
        120.0,
        "Seconds that trying a model may take when it is added.",
        minimum=1,
        maximum=86_400,
    ),
    Setting(
        "models",
        "check_memory_mb",
        8192,
        "Megabytes of memory that trying a model may take when it is added; Linux only.",
        minimum=256,
        maximum=1 << 22,
    ),
    Setting("store", "name", "chroma", "Where new collections have their vectors: chroma, or the store of a plugin."),
    Setting(
        "store",
        "chroma_url",
        "",
        "A ChromaDB server, http://host:port, or several, with commas, that share the rows; empty: this disk.",
    ),
    Setting("store", "chroma_tenant", DEFAULT_TENANT, "The tenant there; ChromaDB Cloud gives each user one."),
    Setting("store", "chroma_database", DEFAULT_DATABASE, "The database there, which must exist."),
    Setting(
        "serve",
        "token_file",
        "",
        "File whose first line is the token of `revsearch serve`; empty: a new one each time.",
    ),
    Setting("tui", "theme", "revsearch", "Name of a Textual theme, or revsearch-light."),
    Setting(
        "tui",
        "pictures",
        "auto",
        "How the app draws pictures.",
        choices=("auto", "kitty", "sixel", "half-cells", "none"),
    ),
    Setting("tui", "view", "grid", "How results are laid out.", choices=("grid", "list")),
    Setting("tui", "text_only", False, "Words in the app instead of pictures, frames and bars, for screen readers."),
    Setting("tui", "viewer", "", "Command that opens a picture; empty is the system's own."),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}
FREE_SECTIONS = ("methods", "plugins", "keys")
"""Sections whose keys are not listed here: options per method, switches per plugin, key bindings by id."""


_OTHER_VARIABLES = ("REVSEARCH_HOME", "REVSEARCH_LOAD_PLUGINS", "REVSEARCH_TEST_DATA")


@dataclass(frozen=True, slots=True)
class Config:
    """Complete, checked settings. `origins` tells where each comes from: `default`, `file` or a variable's name."""

    values: Mapping[str, Value]
    origins: Mapping[str, str]
    methods: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    plugins: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)

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
    plugins: dict[str, dict[str, bool]] = {}
    for section, content in data.items():
        if not isinstance(content, dict):
            raise ConfigError(f"{file}: '{section}' stands outside of any section; put it under a [section]")
        if section == "methods":
            methods = _method_options(file, content)
        elif section == "plugins":
            plugins = plugin_tables(file, content)
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
    return Config(values, origins, methods, keys, plugins)


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
