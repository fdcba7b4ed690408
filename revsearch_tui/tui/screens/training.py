"""The Training page: every run, its curves while they grow, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.api import MethodInfo, ModelError, RevsearchError
from revsearch_tui.core.training.watch import RunsSeen, RunsWatch, WatchedRun
from revsearch_tui.tui import keymap
from revsearch_tui.tui.model_keys import RUNS, TRAINING
from revsearch_tui.tui.model_orders import TrainOrder
from revsearch_tui.tui.screens.page import STYLES, Fetched, Page
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.training.curves import Curves, Legend
from revsearch_tui.tui.widgets.training.run_detail import RunDetail
from revsearch_tui.tui.widgets.training.runs_list import RunsList

if TYPE_CHECKING:
    from revsearch_tui.core.models.manifests import ModelRecord
    from revsearch_tui.tui.screens.indexing import IndexingScreen

HOW_TO_TRAIN = "revsearch train cnn --data FOLDER --out NAME"
_EMPTY = (
    "Nothing is trained yet.\n\n"
    "n trains a model on your own pictures:\na folder that has a folder for each class.\n"
    "Training goes on in the background, and its curves grow here.\n\nFrom a command line:  "
)
_FIRST = "The run appears here when its pictures are read."
_CAN_GO_ON = ("stopped", "interrupted", "failed")


class Trainable(NamedTuple):
    """What can be trained, with what each lacks, and the parts of pictures that plugins propose."""

    methods: Mapping[str, MethodInfo]
    lacking: Mapping[str, str]
    regions: tuple[str, ...]


class TrainingScreen(Page):
    """Runs above, curves and details below. Follows what other processes write."""

    CSS_PATH = [STYLES, Path(__file__).parent.with_name("training.tcss")]  # type: ignore[assignment]
    BINDINGS = keymap.bindings(TRAINING)
    AUTO_FOCUS = ""
    LOOK_EVERY_S = 2.0
    views = ("both", "accuracy", "loss")

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home, "Training")
        self._watch = RunsWatch(self.workspace.folders.runs)
        self._seen: RunsSeen | None = None
        self._looking = False
        self._told: set[str] = set()
        self._defaults: dict[str, dict[str, Any]] | None = None
        self._models: dict[str, ModelRecord | None] = {}
        self._trainable: Trainable | None = None
        self.awaits_form = False
        """Whether the form opens as soon as it is known what can be trained."""
        self._wanted = ""

    def compose_body(self) -> ComposeResult:
        yield Static("looking for training runs …", id="no-runs", classes="page-empty", markup=False)
        yield RunsList()
        yield Legend()
        with Horizontal(id="training-body"):
            yield Curves(id="curves")
            with VerticalScroll(id="run-detail", can_focus=False):
                yield RunDetail()

    def on_mount(self) -> None:
        self.add_class("-empty", "-both")
        self.set_interval(self.LOOK_EVERY_S, self._look)
        self._look()
        self.fetch("defaults", self._read_defaults)
        if not self.awaits_form:  # else that is under way
            self.fetch("trainable", self._read_trainable)

    # Following

    def _look(self) -> None:
        """Look at the files, in a worker thread, unless that is under way or nobody would see it."""
        if not self._looking and (self.is_current or self._seen is None):
            self._looking = True
            self.fetch("runs", self._watch.look, rows=self._seen is None)

    def _read_defaults(self) -> dict[str, dict[str, Any]]:
        """Method -> its training options at their defaults; waits until plugins are loaded."""
        self.home.engine.ready.wait()
        return {
            info.name: {spec.name: spec.default for spec in info.train_options}
            for info in self.workspace.method_infos()
        }

    def _read_trainable(self) -> Trainable:
        from revsearch_tui.core.training.train import lacks_to_train, trainable_methods

        self.home.engine.ready.wait()
        methods = trainable_methods(self.workspace)
        lacking = {name: lacks_to_train(info) for name, info in methods.items()}
        return Trainable(methods, lacking, tuple(info.name for info in self.workspace.registry.regions()))

    @property
    def awaits_rows(self) -> bool:
        return super().awaits_rows or self.awaits_form

    def fetched(self, message: Fetched) -> None:
        if message.what == "trainable":
            wanted, self.awaits_form = self.awaits_form, False
            if not isinstance(message.value, Trainable):
                self._tell(message.problem)
                return
            self._trainable = message.value
            if wanted:
                self.action_train()
        elif message.what == "runs":
            self._looking = False
            if isinstance(message.value, RunsSeen):
                self._show(message.value)
            else:
                self._tell(message.problem)
            self._find_model()
        elif message.what == "defaults" and isinstance(message.value, dict):
            self._defaults = message.value
            self._show_detail()
        elif message.what.startswith("model "):
            self._models[message.what] = message.value  # type: ignore[assignment]
            self._show_detail()
        elif message.what == "plot":
            self._plot_written(message)

    def _show(self, seen: RunsSeen) -> None:
        for problem in seen.problems:
            self._tell(problem)
        if seen == self._seen:
            return
        self._seen = seen
        self.set_class(not seen.runs, "-empty")
        self._say_what_to_do()
        listed = self.query_one(RunsList)
        listed.show(seen.runs)
        if self._wanted and listed.go_to(self._wanted):
            self._wanted = ""
        if self.focused is None:
            listed.lines.focus()

    def _say_what_to_do(self) -> None:
        """What stands there while there is no run."""
        jobs = [job for job in self.home.trainings.all if job.state in ("running", "waiting")]
        is_ordered = any(isinstance(job.order, TrainOrder) for job in jobs)
        text = Content(_FIRST) if is_ordered else Content.assemble(_EMPTY, (HOW_TO_TRAIN, "$text"))
        self.query_one("#no-runs", Static).update(text)

    def _tell(self, problem: str) -> None:
        """Once, however often it is met."""
        if problem not in self._told:
            self._told.add(problem)
            self.app.notify(shown(problem), title="Training runs", severity="warning", markup=False, timeout=10)

    # Showing

    def on_runs_list_changed(self) -> None:
        listed = self.query_one(RunsList)
        self.query_one(Legend).show(listed.runs, listed.drawn)
        self.query_one(Curves).show(listed.runs, listed.drawn)
        self._show_detail()
        self._find_model()
        self.refresh_bindings()

    def _show_detail(self) -> None:
        seen = self.query_one(RunsList).highlighted
        if seen is None:
            self.query_one(RunDetail).show(None, None, None, True)
            return
        defaults = self._defaults.get(seen.run.request.method) if self._defaults is not None else None
        self.query_one("#run-detail").border_title = "Details"
        model, is_known = self._models.get(_model_key(seen)), _model_key(seen) in self._models
        is_known = is_known or seen.state != "done"
        self.query_one(RunDetail).show(seen, defaults, model, is_known, self._why(seen))

    def _why(self, seen: WatchedRun) -> str:
        """Why the run failed, where that was a job of this sitting."""
        jobs = [job for job in self.home.trainings.all if isinstance(job.order, TrainOrder)]
        last = next((job for job in reversed(jobs) if job.order.name == seen.run.name), None)  # type: ignore[attr-defined]
        return last.told[-1] if last and last.told and last.state == seen.state == "failed" else ""

    def _find_model(self) -> None:
        """Look for the model of the highlighted run, which is stored a moment after the run is done."""
        seen = self.query_one(RunsList).highlighted
        if seen is not None and seen.state == "done" and self._models.get(_model_key(seen)) is None:
            self.fetch(_model_key(seen), partial(_model_of, seen, self.workspace.folders.models))

    # Actions

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(TRAINING, self), (RUNS, self.query_one(RunsList).lines), *super().places()]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that can do nothing are not shown."""
        if action in ("toggle_detail", "scroll_detail", "save_plot", "view"):
            return self._seen is not None and bool(self._seen.runs)
        if action == "go_on":
            seen = self.query_one(RunsList).highlighted
            return seen is not None and seen.state in _CAN_GO_ON and not self._is_ordered(seen.run.name)
        if action == "delete":
            seen = self.query_one(RunsList).highlighted
            return seen is not None and seen.state != "running" and not self._is_ordered(seen.run.name)
        return super().check_action(action, parameters)

    def _is_ordered(self, name: str) -> bool:
        """Whether a job of the app trains it, or will."""
        jobs = [job for job in self.home.trainings.all if job.state in ("running", "waiting")]
        return any(isinstance(job.order, TrainOrder) and job.order.name == name for job in jobs)

    def action_train(self) -> None:
        """Ask what to train, as soon as it is known what can be; what is typed meanwhile waits for it."""
        from revsearch_tui.tui.screens.train_form import TrainForm

        known = self._trainable
        if known is None:
            self.awaits_form = True
            self.fetch("trainable", self._read_trainable)
            return
        if not known.methods or all(known.lacking.values()):
            why = next(iter(known.lacking.values()), "no plugin that is installed trains models")
            text = f"{why[:1].upper()}{why[1:]}"
            self.app.notify(shown(text), title="No training", severity="warning", markup=False, timeout=15)
            return
        runs = self._seen.runs if self._seen is not None else ()
        data = runs[0].run.request.data.removeprefix("folders:") if runs else ""
        form = TrainForm(self.loader, self.workspace.folders, *known, data)
        self.app.push_screen(form, self._start)

    def action_go_on(self) -> None:
        seen = self.query_one(RunsList).highlighted
        if seen is not None:
            self._start(TrainOrder(seen.run.name, asdict(seen.run.request)))

    def _start(self, order: TrainOrder | None) -> None:
        if order is not None and self.home.start_job(order, order.title):
            self._wanted = order.name
            self._say_what_to_do()
            self.refresh_bindings()

    def action_delete(self) -> None:
        """Ask, and delete the run of the cursor; the model it made stays."""
        from revsearch_tui.core.training.runs import remove_run
        from revsearch_tui.tui.screens.dialog import ConfirmDialog

        seen = self.query_one(RunsList).highlighted
        if seen is None:
            return
        run = seen.run

        def remove_then_look() -> RunsSeen:
            remove_run(run)
            return self._watch.look()

        text = f"Checkpoints and curves of '{shown(run.name)}' are gone for good then. The model that it made stays."
        dialog = ConfirmDialog("Delete the training run?", text, "Delete")
        self.app.push_screen(dialog, lambda agreed: self.fetch("runs", remove_then_look) if agreed else None)

    def job_over(self, made: str) -> None:
        self._look()
        self._show_detail()
        self._say_what_to_do()
        self.refresh_bindings()

    def action_view(self, step: int) -> None:
        """Both plots, or one of them in all the room."""
        now = next(index for index, view in enumerate(self.views) if self.has_class(f"-{view}"))
        self.remove_class(f"-{self.views[now]}")
        self.add_class(f"-{self.views[(now + step) % len(self.views)]}")

    def action_toggle_detail(self) -> None:
        self.toggle_class("-toggled")

    def action_scroll_detail(self, step: int) -> None:
        pane = self.query_one("#run-detail", VerticalScroll)
        pane.scroll_to(y=pane.scroll_offset.y + step, animate=False)

    def action_save_plot(self) -> None:
        """Ask for the file, where plots can be drawn and there is something to draw."""
        from revsearch_tui.core.training.curves import SUFFIXES, plot_runs, require_matplotlib
        from revsearch_tui.tui.screens.form import FileForm

        listed = self.query_one(RunsList)
        chosen = [listed.runs[name].run for name in sorted(listed.drawn) if listed.runs[name].curves]
        try:
            require_matplotlib()
        except RevsearchError as error:
            self.app.notify(str(error), title="No plot", severity="warning", markup=False, timeout=10)
            return
        if not chosen:
            self.app.notify("No epoch was finished, so there are no curves.", title="No plot", severity="warning")
            return

        def write(file: Path) -> Path:
            plot_runs(chosen, file)
            return file

        names = "-".join(run.name for run in chosen)[:60].rstrip("-")
        form = FileForm(f"Save the curves of {count(len(chosen), 'run')}", Path.cwd() / f"{names}.png", SUFFIXES)
        self.app.push_screen(form, lambda file: self.fetch("plot", lambda: write(file)) if file else None)

    def _plot_written(self, message: Fetched) -> None:
        if isinstance(message.value, Path):
            self.app.notify(f"Wrote {shown_path(message.value)}", markup=False)
        else:
            self.app.notify(shown(message.problem), title="No plot", severity="error", markup=False, timeout=10)


def _model_key(seen: WatchedRun) -> str:
    return f"model {seen.run.name} {seen.run.ended}"


def _model_of(seen: WatchedRun, models: Path) -> ModelRecord | None:
    """The stored model that this very run made."""
    from revsearch_tui.core.models.manifests import read_record

    try:
        model = read_record(models / seen.run.name)
    except ModelError:
        return None
    return model if dict(model.training) == dict(seen.run.result) else None
