"""Commands that messages advise, fit to be copied into a shell: they ask for what was asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from revsearch_tui.core.methods.resolving import REGION, MethodChoice, takes_region

if TYPE_CHECKING:
    from revsearch_tui.core.storage.collections import Collection


def index_command(collection: Collection, choices: Sequence[MethodChoice] = ()) -> str:
    """The command that indexes a collection by these methods with their options; by what it has where none are given.

    FOLDER stands for what only the user can name.
    """
    folders = [] if collection.roots else ["FOLDER"]
    methods = _methods(choices, [choice.index_options() for choice in choices])
    return _shell("index", *folders, "-c", collection.name, *methods)


def robustness_command(collection: Collection, choice: MethodChoice, *, any_orientation: bool = False) -> str:
    """The command that measures a threshold for copies by this method with its options."""
    ways = ["--any-orientation"] if any_orientation else []
    return _shell("robustness", "-c", collection.name, *_methods([choice], [choice.all_options()]), *ways)


def _methods(choices: Sequence[MethodChoice], options: Sequence[Mapping[str, object]]) -> list[str]:
    """Each method by its label, with those options that it would not have by itself."""
    words: list[str] = []
    for choice, wanted in zip(choices, options, strict=True):
        words += ["-m", choice.label]
        owner = f"{choice.info.name}." if len(choices) > 1 else ""
        # That there is no region is a choice as well.
        region = {REGION.name: ""} if choice.region is None and takes_region(choice.info) else {}
        for name, value in {**wanted, **region}.items():
            if value != choice.usual.get(name, ""):
                words += ["-O", f"{owner}{name}={value}"]
    return words


def _shell(*words: str) -> str:
    return shlex.join(["revsearch", *words])
