"""Write docs/results.md: measure every method on the folder of research collections that is given.

Usage: python docs/make_results.py DATA [SECTION...]

DATA holds the archives cifar10-train, people96-train, celeb24-train, corel1k, covers-dev and bases-dev (.tar.gz), and
models/mobilenet_v2_imagenet.onnx, an encoder to compare with. Models of people and support vector machines are those
of the user's own store that carry the names below; a method without its model has no row. Every section's newest
record of the store makes its table; naming sections measures only those anew, and `page` measures nothing.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from revsearch_tui.api import RevsearchError
from revsearch_tui.cli.progress import ProgressBar
from revsearch_tui.core.evaluation.record import Record
from revsearch_tui.core.evaluation.records import list_records
from revsearch_tui.core.evaluation.report.figure_text import estimate_text
from revsearch_tui.core.evaluation.report.tables import Table, figure_tables, robustness_tables
from revsearch_tui.core.evaluation.report.text import markdown_table
from revsearch_tui.core.evaluation.request import EvalRequest
from revsearch_tui.core.evaluation.robustness.robustness_request import RobustnessRequest
from revsearch_tui.core.evaluation.robustness.robustness_run import run_robustness
from revsearch_tui.core.evaluation.run import run_evaluation
from revsearch_tui.core.models.model_store import add_model
from revsearch_tui.core.models.trial import vector_check
from revsearch_tui.core.workspace import Workspace

DOCS = Path(__file__).parent
ENCODER = "mobilenet"


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `folder` lies in the unpacked archive; `request` holds further fields of the request."""

    archive: str
    folder: str
    methods: Sequence[str]
    gallery: str = ""
    request: dict[str, Any] = field(default_factory=dict)


_SMALL = ("phash", "sift", "cnn", "cnn-softmax")
_LARGE = ("phash", "sift", "efficientnet")
_ALL = (*_LARGE, "efficientnet-softmax", f"onnx:{ENCODER}", "cnn", "cnn-softmax", "svm:svm-cifar10")
SECTIONS: dict[str, Section] = {
    "cifar10": Section("cifar10-train", "cifar10/train", _SMALL, request={"queries": 1000}),
    "cifar10-full": Section("cifar10-train", "cifar10/train", ("phash", "cnn", "cnn-softmax")),
    "cifar10-svm-1000": Section(
        "cifar10-train",
        "cifar10/train",
        ("svm:svm-cifar10", "svm:cifar10-svm", "cnn-softmax"),
        request={"protocols": ("classify",), "queries": 1000},
    ),
    "cifar10-svm": Section(
        "cifar10-train",
        "cifar10/train",
        ("svm:svm-cifar10", "svm:cifar10-svm", "cnn-softmax"),
        request={"protocols": ("classify",)},
    ),
    "celeb10": Section(
        "celeb24-train",
        "celeb10",
        (*_LARGE, "cnn:celeb10", "cnn-softmax:celeb10"),
    ),
    "celeb24": Section(
        "celeb24-train",
        "celeb24/train",
        ("phash", "sift", "svm:svm-celeb24", "inception:inception-celeb24", "inception-softmax:inception-celeb24"),
    ),
    "people96": Section(
        "people96-train",
        "people96/train",
        ("phash", "sift", "svm:svm-people96", "inception:inception-people96", "inception-softmax:inception-people96"),
    ),
    "corel1k": Section(
        "corel1k",
        "corel1k",
        _ALL,
        request={"parts": "all", "fuse": ("phash,sift,efficientnet",)},
    ),
    "corel1k-default": Section("corel1k", "corel1k", _LARGE, request={"parts": "all"}),
    "covers": Section(
        "covers-dev",
        "covers/dev/photos",
        _ALL,
        gallery="covers/dev/reference",
        request={
            "protocols": ("copies",),
            "data_options": {"label": "name"},
            "gallery_options": {"label": "name"},
            "fuse": ("phash,sift,efficientnet",),
        },
    ),
    "covers-default": Section(
        "covers-dev",
        "covers/dev/photos",
        _LARGE,
        gallery="covers/dev/reference",
        request={
            "protocols": ("copies",),
            "data_options": {"label": "name"},
            "gallery_options": {"label": "name"},
        },
    ),
}

_ROBUSTNESS = ("bases-dev", "bases", "corel1k", "corel1k")
_COPIES: dict[str, dict[str, Any]] = {
    "robustness": {
        "sample": 60,
        "transformations": (
            "jpeg=30", "scale=0.5", "crop=20,50", "mirror", "rotation=5,25,90", "blur=3", "brightness=1.5", "grey",
            "border=15",
        ),
        "fuse": ("all",),
    },
    "robustness-more": {"sample": 40},
    "robustness-hard": {"sample": 60, "transformations": ("hard",)},
}  # fmt: skip
"""Fields of the requests: some changes of all photos, everyday changes of some, and hard ones of some."""
_COLUMNS = (
    "method", "accuracy", "ECE", "kNN accuracy", "mAP", "precision@10", "recall@1", "recall@5", "µAP", "a query",
    "a picture",
)  # fmt: skip
_BEGINNINGS = (
    ("pHash, 1-NN, CIFAR-10", "10.29 % (1,000 pictures)", "cifar10", "phash", "neighbour"),
    ("SIFT, 1-NN, CIFAR-10", "33.64 % (1,000 pictures)", "cifar10", "sift", "neighbour"),
    ("SVM, CIFAR-10", "3 %", "cifar10-svm", "svm:svm-cifar10", "classify"),
    ("CNN embedding, 1-NN, CIFAR-10", "", "cifar10", "cnn", "neighbour"),
    ("CNN softmax, CIFAR-10", "", "cifar10", "cnn-softmax", "classify"),
    ("CNN embedding, 1-NN, 10 people", "67-70 %", "celeb10", "cnn:celeb10", "neighbour"),
    ("CNN softmax, 10 people", "74 %", "celeb10", "cnn-softmax:celeb10", "classify"),
    ("SVM, 24 people", "", "celeb24", "svm:svm-celeb24", "classify"),
    ("Inception-V3, 24 people", "", "celeb24", "inception-softmax:inception-celeb24", "classify"),
    ("SVM, about 100 people", "", "people96", "svm:svm-people96", "classify"),
    ("Inception-V3, about 100 people", "82 %", "people96", "inception-softmax:inception-people96", "classify"),
)


def main(data: Path, wanted: Sequence[str]) -> None:
    """Measure the sections that are wanted, all where none is named, and write the page."""
    _add_encoder(Workspace(), data)
    workspace = Workspace()
    room = workspace.folders.cache / "results"  # kept, for the app shows the pictures of records
    for name in wanted or (*SECTIONS, *_COPIES):
        if name != "page":
            _say(name)
            measure(workspace, name, data, room)
    page = (DOCS / "results_template.md").read_text(encoding="utf-8")
    records = {record.name: record for record in reversed(list_records(workspace.folders))}
    for name in ("beginnings", *SECTIONS, *_COPIES):
        page = page.replace(f"{{{{{name}}}}}", "\n".join(_lines(name, records)).replace(f"{room}/", ""))
    (DOCS / "results.md").write_text(page, encoding="utf-8")


def _add_encoder(workspace: Workspace, data: Path) -> None:
    if any(record.name == ENCODER for record in workspace.models()):
        return
    info = next(info for info in workspace.method_infos() if info.name == "onnx")
    file = data / "models" / "mobilenet_v2_imagenet.onnx"
    add_model(workspace.folders.models, file, check=vector_check(info), name=ENCODER)


def measure(workspace: Workspace, name: str, data: Path, room: Path) -> None:
    """Keep a record of one section in the user's store."""
    with ProgressBar() as control:
        if name in _COPIES:
            originals, others = (_unpacked(data, *place, room) for place in (_ROBUSTNESS[:2], _ROBUSTNESS[2:]))
            request = RobustnessRequest(
                data=[str(originals)], distractors=[str(others)], methods=_LARGE,
                name=_record_name(name), **_COPIES[name],
            )  # fmt: skip
            run_robustness(workspace, request, control, _say)
            return
        section = SECTIONS[name]
        folder = _unpacked(data, section.archive, section.folder, room)
        gallery = _unpacked(data, section.archive, section.gallery, room) if section.gallery else ""
        evaluation = EvalRequest(
            data=str(folder), gallery=str(gallery), methods=_runnable(workspace, section.methods),
            name=_record_name(name), **section.request,
        )  # fmt: skip
        run_evaluation(workspace, evaluation, control)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _record_name(section: str) -> str:
    return f"results-{section}"


def _runnable(workspace: Workspace, methods: Sequence[str]) -> list[str]:
    """Those of the methods whose model is there."""
    models = {record.name for record in workspace.models()}
    return [method for method in methods if ":" not in method or method.partition(":")[2] in models]


def _unpacked(data: Path, archive: str, folder: str, room: Path) -> Path:
    """A folder of an archive; for the ten people and the photos of covers, one that is put together from it."""
    if not (room / archive).is_dir():
        with tarfile.open(data / f"{archive}.tar.gz") as tar:
            tar.extractall(room / archive, filter="data")
    place = room / archive / folder
    if folder == "celeb10" and not place.is_dir():
        people = room / archive / "celeb24" / "train"
        largest = sorted(people.iterdir(), key=lambda person: (-len(list(person.iterdir())), person.name))[:10]
        for person in largest:
            shutil.copytree(person, place / person.name)
    if folder == "covers/dev/photos" and not place.is_dir():
        for phone in ("canon", "droid", "e63", "palm"):
            shutil.copytree(place.parent / phone, place / phone)
    return place


def _lines(name: str, records: dict[str, Record]) -> list[str]:
    """What stands on the page for a section."""
    if name == "beginnings":
        return markdown_table(_beginnings(records))
    record = records.get(_record_name(name))
    if record is None:
        return ["Not measured yet."]
    tables = robustness_tables(record) if name in _COPIES else map(_shortened, figure_tables(record))
    lines = [f"{record.queries:,} queries, a gallery of {record.gallery:,} pictures."]
    for table in tables:
        lines += ["", f"{table.title}:", "", *markdown_table(table)]
    return [*lines, *(f"\n{note}." for note in record.notes)]


def _shortened(table: Table) -> Table:
    """The columns that the page has room for."""
    kept = [place for place, column in enumerate(table.columns) if column in _COLUMNS]
    return Table(
        table.title, [table.columns[place] for place in kept], [[row[place] for place in kept] for row in table.rows]
    )


def _beginnings(records: dict[str, Record]) -> Table:
    """The figures of the original work, each beside ours where that was measured."""
    rows = []
    for what, original, section, method, protocol in _BEGINNINGS:
        record = records.get(_record_name(section))
        for outcome in record.outcomes if record else ():
            if record and (outcome.method, outcome.protocol) == (method, protocol):
                ours = estimate_text(outcome.main, outcome.metrics[outcome.main])
                rows.append([what, original, ours, f"{record.queries:,}", f"{record.gallery:,}"])
    return Table("", ["", "the original", "here", "queries", "gallery"], rows)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python docs/make_results.py DATA [SECTION...]")
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except RevsearchError as error:
        sys.exit(str(error))
