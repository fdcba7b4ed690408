"""Write docs/reference.md from the program itself: commands, settings, methods and their options.

Usage: python docs/make_reference.py [FILE]
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from revsearch_tui.api import DatasetInfo, MethodInfo, OptionSpec
from revsearch_tui.cli.app import run
from revsearch_tui.core.config.settings import SETTINGS
from revsearch_tui.core.labelled.open import MIN_PER_CLASS
from revsearch_tui.core.methods.resolving import REGION
from revsearch_tui.core.plugins.registry import Registry

COMMANDS = (
    "",
    "index",
    "search",
    "pick",
    "compare",
    "explain",
    *(f"dupes {verb}" for verb in ("find", "apply", "undo")),
    "clusters",
    "judge",
    "judgements",
    *(f"collections {verb}" for verb in ("list", "show", "skipped", "relocate", "rename", "forget", "drop", "verify")),
    *(f"plugins{verb}" for verb in ("", " info", " options", " enable", " disable", " check", " trace", " new")),
    *(f"models {verb}" for verb in ("list", "add", "pull", "show", "remove", "fit")),
    *(f"eval {verb}" for verb in ("run", "list", "show", "compare", "export", "again", "remove")),
    "train",
    *(f"runs {verb}" for verb in ("list", "show", "plot", "remove")),
    *(f"datasets {verb}" for verb in ("list", "show", "pull")),
    "robustness",
    "serve",
    *(f"config {verb}" for verb in ("show", "validate", "path", "schema")),
    "doctor",
    "demo",
    "completions",
)


def help_of(command: str) -> str:
    """What `revsearch COMMAND --help` prints."""
    with redirect_stdout(io.StringIO()) as printed:
        assert run([*command.split(), "--help"]) == 0, command
    return "\n".join(line.rstrip() for line in printed.getvalue().strip().splitlines())


def reference() -> Iterator[str]:
    """The page, line by line."""
    yield "# Reference"
    yield ""
    yield "Made from the program itself by `make docs`."
    yield ""
    yield "## Settings"
    yield ""
    yield "In `config.toml` (its place: `revsearch config path`) under `[section]`, or in the environment."
    yield ""
    yield "| setting | default | environment | meaning |"
    yield "|---|---|---|---|"
    for setting in SETTINGS:
        default = ", ".join(setting.default) if isinstance(setting.default, list) else setting.default
        yield f"| `{setting.key}` | `{default}` | `{setting.variable}` | {setting.help} |"
    yield ""
    yield "`[methods.NAME]` holds options of a method, `[keys]` key bindings of the app by their id."
    yield ""
    yield "## Methods"
    yield ""
    yield f"All but local methods have the option `{REGION.name}` besides: {REGION.help}."
    yield ""
    for row in Registry().methods():
        if isinstance(row.info, MethodInfo) and row.distribution == "revsearch-tui":
            yield from method_section(row.info)
    yield "## Data sets"
    yield ""
    yield f"Kinds of labelled pictures. All have the option `{MIN_PER_CLASS.name}` besides: {MIN_PER_CLASS.help}."
    yield ""
    for row in Registry().rows():
        if isinstance(row.info, DatasetInfo) and row.distribution == "revsearch-tui":
            yield from dataset_section(row.info)
    yield "## Commands"
    for command in COMMANDS:
        yield ""
        yield f"### {' '.join(('revsearch', command)).strip()}"
        yield ""
        yield "```text"
        yield help_of(command)
        yield "```"


def method_section(info: MethodInfo) -> Iterator[str]:
    """One method and its options."""
    yield f"### {info.name}: {info.title}"
    yield ""
    yield f"{info.summary}"
    yield ""
    yield "| option | default | range | acts on | meaning |"
    yield "|---|---|---|---|---|"
    for option in info.options:
        yield f"| `{option.name}` | `{option.default}` | {bounds_of(option)} | {option.stage} | {option.help} |"
    yield ""
    if info.train_options:
        yield f"`revsearch train {info.name}` takes these with `-O`:"
        yield ""
        yield from option_table(info.train_options)


def bounds_of(option: OptionSpec) -> str:
    """The values an option takes, as far as they are bounded."""
    if option.minimum is None and option.maximum is None:
        return ", ".join(option.choices)
    return " to ".join("" if end is None else f"{end:g}" for end in (option.minimum, option.maximum))


def dataset_section(info: DatasetInfo) -> Iterator[str]:
    """One kind of labelled pictures and its options."""
    yield f"### {info.name}: {info.title}"
    yield ""
    yield f"{info.summary}"
    yield ""
    yield from option_table(info.options)


def option_table(options: Sequence[OptionSpec]) -> Iterator[str]:
    """Options, a line each; nothing where there are none."""
    if options:
        yield "| option | default | range | meaning |"
        yield "|---|---|---|---|"
        for option in options:
            yield f"| `{option.name}` | `{option.default}` | {bounds_of(option)} | {option.help} |"
        yield ""


def main() -> None:
    """Write the page, from a program that has no data and prints on a terminal of 100 columns."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("reference.md")
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"REVSEARCH_HOME": home, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
        target.write_text("\n".join(reference()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
