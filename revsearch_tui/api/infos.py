"""Descriptions that hooks return: frozen data, checked when made, free of anything heavy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

API_VERSION = 1
"""Version of this contract. A plugin whose infos carry another is listed as incompatible and not used."""

_NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")

OptionValue: TypeAlias = "bool | int | float | str"


def check_name(name: str) -> str:
    """Give the name back, or raise ValueError where it is not `[a-z][a-z0-9-]{2,39}`."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a usable name: 3 to 40 of a-z, 0-9 and '-', a letter first")
    return name


def _check_factory(factory: str) -> None:
    if not _FACTORY.fullmatch(factory):
        raise ValueError(f"{factory!r} is not of the form 'package.module:Class'")


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a method. This declaration makes the CLI flag, the form field and the config check.

    `stage` tells what the option changes: `index` options are part of the index key, so that embeddings made with
    other values are never mixed; `search` options act at query time only. An option of training with `names_weights`
    takes the name of a model or a training run, or a path; the trainer gets the path. A stopped training goes on only
    with the values it began with, save those of `changeable` options, which do not change what comes out.
    """

    name: str
    default: OptionValue
    help: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    stage: Literal["index", "search"] = "index"
    names_weights: bool = False
    changeable: bool = False

    def parse(self, value: object) -> OptionValue:
        """The value in the option's own type. Raises ValueError, in a sentence, where it does not fit."""
        kind = type(self.default)
        parsed: OptionValue
        if kind is bool:
            words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
            if str(value).lower() not in words:
                raise ValueError(f"option '{self.name}' takes true or false, not {value!r}")
            parsed = words[str(value).lower()]
        else:
            try:
                parsed = kind(str(value))
            except ValueError:
                noun = {"int": "a whole number", "float": "a number"}.get(kind.__name__, "text")
                raise ValueError(f"option '{self.name}' takes {noun}, not {value!r}") from None
        if self.choices and parsed not in self.choices:
            raise ValueError(f"option '{self.name}' takes one of {', '.join(self.choices)}, not {value!r}")
        if isinstance(parsed, int | float) and not isinstance(parsed, bool):
            if self.minimum is not None and not parsed >= self.minimum:
                raise ValueError(f"option '{self.name}' is at least {self.minimum:g}, not {parsed:g}")
            if self.maximum is not None and not parsed <= self.maximum:
                raise ValueError(f"option '{self.name}' is at most {self.maximum:g}, not {parsed:g}")
        return parsed


class _Offered:
    """What a hook may return: it has a name and a factory, which are checked."""

    __slots__ = ()
    name: str
    factory: str

    def __post_init__(self) -> None:
        check_name(self.name)
        _check_factory(self.factory)


@dataclass(frozen=True, slots=True)
class Download:
    """One file on the web. `checksum` is `sha256:HEX` or `md5:HEX`, whichever its publisher states; a prefix
    `sha256-prefix:HEX` compares the first digits only. `bytes` is its size, 0 where it is not known."""

    url: str
    file: str
    checksum: str
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ModelDownload:
    """A model on the web. `convert`, as `package.module:function`, is called as `convert(file, folder, control)` with
    the downloaded file and an empty folder, and gives the `TrainedModel` it wrote there. `requires` and `extra` are
    what converting needs installed."""

    name: str
    summary: str
    download: Download
    convert: str
    requires: tuple[str, ...] = ()
    extra: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)
        _check_factory(self.convert)


@dataclass(frozen=True, slots=True)
class MethodInfo(_Offered):
    """A similarity method.

    `dim` is the length of what `embed` or `aggregate` returns; 0 means that the model or an option decides, and the
    loaded method then carries an int attribute `dim`. `models`: `none` runs without a trained artefact, `optional`
    has a built-in one, `required` needs one the user registers. `requires` names importable modules; `extra` is the
    pip extra that brings them. `version` is part of the index key: raise it when embeddings change.

    `capabilities`: `explain` where the loaded method explains; `text-query` where it finds pictures by words, and
    `names` where it has names for what it embedded; `plain-rows` where a hamming vector of zeros alone means
    that the picture is too plain to tell, and is like no other; `turned-rows` where from a hamming vector that of
    the picture turned or mirrored is known; `copies-only` where similarity says whether one picture
    was made of the other, and hardly whether both show the same kind of thing. Methods of hashes have that anyway.

    `models_of` names the method whose models this one runs with, itself where empty. `shipped` are models that come
    with the plugin, as `package:folder` with `folder` below the package and its last part the model's name; the first
    is used where the user names none. `downloads` are models that `revsearch models pull` fetches. `trainer` makes
    models from labelled pictures: `package.module:Class` of a `Trainer`, with `train_options` for its options and
    `train_requires` for what it needs installed; they come with `extra`.
    """

    name: str
    title: str
    summary: str
    shape: Literal["vector", "local", "classifier"]
    metric: Literal["hamming", "cosine", "l2"]
    dim: int
    factory: str
    version: int = 1
    fit: Literal["none", "unsupervised", "supervised"] = "none"
    models: Literal["none", "optional", "required"] = "none"
    options: tuple[OptionSpec, ...] = ()
    requires: tuple[str, ...] = ()
    extra: str = ""
    capabilities: frozenset[str] = frozenset()
    models_of: str = ""
    shipped: tuple[str, ...] = ()
    downloads: tuple[ModelDownload, ...] = ()
    trainer: str = ""
    train_options: tuple[OptionSpec, ...] = ()
    train_requires: tuple[str, ...] = ()
    api_version: int = API_VERSION

    def __post_init__(self) -> None:
        _Offered.__post_init__(self)
        if self.trainer:
            _check_factory(self.trainer)
        if self.shape not in ("vector", "local", "classifier"):
            raise ValueError(f"method {self.name}: unknown shape {self.shape!r}")
        if self.metric not in ("hamming", "cosine", "l2"):
            raise ValueError(f"method {self.name}: unknown metric {self.metric!r}")
        if self.shape != "vector" and self.metric != "cosine":
            raise ValueError(f"method {self.name}: a {self.shape} method is searched with the cosine metric")
        if len({option.name for option in self.options}) != len(self.options):
            raise ValueError(f"method {self.name}: an option is declared twice")
        if self.plain_rows and (self.shape, self.metric) != ("vector", "hamming"):
            raise ValueError(f"method {self.name}: plain-rows is for vector methods with the hamming metric")
        if self.turns_rows and (self.shape, self.metric) != ("vector", "hamming"):
            raise ValueError(f"method {self.name}: turned-rows is for vector methods with the hamming metric")
        if self.takes_text and (self.shape == "local" or self.metric == "hamming"):
            raise ValueError(
                f"method {self.name}: text-query is for vectors and classes, not for {self.shape} {self.metric}"
            )
        if self.knows_names and self.shape != "vector":
            raise ValueError(f"method {self.name}: names is for vector methods; a classifier has its classes")

    @property
    def plain_rows(self) -> bool:
        """Whether a vector of zeros alone says that a picture is too plain to tell."""
        return "plain-rows" in self.capabilities

    @property
    def turns_rows(self) -> bool:
        """Whether it knows the vectors of turned pictures from those of pictures, at least with some of its options."""
        return "turned-rows" in self.capabilities

    @property
    def takes_text(self) -> bool:
        """Whether pictures can be found by words, at least with some of its models."""
        return "text-query" in self.capabilities

    @property
    def knows_names(self) -> bool:
        """Whether it has names for what it embedded, at least with some of its models."""
        return "names" in self.capabilities

    @property
    def tells_kinds(self) -> bool:
        """Whether what is similar shows the same kind of thing."""
        return self.metric != "hamming" and "copies-only" not in self.capabilities

    def option(self, name: str) -> OptionSpec | None:
        """The option of that name, if there is one."""
        return next((option for option in self.options if option.name == name), None)

    def defaults(self) -> dict[str, OptionValue]:
        """Every option at its default."""
        return {option.name: option.default for option in self.options}


@dataclass(frozen=True, slots=True)
class RegionInfo(_Offered):
    """Something that proposes boxes of a picture. `factory()` gives a callable: picture -> list[Box], best first.

    An empty list stands for the whole picture. `version` is part of the index key: raise it when boxes change.
    """

    name: str
    title: str
    summary: str
    factory: str
    version: int = 1
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION


@dataclass(frozen=True, slots=True)
class ReaderInfo(_Offered):
    """A reader of more file formats.

    `suffixes` are lower case with their dot; a file is offered to the reader when its name ends so or its first
    bytes contain one of `magic` at the given offset. `factory()` gives a callable: bytes -> PIL.Image.Image, upright
    already, that raises `PictureError`.
    """

    name: str
    title: str
    summary: str
    suffixes: tuple[str, ...]
    factory: str
    magic: tuple[tuple[int, bytes], ...] = ()
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION

    def __post_init__(self) -> None:
        _Offered.__post_init__(self)
        if any(not suffix.startswith(".") or suffix != suffix.lower() for suffix in self.suffixes):
            raise ValueError(f"reader {self.name}: suffixes are lower case and start with a dot")


@dataclass(frozen=True, slots=True)
class DatasetInfo(_Offered):
    """Labelled pictures. `factory(root, options)` gives an iterable of `Sample`; `splits` are the parts it knows.

    The iterable may carry `dropped`, a mapping of reasons to numbers of pictures, complete once it was iterated over.
    `root` is the folder or file the user names. `downloads` are the files the data is published as; where there are
    any, `unpack`, as `package.module:function`, is called as `unpack(files, folder, control)` and makes of them a
    folder that `factory` takes. The factory raises `UsageError` where root does not hold such data.
    """

    name: str
    title: str
    summary: str
    factory: str
    splits: tuple[str, ...] = ()
    options: tuple[OptionSpec, ...] = ()
    downloads: tuple[Download, ...] = ()
    unpack: str = ""
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION


@dataclass(frozen=True, slots=True)
class MetricInfo(_Offered):
    """A column of accuracy tables.

    `factory()` gives a callable: (relevant, n_relevant) -> float, where `relevant` is a boolean array over one
    query's ranked gallery, best first, and `n_relevant` how many the whole gallery holds.
    """

    name: str
    title: str
    summary: str
    factory: str
    higher_is_better: bool = True
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION


@dataclass(frozen=True, slots=True)
class ActionInfo(_Offered):
    """Something to do with pictures that were found. `factory()` gives a `ResultAction`.

    `target` is what the user is asked for: nothing, a file to write, whose name ends in one of `suffixes` (lower case
    with their dot; the first is proposed), or a folder.
    """

    name: str
    title: str
    summary: str
    factory: str
    target: Literal["none", "file", "folder"] = "none"
    suffixes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION

    def __post_init__(self) -> None:
        _Offered.__post_init__(self)
        if self.target not in ("none", "file", "folder"):
            raise ValueError(f"action {self.name}: unknown target {self.target!r}")
        if any(not suffix.startswith(".") or suffix != suffix.lower() for suffix in self.suffixes):
            raise ValueError(f"action {self.name}: suffixes are lower case and start with a dot")
        if bool(self.suffixes) != (self.target == "file"):
            raise ValueError(f"action {self.name}: suffixes belong to the target 'file', which has at least one")


@dataclass(frozen=True, slots=True)
class FusionInfo(_Offered):
    """A rule that makes one ranking of what several methods found. `factory()` gives a `FusionRule`."""

    name: str
    title: str
    summary: str
    factory: str
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION


@dataclass(frozen=True, slots=True)
class StoreInfo(_Offered):
    """A database that keeps vectors. `factory(place)` opens a `VectorStore` at a `StorePlace`."""

    name: str
    title: str
    summary: str
    factory: str
    requires: tuple[str, ...] = ()
    extra: str = ""
    api_version: int = API_VERSION


Info: TypeAlias = (
    "MethodInfo | RegionInfo | ReaderInfo | DatasetInfo | MetricInfo | ActionInfo | FusionInfo | StoreInfo"
)
Options: TypeAlias = Mapping[str, OptionValue]
