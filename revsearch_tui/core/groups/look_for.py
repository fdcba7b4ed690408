"""What is looked for among pictures, and which files are left alone whatever is found."""

from __future__ import annotations

from dataclasses import dataclass

from revsearch_tui.core.groups.file_facts import FileFacts
from revsearch_tui.core.groups.keeping import KeepRules


@dataclass(frozen=True, slots=True)
class LookFor:
    """`radius` replaces the distance of sure copies; `same_thing` takes in what shows the same thing and is no copy;
    `hard_links` and `raw_pairs` have these treated as files like others; with `any_orientation` hashes find what is
    turned or mirrored too. `parts` of what is kept, and what is `altered` so that it shows something else, go too."""

    rules: KeepRules
    radius: float | None = None
    same_thing: bool = False
    hard_links: bool = False
    raw_pairs: bool = False
    any_orientation: bool = False
    parts: bool = False
    altered: bool = False


def spared(file: FileFacts, look_for: LookFor) -> str:
    """Why a file is left alone; empty where it may go."""
    if look_for.rules.is_protected(file):
        return "protected"
    if file.names > 1 and not look_for.hard_links:
        return f"is one file with {file.links[0]}" if file.links else "has other names by hard links"
    if not look_for.raw_pairs and (pair := file.pair) is not None:
        return f"belongs to {pair.name}"
    return ""
