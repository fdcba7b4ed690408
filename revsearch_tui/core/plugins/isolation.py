"""Which methods run in a process of their own: those of third parties, unless the user wants otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from revsearch_tui.api import MethodInfo
from revsearch_tui.core.base.memory import machine_memory_mb
from revsearch_tui.core.plugins.containment import METHOD_TIMEOUT_S

if TYPE_CHECKING:
    from revsearch_tui.core.plugins.registry import PluginRow, Registry

_FALLBACK_MB = 8192
"""What a process may take where the machine does not tell how much memory it has."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a method's process may take: megabytes of memory, 0 for half of the machine's, where the system can hold it
    to that; and seconds for one call, after which it ends itself if nobody is there to do it."""

    memory_mb: int = 0
    timeout_s: float = METHOD_TIMEOUT_S

    @property
    def most_mb(self) -> int:
        return self.memory_mb or machine_memory_mb() // 2 or _FALLBACK_MB


@dataclass(frozen=True, slots=True)
class Isolation:
    """`chosen` says of plugins, by name, whether their methods run in processes of their own; `memory_mb` is what such
    a process may take, 0 for half of the machine's memory."""

    chosen: Mapping[str, bool] = field(default_factory=dict)
    memory_mb: int = 0

    def applies(self, registry: Registry, info: MethodInfo) -> bool:
        """Whether this method runs in a process of its own."""
        own = _is_own(registry, info)
        if not self.chosen and own:  # which plugin offers it need not be known: that loads all
            return False
        row = next((row for row in registry.methods() if row.info is info or row.info == info), None)
        return self.applies_to(registry, row) if row is not None else not own

    def applies_to(self, registry: Registry, row: PluginRow) -> bool:
        """The same of what a plugin offers."""
        return isinstance(row.info, MethodInfo) and self.chosen.get(row.plugin, not _is_own(registry, row.info))


def _is_own(registry: Registry, info: MethodInfo) -> bool:
    """Whether the code that would run came with the program, whoever offers it."""
    return info.factory.partition(":")[0].partition(".")[0] in registry.own_packages
