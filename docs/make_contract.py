"""Write docs/contract.md: every hook, description, protocol and data type of the plugin contract, from the code.

Usage: python docs/make_contract.py [FILE]
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from revsearch_tui.api import HOOKS, bases, hookspecs, infos, protocols, types
from revsearch_tui.api import errors as families

_INFOS = (infos.MethodInfo, infos.OptionSpec, infos.ModelDownload, infos.Download)
_OTHERS = (
    infos.RegionInfo,
    infos.ReaderInfo,
    infos.DatasetInfo,
    infos.MetricInfo,
    infos.ActionInfo,
    infos.FusionInfo,
    infos.StoreInfo,
)
_PROTOCOLS = (
    *(protocols.Method, bases.BaseMethod, protocols.VectorMethod, protocols.LocalMethod, protocols.ClassifierMethod),
    *(protocols.Fittable, protocols.Explainable, protocols.TextQuerying, protocols.Naming),
    *(protocols.QueryViewing, protocols.RowTurning, protocols.Trainer, protocols.ResultAction),
    protocols.FusionRule,
    protocols.VectorStore,
)
_GIVEN = (types.Features, types.PairMatch, types.FitReport, types.TrainedModel, types.Sample, types.Box)
_GOT = (
    *(types.ModelFile, types.TrainingData, types.Control),
    *(types.Findings, types.QueryHits, types.FoundPicture, types.Ballot, types.StorePlace),
)
_DRAWN = (types.KeypointLines, types.HeatMap, types.BitDiff, types.ClassBars)


def contract() -> Iterator[str]:
    """The page, line by line."""
    yield "# The plugin contract"
    yield ""
    yield "Made from the code by `make docs`. How the parts go together is told in [writing a plugin](plugins.md)."
    yield "All names are those of `revsearch_tui.api`."
    yield ""
    yield "## Hooks"
    yield ""
    for name, info in HOOKS.items():
        hook = getattr(hookspecs, name)
        told = f"{_first_lower(_prose(hook))} See [{info.__name__}](#{info.__name__.lower()})."
        yield f"- `{name}{_signature(hook)}`: {told}"
    yield ""
    yield "## Descriptions"
    yield ""
    for kind in (*_INFOS, *_OTHERS):
        yield from _section(kind)
    yield "## What objects do"
    yield ""
    for kind in _PROTOCOLS:
        yield from _section(kind)
    yield "## What plugins give"
    yield ""
    for kind in _GIVEN:
        yield from _section(kind)
    yield "## What plugins get"
    yield ""
    yield f"`Picture`: {_PICTURE}"
    yield ""
    yield "`FloatArray` is an array of float32; `Embeddings` is one too, or for the hamming metric one of uint8."
    yield ""
    for kind in _GOT:
        yield from _section(kind)
    yield "## Explanations"
    yield ""
    for kind in _DRAWN:
        yield from _section(kind)
    yield "## Errors"
    yield ""
    for name, kind in sorted(vars(families).items()):
        if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == families.__name__:
            code = getattr(kind, "exit_code", None)
            yield f"- `{name}`{f' (exit status {code})' if code is not None else ''}: {_first_lower(_prose(kind))}"


def _signature(function: Any) -> str:
    return str(inspect.signature(function)).replace("'", "")


_PICTURE = (
    "pixels of one file: uint8 RGB, height x width x 3, upright, sRGB, on a plain ground, at most 960 pixels on the "
    "longest side, read-only."
)


def _section(kind: type) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield ""
    yield from (paragraph for part in _prose(kind).split("\n\n") for paragraph in (part, ""))
    rows = list(_fields(kind))
    if rows:
        yield "| field | type | default |"
        yield "|---|---|---|"
        yield from (f"| `{name}` | `{_cell(told)}` | {default} |" for name, told, default in rows)
        yield ""
    for name, member in vars(kind).items():
        is_told = not name.startswith("_") or (kind in (protocols.Method, bases.BaseMethod) and name == "__init__")
        if inspect.isfunction(member) and is_told:
            told = " ".join(_first_lower(_prose(member)).split("\n\n"))
            yield f"- `{name}{_signature(member)}`{f': {told}' if told else ''}"
        elif isinstance(member, property | classmethod):
            function: Any = member.fget if isinstance(member, property) else member.__func__
            called = "" if isinstance(member, property) else _signature(function)
            yield f"- `{name}{called}`: {_first_lower(_prose(function))}"
    yield ""


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    if dataclasses.is_dataclass(kind):
        for field in dataclasses.fields(kind):
            yield field.name, str(field.type), _default(field)
    else:
        yield from ((name, str(told), "") for name, told in vars(kind).get("__annotations__", {}).items())


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f"`{field.default!r}`"
    return "`{}`" if field.default_factory is not dataclasses.MISSING else "required"


def _prose(thing: Any) -> str:
    """A docstring with one line for each paragraph."""
    return "\n\n".join(" ".join(part.split()) for part in (inspect.getdoc(thing) or "").split("\n\n"))


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the page to the file named, or where it belongs."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("contract.md")
    text = "\n".join(contract())
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    file.write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
