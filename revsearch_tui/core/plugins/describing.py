"""Ask plugins what they offer: import one, call its hooks, and hold the answers against the contract."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import pluggy

from revsearch_tui.api import HOOKS, PROJECT, Info
from revsearch_tui.api import hookspecs as specs
from revsearch_tui.core.plugins import tracing
from revsearch_tui.core.plugins.declarations import flaw, nothing_offered
from revsearch_tui.core.plugins.installed import OWN_DISTRIBUTION, Source
from revsearch_tui.core.plugins.strays import owned, told_if_slow

Answer: TypeAlias = tuple[str, "Info | str"]
"""A hook with one info that it returned, or with the reason for which what it did is not used. Without a hook, the
reason is one for which nothing of the plugin is."""


class Describer:
    """Describes one plugin after the other."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(specs)
        if tracing.is_on():
            self._manager.add_hookcall_monitoring(tracing.before_hook, tracing.after_hook)

    def describe(self, source: Source) -> list[Answer]:
        """What the plugin answers. Never raises but for KeyboardInterrupt."""
        who = f"the plugin '{source.name}'"
        slow = contextlib.nullcontext() if source.distribution == OWN_DISTRIBUTION else told_if_slow(who)
        with owned(who), tracing.of(source.name), slow:
            return self._described(source)

    def _described(self, source: Source) -> list[Answer]:
        try:
            with tracing.step("import"):
                plugin = source.load()
            self._manager.register(plugin, name=f"{source.distribution}:{source.name}")
        except BaseException as error:  # a plugin may even call sys.exit on import
            if isinstance(error, KeyboardInterrupt):
                raise
            return [("", f"loading it raised {_brief(error)}")]
        answers: list[Answer] = []
        others = [other for other in self._manager.get_plugins() if other is not plugin]
        for hook, info_type in HOOKS.items():
            answers += self._asked(hook, info_type, others)
        return answers or [("", nothing_offered(plugin))]

    def _asked(self, hook: str, info_type: type, others: Sequence[Any]) -> list[Answer]:
        """What one hook returns."""
        caller = self._manager.subset_hook_caller(hook, others)
        try:
            returned = caller()
        except BaseException as error:  # as above
            if isinstance(error, KeyboardInterrupt):
                raise
            return [(hook, f"its hook {hook} raised {_brief(error)}")]
        answers: list[Answer] = []
        for infos in returned:
            wrong = flaw(infos, info_type)
            answers += [(hook, f"its hook {hook} returned {wrong}")] if wrong else [(hook, info) for info in infos]
        return answers


def _brief(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
