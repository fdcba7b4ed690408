"""A complete package for a new plugin, made from the templates beside this module.

The templates are a working package `new-plugin` for each kind; its names are replaced by the wanted ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from revsearch_tui.api import StorageError, UsageError
from revsearch_tui.api.infos import check_name

_SUFFIX = ".in"


class Kind(NamedTuple):
    """What a template needs beside revsearch, and what its README says."""

    depends: tuple[str, ...]
    about: str
    use: str


KINDS: Mapping[str, Kind] = {
    "vector": Kind(
        ("numpy",),
        "A similarity method",
        "$ revsearch index ~/Pictures -m new-plugin\n$ revsearch search QUERY.jpg -m new-plugin",
    ),
    "local": Kind(
        ("numpy", "opencv-contrib-python"),
        "A similarity method that matches local features",
        "$ revsearch index ~/Pictures -m new-plugin\n$ revsearch search QUERY.jpg -m new-plugin",
    ),
    "classifier": Kind(
        ("numpy", "pillow"),
        "A similarity method that learns classes",
        "$ revsearch models fit new-plugin --name mine --data FOLDER\n$ revsearch index ~/Pictures -m new-plugin:mine\n"
        "$ revsearch search QUERY.jpg -m new-plugin:mine",
    ),
    "region": Kind(
        ("numpy",), "A provider of regions", "$ revsearch index ~/Pictures -m efficientnet --region new-plugin"
    ),
    "reader": Kind(("numpy", "pillow"), "A reader of one more file format", "$ revsearch index ~/Pictures"),
    "dataset": Kind((), "A kind of data set", "$ revsearch eval run new-plugin:FOLDER -m efficientnet"),
    "metric": Kind((), "A column of accuracy tables", "$ revsearch eval run FOLDER -m efficientnet"),
    "fusion": Kind(
        ("numpy",),
        "A rule that makes one ranking of several",
        "$ revsearch index ~/Pictures\n$ revsearch search QUERY.jpg --fusion new-plugin\n"
        "$ revsearch eval run FOLDER -m phash -m efficientnet --fuse all@new-plugin",
    ),
    "action": Kind(
        (),
        "Something to do with hits",
        "$ revsearch index ~/Pictures\n$ revsearch search QUERY.jpg --do new-plugin=hits.tsv",
    ),
}
"""The kinds of plugins there are templates for."""


def make_package(name: str, kind: str, into: Path) -> list[Path]:
    """Write the package `into/name` and give the paths of its files.

    Raises `UsageError` (a bad name or kind, a folder that is there already) and `StorageError`.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if kind not in KINDS:
        raise UsageError(f"there is no template '{kind}'; there are: {', '.join(KINDS)}")
    package = name.replace("-", "_").strip("_")
    root = into / name
    if root.exists():
        raise UsageError(f"{root} is there already; give another name, or another folder with --into")
    words = _words(name, package, KINDS[kind])
    written = []
    try:
        for template in (files(__package__) / "templates" / part for part in ("every", kind)):
            for source, place in _sources(template):
                target = root / _filled(place.removesuffix(_SUFFIX), words)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_filled(source.read_text(encoding="utf-8"), words), encoding="utf-8")
                written.append(target)
    except OSError as error:
        raise StorageError(f"cannot write {root}: {error.strerror or error}") from None
    return sorted(written)


def _words(name: str, package: str, kind: Kind) -> dict[str, str]:
    words = [word for word in name.split("-") if word]
    return {
        "@ABOUT@": kind.about,
        "@USE@": kind.use,
        ", @DEPENDENCIES@": "".join(f', "{each}"' for each in kind.depends),
        "new-plugin": name,
        "new_plugin": package,
        "New plugin": " ".join(words).capitalize(),
        "NewPlugin": "".join(word.capitalize() for word in words),
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, wanted in words.items():
        text = text.replace(word, wanted)
    return text


def _sources(folder: Traversable, below: str = "") -> list[tuple[Traversable, str]]:
    """The files of a template, with their places in it."""
    found = []
    for each in folder.iterdir():
        place = f"{below}{each.name}"
        found += _sources(each, f"{place}/") if each.is_dir() else [(each, place)]
    return found
