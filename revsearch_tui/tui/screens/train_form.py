"""What a training from the app is asked for: method, labelled pictures, a name, how they are split, and all options
that the training of the method has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual.containers import Vertical

from revsearch_tui.api import MethodInfo, MethodUnavailableError, UsageError
from revsearch_tui.core.training.runs import RUN_FILE, Request, checked_run_name
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.model_orders import TrainOrder
from revsearch_tui.tui.screens.options_form import NO, YES, Lines, OptionField, OptionsForm, field_of
from revsearch_tui.tui.text import shown, shown_path
from revsearch_tui.tui.widgets.choice_line import ChoiceLine

if TYPE_CHECKING:
    from revsearch_tui.core.base.paths import Folders
    from revsearch_tui.tui.pictures.loader import PictureLoader

FIRST = ("epochs", "preset")
"""Options of the method that stand before the others."""
_MOST_SHARE = 0.9
_MOST_SEED = 2**31 - 1


class TrainForm(OptionsForm[TrainOrder]):
    """Answers with what to train, or None. `lacking` says of a method what its training needs installed; `data` is what
    was trained on last."""

    def __init__(
        self,
        loader: PictureLoader,
        folders: Folders,
        methods: Mapping[str, MethodInfo],
        lacking: Mapping[str, str],
        regions: Sequence[str] = (),
        data: str = "",
    ) -> None:
        self._methods, self._lacking, self._folders = methods, lacking, folders
        usual = next((name for name in methods if not lacking.get(name)), next(iter(methods)))
        defaults = Request("", "", {})
        fields = [
            OptionField("method", "Method", "", usual, choices=tuple(methods)),
            OptionField(
                "data",
                "Data",
                "Labelled pictures: a folder that has a folder for each class, a CSV table with the columns path and "
                "label, or NAME:PATH such as cifar10:FOLDER.",
                data,
                "folder with a folder for each class",
                loader=loader,
                suffixes=(".csv",),
            ),
            OptionField(
                "name", "Name", "What the model and its run are to be called: letters, digits and hyphens.", "", ""
            ),
            OptionField("test", "Test part", "Share of each class that is kept for the end.", "", f"{defaults.test:g}"),
            OptionField(
                "validation",
                "Validation",
                "Share of the rest that choices are made on.",
                "",
                f"{defaults.validation:g}",
            ),
            OptionField("split-seed", "Split seed", "Decides which pictures go into which part.", "", "0"),
            OptionField(
                "region",
                "Part of each",
                "Whether the whole of each picture is trained on, or a part that a plugin proposes.",
                "",
                "whole",
                ("whole", *regions),
            ),
            OptionField(
                "data-options",
                "Data options",
                "Options of the data set, as NAME=VALUE, with commas between them; min_per_class leaves out classes "
                "of fewer pictures.",
                "",
                "none",
            ),
            OptionField(
                "restart",
                "Begin anew",
                "Whether what an earlier run of that name left is thrown away, and its model replaced.",
                "",
                NO,
                (YES, NO),
            ),
        ]
        super().__init__("Train a model", fields, "Train")

    async def on_mount(self) -> None:
        lines = self.query_one(Lines)
        await lines.mount(Vertical(id="options-first"), after=self.line_of("name"))
        await lines.mount(Vertical(id="options-of"))
        await self._show_options()

    async def _show_options(self) -> None:
        """The lines of the method's own options: the first ones below the name, the others below all."""
        specs = self._info.train_options
        first = [field_of(spec) for name in FIRST for spec in specs if spec.name == name]
        await self.put(self.query_one("#options-first"), first)
        await self.put(self.query_one("#options-of"), [field_of(spec) for spec in specs if spec.name not in FIRST])

    @property
    def _info(self) -> MethodInfo:
        return self._methods[self.chosen("method")]

    async def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        if event.line is self.entry("method"):
            await self._show_options()
            self.tell_of(OptionField("method", "", ""))

    def tell_of(self, field: OptionField) -> None:
        """Of a method, what it is, and what it lacks."""
        if field.name == "method":
            info = self._info
            lacking = self._lacking.get(info.name, "")
            field = field._replace(help=f"{info.title}. {info.summary}" + (f"\n! {lacking}." if lacking else ""))
        super().tell_of(field)

    def answer(self) -> TrainOrder:
        from revsearch_tui.core.models.model_store import require_free

        info, data, name = self._info, self.text("data"), self.text("name")
        if self._lacking.get(info.name):
            raise MethodUnavailableError(self._lacking[info.name])
        if not data:
            raise UsageError("name the labelled pictures: a folder that has a folder for each class")
        if ":" not in data and not is_there(data):
            raise UsageError(f"there is no '{shown_path(data)}'")
        if not name:
            raise UsageError("give the model a name")
        restart = self.text("restart") == YES
        run = self._folders.runs / checked_run_name(name)
        if (run / RUN_FILE).exists() and not restart:
            raise UsageError(
                f"there is a training run '{shown(name)}' already: choose another name, or begin anew; r on its line "
                "goes on where it stopped"
            )
        require_free(self._folders.models, name, restart)
        test = self.number("test", 0, _MOST_SHARE, "share of the test part")
        validation = self.number("validation", 0, _MOST_SHARE, "share of the validation part")
        seed = self.number("split-seed", 0, _MOST_SEED, "seed")
        defaults = Request("", "", {})
        request = Request(
            method=info.name,
            data=data,
            options=self.options(info.train_options),
            data_options=self._data_options(),
            region=self.text("region"),
            split_seed=defaults.split_seed if seed is None else int(seed),
            test=defaults.test if test is None else test,
            validation=defaults.validation if validation is None else validation,
        )
        return TrainOrder(name, asdict(request), restart)

    def _data_options(self) -> dict[str, str]:
        found = {}
        for part in filter(None, map(str.strip, self.text("data-options").split(","))):
            name, equals, value = part.partition("=")
            if not equals or not name.strip():
                raise UsageError(f"'{part}' is not of the form NAME=VALUE")
            found[name.strip()] = value.strip()
        return found
