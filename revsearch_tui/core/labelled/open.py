"""From what a user names (`cifar10:FOLDER`, a folder, a table) to labelled data that is split and can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import (
    Control,
    DatasetInfo,
    NullControl,
    Options,
    OptionSpec,
    RevsearchError,
    Sample,
    UsageError,
)
from revsearch_tui.core.indexing.start_index import index_settings
from revsearch_tui.core.labelled.data import PARTS, LabelledData, Origin
from revsearch_tui.core.labelled.hashing import Hashed, hash_samples
from revsearch_tui.core.labelled.split import split_parts
from revsearch_tui.core.plugins.containment import contained
from revsearch_tui.core.plugins.declarations import complete_values
from revsearch_tui.core.plugins.loading import load_factory

if TYPE_CHECKING:
    from revsearch_tui.core.labelled.decoding import PictureReader
    from revsearch_tui.core.plugins.registry import Registry
    from revsearch_tui.core.workspace import Workspace

TEST_FRACTION = 0.10
VALIDATION_FRACTION = 0.05
"""Of what is left without the test part."""

MIN_PER_CLASS = OptionSpec(
    "min_per_class",
    0,
    "leave out classes of fewer pictures, not counting those that the data itself keeps for the test",
    minimum=0,
)
"""An option that the host gives to every data set."""

_LEAST_PER_CLASS = 2
_TABLES = ("imdb.mat", "wiki.mat")
_NAMED = re.compile(r"([a-z][a-z0-9-]{2,39}):(.+)", re.DOTALL)


def open_labelled(
    workspace: Workspace,
    spec: str,
    *,
    options: Mapping[str, object] | None = None,
    seed: int = 0,
    test: float = TEST_FRACTION,
    validation: float = VALIDATION_FRACTION,
    region: str = "",
    control: Control | None = None,
) -> LabelledData:
    """Labelled pictures, split; close them after use. `spec` is as `resolve_dataset` takes it.

    `options` are those of `dataset_options`, as text or values. `region` names a region provider; pictures are cut to
    its best box. Raises `UsageError` where there is nothing to train with, `MethodUnavailableError` where the kind of
    data or the region provider does not work, and `Cancelled`.
    """
    control = control or NullControl()
    if not (0 <= test < 1 and 0 <= validation < 1):
        raise UsageError("the parts for validation and test are fractions: at least 0, less than 1")
    cut = None
    if region:
        from revsearch_tui.core.methods.regions import region_cropper

        cut = region_cropper(workspace.registry, region)
    found = _find(workspace, spec, options or {}, control)
    hashed = _large_classes(found.hashed, int(found.options[MIN_PER_CLASS.name]), found.place, found.dropped)
    parts = _split(hashed, seed, test, validation, found.dropped)
    origin = Origin(found.name, found.root, found.options, seed, test, validation, region, dict(found.dropped))
    return LabelledData(parts, origin, picture_reader(workspace), cut)


def open_whole(
    workspace: Workspace, spec: str, *, options: Mapping[str, object] | None = None, control: Control | None = None
) -> LabelledData:
    """The same pictures undivided, to measure with: all of them are the test part, classes of one picture too.

    Raises as `open_labelled` does, but not for classes that are too small to learn.
    """
    found = _find(workspace, spec, options or {}, control or NullControl())
    hashed, least = found.hashed, int(found.options[MIN_PER_CLASS.name])
    if least:
        hashed = _large_classes(hashed, least, found.place, found.dropped)
    parts = {part: hashed if part == "test" else [] for part in PARTS}
    origin = Origin(found.name, found.root, found.options, 0, 1.0, 0.0, dropped=dict(found.dropped))
    return LabelledData(parts, origin, picture_reader(workspace))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a data set holds and can be read, with complete options and what it leaves out."""

    name: str
    root: str
    options: Options
    hashed: list[Hashed]
    dropped: Counter[str]

    @property
    def place(self) -> str:
        return f"{self.name}:{self.root}"


def _find(workspace: Workspace, spec: str, given: Mapping[str, object], control: Control) -> _Found:
    info, root = resolve_dataset(workspace.registry, spec)
    options = complete_values(f"the data set '{info.name}'", dataset_options(info), given)
    samples, dropped = _list_samples(info, root, _own(info, options), control)
    hashed, unreadable = hash_samples(samples, index_settings(workspace).max_file_bytes, control)
    for reason, number in unreadable.items():
        dropped[reason] += number
    return _Found(info.name, str(root.absolute()), options, hashed, dropped)


def picture_reader(workspace: Workspace) -> PictureReader:
    """A reader of pictures as configured; close it after use."""
    from revsearch_tui.core.labelled.decoding import PictureReader

    settings = index_settings(workspace)
    return PictureReader(settings, workspace.registry.readers())


def resolve_dataset(registry: Registry, spec: str) -> tuple[DatasetInfo, Path]:
    """The kind of data and the place that `NAME:PLACE` means, or a path alone.

    A .csv file is `csv`, a .mat file or a folder with imdb.mat or wiki.mat `imdb-wiki`, any other folder `folders`.
    Raises `UsageError` and `MethodUnavailableError`.
    """
    path = Path(spec).expanduser()
    named = _NAMED.fullmatch(spec)
    if named and not path.exists():
        return registry.dataset(named[1]), Path(named[2]).expanduser()
    if path.is_dir():
        is_faces = any((path / name).is_file() for name in _TABLES)
        return registry.dataset("imdb-wiki" if is_faces else "folders"), path
    kind = {".csv": "csv", ".mat": "imdb-wiki"}.get(path.suffix.lower())
    if kind and path.is_file():
        return registry.dataset(kind), path
    if path.exists():
        raise UsageError(f"{path} is no data set: give a folder, a .csv file, or NAME:PLACE (see: revsearch datasets)")
    raise UsageError(f"there is no {path}; give a folder, a .csv file, or NAME:PLACE (see: revsearch datasets)")


def dataset_options(info: DatasetInfo) -> tuple[OptionSpec, ...]:
    """The options of a kind of data, and the host's own."""
    return (*info.options, MIN_PER_CLASS)


def _own(info: DatasetInfo, options: Options) -> Options:
    return {spec.name: options[spec.name] for spec in info.options}


def _list_samples(
    info: DatasetInfo, root: Path, options: Options, control: Control
) -> tuple[list[Sample], Counter[str]]:
    """What the data set lists, and what it says that it left out. Raises whatever fails in words of the family."""
    control.progress(0, None, "listing")
    with contained(f"the data set '{info.name}'", passing=(RevsearchError,)):
        listed: Iterable[Sample] = load_factory(info.factory)(root, options)
        samples = list(listed)
        dropped = Counter({str(reason): int(n) for reason, n in dict(getattr(listed, "dropped", {})).items()})
    if not samples:
        raise UsageError(f"the data set '{info.name}' finds no pictures in {root}")
    return samples, dropped


def _large_classes(hashed: Sequence[Hashed], min_per_class: int, where: str, dropped: Counter[str]) -> list[Hashed]:
    """The samples of classes that are large enough to learn. Raises `UsageError` where that leaves too little."""
    counts = Counter({entry.sample.label: 0 for entry in hashed})
    counts.update(entry.sample.label for entry in hashed if entry.sample.split != "test")
    least = min_per_class or _LEAST_PER_CLASS
    small = sorted(label for label, number in counts.items() if number < least)
    if small and not min_per_class:
        raise UsageError(
            f"{where}: fewer than {least} pictures to train with in {_listed(small)}; "
            f"the data option {MIN_PER_CLASS.name}={least} leaves such classes out"
        )
    kept = [entry for entry in hashed if counts[entry.sample.label] >= least]
    if len(kept) < len(hashed):
        dropped[f"a class of fewer than {least} pictures"] += len(hashed) - len(kept)
    classes = {entry.sample.label for entry in kept}
    if len(classes) < 2:
        found = f"the single class '{next(iter(classes))}'" if classes else "no class"
        raise UsageError(f"{where} holds {found} with pictures enough; it takes at least two classes")
    return kept


def _split(
    hashed: Sequence[Hashed], seed: int, test: float, validation: float, dropped: Counter[str]
) -> dict[str, list[Hashed]]:
    """Part -> samples. Raises `UsageError` where a class has nothing to train with."""
    names = split_parts(
        [entry.sample.label for entry in hashed],
        [entry.digest for entry in hashed],
        seed=seed,
        test=test,
        validation=validation,
        told=[entry.sample.split for entry in hashed],
    )
    parts: dict[str, list[Hashed]] = {part: [] for part in PARTS}
    for name, entry in zip(names, hashed, strict=True):
        if name:
            parts[name].append(entry)
        else:
            dropped["a picture that is in the test or validation part as well"] += 1
    trained = {entry.sample.label for entry in parts["train"]}
    bare = sorted({entry.sample.label for entry in hashed} - trained)
    if bare:
        raise UsageError(
            f"nothing is left to train with in {_listed(bare)}: too few pictures, or the same ones as in other classes"
        )
    return parts


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(f"'{label}'" for label in labels[:10])
    noun = "the class" if len(labels) == 1 else f"{len(labels)} classes:"
    return f"{noun} {shown}" + (f" and {len(labels) - 10} more" if len(labels) > 10 else "")
