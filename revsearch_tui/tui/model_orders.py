"""What can be ordered that makes models: to add a file, to pull, to fit and to train one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from revsearch_tui.core.base.wording import shortened
from revsearch_tui.tui.jobs import Telling
from revsearch_tui.tui.messages import JobMessage, WorkDone
from revsearch_tui.tui.text import count

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

Made = TypeVar("Made")
Values: TypeAlias = Mapping[str, Any]

_LOOK_EVERY_S = 0.1
_MOST_TOLD = 300
_IN_THE_FORM = "'File' of the form"


class AddOrder(NamedTuple):
    """Register a model file for a method, after trying it, or the folder of a stored model. Empty texts are not
    given."""

    file: str
    method: str
    name: str = ""
    manifest: str = ""
    replace: bool = False

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Adding the model {Path(self.file).name}"

    @property
    def values(self) -> Values:
        return {"kind": "add", **self._asdict()}

    @property
    def when_stopped(self) -> str:
        return "No model was added."

    @property
    def kept(self) -> str:
        return "No model is added that was not tried to the end."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.models.registering import register_model
        from revsearch_tui.core.models.trial import TrialLimits

        control.progress(0, None, "trying it on two small pictures")
        config = workspace.config
        record = _while_wanted(
            control,
            lambda: register_model(
                workspace.registry,
                workspace.folders.models,
                Path(self.file),
                method=self.method,
                limits=TrialLimits(config.real("models.check_timeout_s"), config.number("models.check_memory_mb")),
                name=self.name or None,
                manifest=Path(self.manifest) if self.manifest else None,
                replace=self.replace,
            ),
        )
        dim = record.facts.get("dim")
        told = f"{dim:,} numbers a picture. " if isinstance(dim, int) else ""
        return WorkDone(f"'{record.name}' is added", f"{told}{_use(record.method, record.name)}", record.name)


class PullOrder(NamedTuple):
    """Download a published model, or take its `file` where that is there, check it and convert it."""

    download: str
    file: str = ""
    name: str = ""
    replace: bool = False

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Getting the model {self.download}"

    @property
    def values(self) -> Values:
        return {"kind": "pull", **self._asdict()}

    @property
    def when_stopped(self) -> str:
        return "No model was made; what has arrived is kept, and the next download goes on from there."

    @property
    def kept(self) -> str:
        return "What has arrived is kept; the next download goes on from there."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.models.model_pulling import pull_model

        record = pull_model(
            workspace.registry,
            workspace.folders,
            self.download,
            _InKilobytes(control),
            file=Path(self.file) if self.file else None,
            stored_as=self.name or None,
            replace=self.replace,
            elsewhere=_IN_THE_FORM,
        )
        return WorkDone(f"'{record.name}' is there", _use(record.method, record.name), record.name)


class FitOrder(NamedTuple):
    """Fit a method to so many of a collection's own pictures, or to all labelled ones of `data`."""

    method: str
    collection: str
    name: str
    pictures: int = 1000
    replace: bool = False
    data: str = ""

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Fitting {self.method} to {Path(self.data).name or self.collection}"

    @property
    def values(self) -> Values:
        return {"kind": "fit", **self._asdict()}

    @property
    def when_stopped(self) -> str:
        return "Nothing was fitted."

    @property
    def kept(self) -> str:
        return "Nothing is kept of a fit that was not done to its end."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.training.fitting import fit_to_collection, fit_to_labelled

        choice = workspace.choose_to_fit(self.method)
        if self.data:
            report = fit_to_labelled(workspace, choice, self.name, self.data, control, replace=self.replace)
        else:
            home = workspace.collection(self.collection)
            report = fit_to_collection(workspace, home, choice, self.name, self.pictures, control, replace=self.replace)
        told = f"To {count(report.samples, 'picture')}. {_use(choice.info.name, self.name)}"
        return WorkDone(f"'{self.name}' is fitted", told, self.name)


class TrainOrder(NamedTuple):
    """Train a model, or go on where its run stopped. `request` are the fields of a `Request` of training."""

    name: str
    request: Mapping[str, Any]
    restart: bool = False

    @property
    def title(self) -> str:
        """What the job is called."""
        return f"Training {self.name}"

    @property
    def values(self) -> Values:
        return {"kind": "train", **self._asdict(), "request": dict(self.request)}

    @property
    def when_stopped(self) -> str:
        return f"What was trained is kept; F4 lists the run '{self.name}', where r goes on."

    @property
    def kept(self) -> str:
        return "What is trained is kept; the run goes on from there."

    def run(self, workspace: Workspace, control: Telling) -> JobMessage:
        from revsearch_tui.core.training.curves import CALIBRATION, figures_of
        from revsearch_tui.core.training.runs import Request
        from revsearch_tui.core.training.train import train

        control.progress(0, None, "reading the labelled pictures")
        run, record = train(
            workspace, Request(**self.request), self.name, control, control.remark, restart=self.restart
        )
        assert record is not None
        figures = [figure for figure in figures_of(run.result) if figure.name != CALIBRATION]
        measured = sorted(figures, key=lambda figure: figure.part != "test")
        told = f"Accuracy {measured[0].value:.4f} on the {measured[0].part} part. " if measured else ""
        return WorkDone(f"'{self.name}' is trained", f"{told}{_use(record.method, self.name)}", self.name)


ModelOrder: TypeAlias = AddOrder | PullOrder | FitOrder | TrainOrder
KINDS: Mapping[str, Callable[..., ModelOrder]] = {
    "add": AddOrder,
    "pull": PullOrder,
    "fit": FitOrder,
    "train": TrainOrder,
}
"""Kind among the values of an order -> what makes it of the others."""


def _use(method: str, name: str) -> str:
    return shortened(f"It is the method {method}:{name} now; give that where you index a folder.", _MOST_TOLD)


class _InKilobytes:
    """A control that is told bytes and tells kilobytes."""

    def __init__(self, control: Telling) -> None:
        self._control = control

    def progress(self, done: int, total: int | None, what: str = "") -> None:
        is_bytes = what.startswith(("downloading", "checking"))
        size = 1000 if is_bytes else 1
        whole = None if total is None else -(-total // size)
        self._control.progress(done // size, whole, f"{what}, kB" if is_bytes else what)

    def check(self) -> None:
        self._control.check()


def _while_wanted(control: Telling, work: Callable[[], Made]) -> Made:
    """What the work makes, which cannot be told to stop: it is left alone where the job is, whose process ends then."""
    made: list[Made] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:  # raised again by who waits
            failed.append(error)

    thread = threading.Thread(target=run, name="work of a job", daemon=True)
    thread.start()
    while thread.is_alive():
        control.check()
        thread.join(_LOOK_EVERY_S)
    if failed:
        raise failed[0]
    return made[0]
