"""Which plugins are installed: their entry points, none of which is imported."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import Distribution

GROUP = "revsearch"
"""The group of entry points, which bears the name of the pluggy project."""

OWN_DISTRIBUTION = "revsearch-tui"


@dataclass(frozen=True, slots=True)
class Source:
    """An entry point: its name, who brings it, and what it refers to, as `package.module` or `package.module:name`."""

    name: str
    distribution: str
    version: str
    value: str

    @property
    def module(self) -> str:
        """The module that it names."""
        return self.value.partition("[")[0].partition(":")[0].strip()

    def load(self) -> Any:
        """What it refers to, imported. Raises whatever that raises."""
        found = importlib.import_module(self.module)
        for attribute in filter(None, self.value.partition("[")[0].partition(":")[2].strip().split(".")):
            found = getattr(found, attribute)
        return found


def installed_plugins() -> list[Source]:
    """All there are on Python's path: the program's own first, the rest by distribution."""
    from importlib.metadata import entry_points

    named = cache(_name_and_version)
    found = [Source(entry.name, *named(entry.dist), entry.value) for entry in entry_points(group=GROUP)]
    return sorted(found, key=lambda source: (source.distribution != OWN_DISTRIBUTION, source.distribution, source.name))


def _name_and_version(distribution: Distribution | None) -> tuple[str, str]:
    """Of a distribution; from the first lines of its metadata, for parsing all of them takes longer than all else."""
    if distribution is None:
        return "", ""
    head, _, _ = (distribution.read_text("METADATA") or "").partition("\n\n")
    fields = dict(line.partition(": ")[::2] for line in head.splitlines())
    if "Name" in fields and "Version" in fields:
        return fields["Name"], fields["Version"]
    return distribution.name, distribution.version
