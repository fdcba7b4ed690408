"""What an evaluation is asked for, and the same as the configuration of a record, so that it can be measured again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from revsearch_tui.api import UsageError
from revsearch_tui.core.evaluation.record import PROTOCOLS, Protocol

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Request = TypeVar("Request", bound=DataclassInstance)

Parts: TypeAlias = Literal["split", "all"]
PARTS: tuple[Parts, ...] = ("split", "all")


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """Which methods, measured on which pictures, how. Plain values only: a record keeps it to run it again.

    `data` is as `open_labelled` takes it, `data_options` its options. With `gallery`, a second data set, all of `data`
    are queries against all of that. Without it, `parts` tells: `split` asks the test part (a tenth of each class,
    chosen by `seed` and content) and searches the rest; `all` asks every picture about all the others. `queries` keeps
    only so many, drawn by `seed`; 0 keeps all.

    `methods` are as in a search, with `options` and `model`. Each of `fuse` names methods to fuse, separated by commas
    and with weights behind where those are not 1 (`phash,sift*0.1`), or `all`, and the rule of a plugin behind an @.
    `protocols` are those of `record.PROTOCOLS`; where empty, the ones that make sense.

    `k` is that of k nearest neighbours, `depth` how many pictures returned are kept for each query, `candidates` how
    many a local method verifies, 0 for the configured number. `drop_leaks` leaves near-duplicates of queries out of the
    gallery.
    """

    data: str
    methods: Sequence[str]
    data_options: Mapping[str, Any] = field(default_factory=dict)
    gallery: str = ""
    gallery_options: Mapping[str, Any] = field(default_factory=dict)
    parts: Parts = "split"
    queries: int = 0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""
    fuse: Sequence[str] = ()
    protocols: Sequence[Protocol] = ()
    k: int = 5
    depth: int = 10
    candidates: int = 0
    name: str = ""
    cache: bool = True
    drop_leaks: bool = False

    def __post_init__(self) -> None:
        """Raises `UsageError`."""
        if not self.methods:
            raise UsageError("name the methods to measure, as in: -m phash -m sift")
        if self.parts not in PARTS:
            raise UsageError(f"'{self.parts}' names no parts; there are: {', '.join(PARTS)}")
        for protocol in self.protocols:
            if protocol not in PROTOCOLS:
                raise UsageError(f"there is no protocol '{protocol}'; there are: {', '.join(PROTOCOLS)}")
        if self.k < 1 or self.depth < 1 or self.queries < 0 or self.candidates < 0 or self.seed < 0:
            raise UsageError("k and depth are at least 1; queries, candidates and seed at least 0")


def configuration_of(request: DataclassInstance) -> dict[str, Any]:
    """The fields of a request as JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(request).items()}


def request_of(kind: type[Request], configuration: Mapping[str, Any]) -> Request:
    """The request of that kind that a record's configuration tells. Raises `UsageError` where it tells none."""
    known = {entry.name for entry in fields(kind)}
    try:
        return kind(**{name: value for name, value in configuration.items() if name in known})
    except TypeError as error:
        raise UsageError(f"the record does not tell how to run it again ({error})") from None
