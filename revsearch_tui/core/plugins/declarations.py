"""What plugins declare: what is wrong with it beyond what their infos check, and users' options held against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from revsearch_tui.api import (
    API_VERSION,
    DatasetInfo,
    Download,
    MethodInfo,
    ModelDownload,
    OptionSpec,
    UsageError,
)
from revsearch_tui.core.base.wording import nearest


def flaw(answer: Any, info_type: type) -> str:
    """What is wrong with a hook's answer, for what infos do not check of themselves; empty where it is sound."""
    if not isinstance(answer, list | tuple):
        return f"a {type(answer).__name__}, not a list"
    for info in answer:
        if not issubclass(type(info), info_type):
            return f"a {type(info).__name__} among its infos, not {info_type.__name__} alone"
        if info.api_version != API_VERSION:
            continue  # another contract's types are none of our business
        texts = {"title": info.title, "summary": info.summary, "extra": info.extra}
        wrong = [name for name, value in texts.items() if not isinstance(value, str)]
        if not isinstance(info.requires, tuple) or not all(isinstance(name, str) for name in info.requires):
            wrong.append("requires")
        if isinstance(info, MethodInfo | DatasetInfo):
            if not isinstance(info.options, tuple) or not all(isinstance(o, OptionSpec) for o in info.options):
                wrong.append("options")
            kind = ModelDownload if isinstance(info, MethodInfo) else Download
            if not isinstance(info.downloads, tuple) or not all(isinstance(one, kind) for one in info.downloads):
                wrong.append("downloads")
        if isinstance(info, MethodInfo):
            wrong += [name for name in ("dim", "version") if type(getattr(info, name)) is not int]
        if wrong:
            return f"the info '{info.name}' whose '{wrong[0]}' is of the wrong type"
    return ""


def nothing_offered(plugin: object) -> str:
    """Why a plugin that offers nothing does so, with the hook it may have meant."""
    from revsearch_tui.api import HOOKS, PROJECT

    for name in dir(plugin):
        hint = nearest(name, HOOKS) if name.startswith(f"{PROJECT}_") and name not in HOOKS else None
        if hint:
            return f"it implements none of the hooks; '{name}' is none, did it mean '{hint}'?"
    return "it implements none of the hooks"


def model_owner(info: MethodInfo) -> str:
    """The method under whose name the models of this one are stored."""
    return info.models_of or info.name


def complete_values(
    owner: str, specs: Sequence[OptionSpec], given: Mapping[str, object], *, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Every declared option, those not given at their defaults. `owner` is what messages call whom they belong to, as
    in "the method 'cnn'"; `more` are names that are allowed elsewhere. Raises `UsageError`."""
    complete: dict[str, Any] = {spec.name: spec.default for spec in specs}
    declared = {spec.name: spec for spec in specs}
    for name, value in given.items():
        if name not in declared:
            known = [*complete, *more]
            hint = nearest(name, known)
            also = f"did you mean '{hint}'?" if hint else f"it has: {', '.join(known) or 'none'}"
            raise UsageError(f"{owner} has no option '{name}'; {also}")
        try:
            complete[name] = declared[name].parse(value)
        except ValueError as error:
            raise UsageError(f"{owner}: {error}") from None
    return complete
