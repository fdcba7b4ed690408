"""What the Models page asks for: a model file to add, a published model to get, and what to fit a method to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from revsearch_tui.api import MethodInfo, ModelDownload, UsageError
from revsearch_tui.core.models.model_store import name_for, require_free
from revsearch_tui.tui.files import is_folder, is_there
from revsearch_tui.tui.model_orders import AddOrder, FitOrder, PullOrder
from revsearch_tui.tui.screens.options_form import NO, YES, OptionField, OptionsForm
from revsearch_tui.tui.text import shown_path, size_text
from revsearch_tui.tui.widgets.choices import ChoiceLine

if TYPE_CHECKING:
    from revsearch_tui.tui.pictures.loader import PictureLoader

REPLACE = OptionField(
    "replace", "Replace", "Whether a model of that name, where there is one, is replaced.", "", NO, (YES, NO)
)
_MANIFESTS = (".json", ".toml")


def name_field(more: str) -> OptionField:
    """The line for the name of the model that is made."""
    return OptionField("name", "Name", f"What the model is to be called: letters, digits and hyphens. {more}".strip())


class AddForm(OptionsForm[AddOrder]):
    """Answers with what to add, or None. `methods` are those that take model files."""

    def __init__(self, loader: PictureLoader, models_folder: Path, methods: Sequence[MethodInfo]) -> None:
        names = tuple(info.name for info in methods)
        fields = (
            OptionField(
                "file",
                "File",
                "An ONNX file, with its manifest of the same name beside it where it has one; or the folder of a "
                "stored model, of another machine for instance. It is tried on two small pictures, in a process of "
                "its own, before it is stored.",
                default="path of a model file",
                loader=loader,
                suffixes=(".onnx", ".npz"),
            ),
            OptionField(
                "method",
                "Method",
                "For which method it is. A model of a stranger's is for onnx.",
                "onnx" if "onnx" in names else "",
                choices=names,
            ),
            name_field("Empty: the file's own name."),
            OptionField(
                "manifest",
                "Manifest",
                "The file that says how pictures are given to the model; empty: the one beside it.",
                default="beside the file",
                loader=loader,
                suffixes=_MANIFESTS,
            ),
            REPLACE,
        )
        super().__init__("Add a model", fields, "Add")
        self._models_folder = models_folder

    def answer(self) -> AddOrder:
        file, manifest, name = self.text("file"), self.text("manifest"), self.text("name")
        if not file:
            raise UsageError("name a model file")
        for each in (file, manifest):
            if each and not is_there(each):
                raise UsageError(f"there is no '{shown_path(each)}'")
        replace = self.text("replace") == YES
        if not is_folder(file) or name:
            require_free(self._models_folder, name or name_for(Path(file)), replace)
        return AddOrder(file, self.chosen("method"), name, manifest, replace)


class PullForm(OptionsForm[PullOrder]):
    """Answers with what to get, or None. `lacking` says of a download what converting it needs installed."""

    def __init__(
        self,
        loader: PictureLoader,
        models_folder: Path,
        downloads: Mapping[str, tuple[MethodInfo, ModelDownload]],
        lacking: Mapping[str, str],
    ) -> None:
        fields = (
            OptionField("download", "Model", "", choices=tuple(downloads)),
            name_field("Empty: its own."),
            OptionField(
                "file",
                "File",
                "Its file, where it was fetched elsewhere, for a machine without a network; empty: it is downloaded, "
                "or the download that broke off goes on.",
                default="download",
                loader=loader,
                suffixes=tuple({Path(item.download.file).suffix.lower() for _, item in downloads.values()}),
            ),
            REPLACE,
        )
        super().__init__("Download a model", fields, "Download")
        self._models_folder, self._downloads, self._lacking = models_folder, downloads, lacking

    def tell_of(self, field: OptionField) -> None:
        """Of a model, what it is, and from where."""
        if field.name == "download":
            info, item = self._downloads[self.chosen("download")]
            size = f", {size_text(item.download.bytes)}" if item.download.bytes else ""
            host = urlsplit(item.download.url).hostname or item.download.url
            told = f"{item.summary.rstrip('.')}. For the method {info.name}{size}, from {host}."
            lacking = self._lacking.get(item.name, "")
            field = field._replace(help=f"{told}\n! {lacking}." if lacking else told)
        super().tell_of(field)

    def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        if event.line is self.entry("download"):
            self.tell_of(OptionField("download", "", ""))

    def answer(self) -> PullOrder:
        download, file, name = self.chosen("download"), self.text("file"), self.text("name")
        if self._lacking.get(download):
            raise UsageError(self._lacking[download])
        if file and not is_there(file):
            raise UsageError(f"there is no '{shown_path(file)}'")
        replace = self.text("replace") == YES
        require_free(self._models_folder, name or download, replace)
        return PullOrder(download, os.fspath(file), name, replace)


class FitForm(OptionsForm[FitOrder]):
    """Answers with what to fit, or None."""

    LEAST, MOST, USUAL = 10, 1_000_000, 1000

    def __init__(
        self, models_folder: Path, methods: Mapping[str, str], collections: Sequence[str], open_one: str
    ) -> None:
        """`methods` tell how each learns, as `MethodInfo.fit` does."""
        fields = (
            OptionField(
                "method", "Method", "What is fitted: its vocabulary, such as that of sift.", choices=tuple(methods)
            ),
            OptionField(
                "collection",
                "Collection",
                "To whose pictures it is fitted.",
                open_one,
                choices=tuple(collections) or ("",),
            ),
            OptionField(
                "data",
                "Labelled",
                "A folder with a folder for each class, instead of a collection, for methods that learn from labels.",
            ),
            name_field(""),
            OptionField(
                "pictures", "Pictures", f"To how many of them, drawn by chance. At least {self.LEAST}.", "", "1000"
            ),
            REPLACE,
        )
        super().__init__("Fit a method to pictures", fields, "Fit")
        self._models_folder, self._methods = models_folder, methods

    def answer(self) -> FitOrder:
        method, data = self.chosen("method"), self.text("data")
        if self._methods[method] == "supervised" and not data:
            raise UsageError(f"'{method}' learns from labels: name the labelled pictures")
        if self._methods[method] != "supervised" and data:
            raise UsageError(f"'{method}' learns from a collection, without labels")
        collection = "" if data else self.chosen("collection")
        if not data and not collection:
            raise UsageError(
                f"'{method}' learns from a collection, and there is none: a on the first page indexes a folder"
            )
        name, replace = self.text("name"), self.text("replace") == YES
        if not name:
            raise UsageError("give the model that comes out a name")
        pictures = self.number("pictures", self.LEAST, self.MOST, "number of pictures")
        require_free(self._models_folder, name, replace)
        return FitOrder(method, collection, name, int(pictures or self.USUAL), replace, data)
