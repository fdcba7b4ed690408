"""What other programs ask for, checked: the same requests over HTTP and MCP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from revsearch_tui.api import UsageError

CollectionName: TypeAlias = Annotated[
    str | None, Field(description="Name of a collection; without one, the server's default.")
]
MethodNames: TypeAlias = Annotated[
    list[str],
    Field(description="Methods, as `phash` or `cnn:people`; none: all that the collection is indexed by."),
]
Source: TypeAlias = Annotated[
    str | None, Field(description="A picture on the machine of the server: an absolute path.")
]
Words: TypeAlias = Annotated[
    str | None, Field(description="Words to search for; with a picture, both count.", max_length=1_000)
]
Top: TypeAlias = Annotated[
    int | None, Field(description="Hits to give; default: the setting search.k.", ge=1, le=10_000)
]
OnlyCopies: TypeAlias = Annotated[bool, Field(description="Only hits that are the same picture.")]
AnyOrientation: TypeAlias = Annotated[bool, Field(description="Try the picture turned and mirrored in all eight ways.")]
LeastScore: TypeAlias = Annotated[float | None, Field(description="Leave out hits below this score.")]
Crop: TypeAlias = Annotated[
    str | None, Field(description="Part of the picture that counts: x,y,w,h in pixels or percent.")
]
Below: TypeAlias = Annotated[list[str], Field(description="Only pictures below one of these folders: absolute paths.")]
Patterns: TypeAlias = Annotated[
    list[str], Field(description="Only file names like one of these shell patterns; with a slash, whole paths.")
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchAsked(_Request):
    """What to search for, by what, and which hits are wanted."""

    path: Source = None
    text: Words = None
    collection: CollectionName = None
    methods: MethodNames = Field(default_factory=list)
    k: Top = None
    copies: OnlyCopies = False
    any_orientation: AnyOrientation = False
    min_score: LeastScore = None
    crop: Crop = None
    under: Below = Field(default_factory=list)
    glob: Patterns = Field(default_factory=list)


FirstOfTwo: TypeAlias = Annotated[
    str, Field(description="The one picture, on the machine of the server: an absolute path.")
]
SecondOfTwo: TypeAlias = Annotated[str, Field(description="The other picture: an absolute path.")]


class ExplainAsked(_Request):
    """Of which two pictures to show why they match, by which of the methods that a collection is indexed by."""

    first: FirstOfTwo | None = None
    second: SecondOfTwo
    collection: CollectionName = None
    methods: MethodNames = Field(default_factory=list)
    any_orientation: AnyOrientation = False
    draw: bool = Field(default=False, description="Draw it as well.")


Folders: TypeAlias = Annotated[
    list[str], Field(description="Folders to look through instead of a collection: absolute paths.")
]
Against: TypeAlias = Annotated[
    list[str],
    Field(description="Which of the pictures are there? Absolute paths of folders, or the name of one collection."),
]
SameThing: TypeAlias = Annotated[
    bool, Field(description="Also what shows the same thing and is no copy, as bursts of a camera do.")
]


class DuplicatesAsked(_Request):
    """Where to look for pictures that are the same. Nothing is done with any file."""

    collection: CollectionName = None
    folders: Folders = Field(default_factory=list)
    against: Against = Field(default_factory=list)
    methods: MethodNames = Field(default_factory=list)
    same_thing: SameThing = False
    under: Below = Field(default_factory=list)


LabelledData: TypeAlias = Annotated[
    str,
    Field(
        description="Labelled pictures: the absolute path of a folder with a folder a class, or of a CSV.",
        min_length=1,
    ),
]
MeasuredMethods: TypeAlias = Annotated[list[str], Field(description="Methods to measure.", min_length=1)]
Gallery: TypeAlias = Annotated[
    str, Field(description="Search these pictures for all of the data, instead of dividing it.")
]
Fuse: TypeAlias = Annotated[
    list[str], Field(description="Methods to fuse as well, each as `phash,sift*0.1`, or `all`.")
]
Queries: TypeAlias = Annotated[int, Field(description="Only so many queries, drawn by seed; 0: all.", ge=0)]
Seed: TypeAlias = Annotated[int, Field(description="Decides the split, and which queries are drawn.", ge=0)]
RecordName: TypeAlias = Annotated[str, Field(description="Name of the record; default: that of the data.")]


class EvaluationAsked(_Request):
    """Which methods to measure on which labelled pictures."""

    data: LabelledData
    methods: MeasuredMethods
    gallery: Gallery = ""
    fuse: Fuse = Field(default_factory=list)
    queries: Queries = 0
    seed: Seed = 0
    name: RecordName = ""


def absolute(path: str) -> str:
    """The path, as it means the same whatever folder the server was started in. Raises `UsageError`."""
    if not Path(path).is_absolute():
        raise UsageError(f"'{path}' is no absolute path; give the whole path of a file or folder of this machine")
    return path


def absolute_folders(paths: Sequence[str]) -> tuple[Path, ...]:
    """The same of several folders. Raises `UsageError`."""
    return tuple(Path(absolute(path)) for path in paths)
