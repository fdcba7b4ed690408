"""The part of the first room that opens collections and owns the jobs: form, progress, outcome, and the welcome of a
new user.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input

from revsearch_tui.api import UsageError
from revsearch_tui.tui.check_jobs import LastCheck
from revsearch_tui.tui.cluster_jobs import FoundClusters
from revsearch_tui.tui.duplicate_jobs import FoundDuplicates
from revsearch_tui.tui.engine_thread import EngineThread
from revsearch_tui.tui.files import is_folder
from revsearch_tui.tui.jobs import Job, Jobs, Order
from revsearch_tui.tui.messages import (
    CollectionChanged,
    CollectionOpened,
    JobDone,
    JobFailed,
    JobMessage,
    JobOver,
    JobProgress,
    WorkDone,
)
from revsearch_tui.tui.model_orders import TrainOrder
from revsearch_tui.tui.orders import IndexOrder
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.calm import CalmScreen
from revsearch_tui.tui.session import Session
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.frame import JobBar, key_of

if TYPE_CHECKING:
    from textual.timer import Timer

    from revsearch_tui.core.indexing.index_report import IndexReport
    from revsearch_tui.core.workspace import Workspace
    from revsearch_tui.tui.messages import CollectionFacts
    from revsearch_tui.tui.widgets.welcome import Welcome

LOOK_EVERY_S = 1.0
"""How often what was indexed is counted while indexing goes on."""


class OpeningScreen(CalmScreen[None]):
    """A screen over one collection; subclasses show what it is and what is asked of it."""

    def __init__(self, workspace: Workspace, loader: PictureLoader) -> None:
        super().__init__()
        self.workspace, self.loader = workspace, loader
        self.engine = EngineThread(workspace, self.post_message, loader.frame)
        self.session = Session()
        self.offered = ""
        """A collection that the user may want to change to."""

    def open_collection(self, name: str | None) -> None:
        """Change to another collection; None: the default one."""
        self.engine.open_collection(self.session.open(), name)

    def on_collection_opened(self, message: CollectionOpened) -> None:
        session = self.session
        if message.opening != session.opening:
            return
        session.opening = 0
        if message.facts is not None:
            self._enter(message.facts)
        else:
            session.to_choose = message.to_choose
            if message.problem:
                self.app.notify(shown(message.problem), title="Not indexed", severity="warning", markup=False)
            if session.facts is None:
                self.show_nothing()
            if message.to_choose and self.is_current and not isinstance(self.focused, Input):
                self.action_collections()  # over what is typed it would swallow the keys
        if session.waits or session.question:  # what was asked gave way to the change
            self.search()

    def on_collection_changed(self, message: CollectionChanged) -> None:
        session = self.session
        if session.facts.name != message.facts.name if session.facts else session.opening:
            return
        if session.facts is None and not message.facts.pictures and self.is_filling:
            return  # there is nothing to search so far
        self._enter(message.facts)
        if session.waits and message.facts.can_answer:
            self.search()

    def _enter(self, facts: CollectionFacts) -> None:
        changed = self.session.enter(facts)
        self.show_collection()
        if changed:
            self.show_nothing()

    # What subclasses do

    @property
    def is_filling(self) -> bool:
        """Whether what is on the screen, or will be where nothing is, is being indexed."""
        return False

    def show_collection(self) -> None:
        """Show what is known of the collection."""

    def show_nothing(self) -> None:
        """Show that nothing was asked, and what can be done."""

    def search(self) -> None:
        """Ask the query on the screen, now or when it can be asked."""

    def search_again(self) -> None:
        """Ask it once more, as there may be another answer by now."""

    def ask(self, source: str, image_id: str = "") -> None:
        """Search with a path or URL."""

    # Actions

    def action_collections(self) -> None:
        from revsearch_tui.tui.screens.pick import CollectionsDialog

        facts = self.session.facts
        names = [(collection.name, collection.roots) for collection in self.workspace.collections()]
        dialog = CollectionsDialog(names, self.offered or (facts.name if facts else ""))
        self.offered = ""
        self.app.push_screen(dialog, lambda name: self.open_collection(name) if name else None)


class IndexingScreen(OpeningScreen):
    """A screen with a `JobBar`, a `#query` line and a `#body`; the latter two make room for the welcome."""

    def __init__(self, workspace: Workspace, loader: PictureLoader) -> None:
        super().__init__(workspace, loader)
        self.jobs = Jobs(workspace, self.engine.ready, self.post_message)
        self.trainings = Jobs(workspace, self.engine.ready, self.post_message)
        """They may take days, so that nothing else waits for them."""
        self.duplicates = FoundDuplicates()
        self.clusters = FoundClusters()
        self.checked = LastCheck()
        self._welcome: Welcome | None = None
        self._looks: Timer | None = None

    @property
    def queues(self) -> tuple[Jobs, Jobs]:
        """Jobs go one after another in each, and the queues beside each other."""
        return self.jobs, self.trainings

    @property
    def running(self) -> Jobs | None:
        """The queue of the job that runs, and is told in the last lines: of two, the one that is over sooner."""
        return next((queue for queue in self.queues if queue.is_running), None)

    def start_indexing(self, order: IndexOrder) -> None:
        """Index in the background, unless that is under way."""
        what = shown_path(order.roots[0]) if order.roots else order.collection or "pictures"
        title = f"Indexing {'the sample pictures' if order.sample else what}"
        if self.start_job(order, title):
            self.leave_welcome()
            if self.session.waits:
                self.search()

    @property
    def is_filling(self) -> bool:
        """Whether what is on the screen, or will be where nothing is, is being indexed."""
        order, facts = self.jobs.order, self.session.facts
        if not self.jobs.is_running or not isinstance(order, IndexOrder):
            return False
        return facts is None or facts.name == order.target(self.workspace)

    def _look(self) -> None:
        """See what is indexed so far, where that is of interest."""
        if self.is_filling and isinstance(self.jobs.order, IndexOrder):
            self.engine.look_in_passing(self.jobs.order.target(self.workspace))

    def start_job(self, order: Order, title: str) -> bool:
        """Work in the background, when the jobs before it are over; False where the same is under way already."""
        queue = self.trainings if isinstance(order, TrainOrder) else self.jobs
        job = queue.add(order, title)
        if job is None:
            self.tell_busy(title)
        elif job.state == "waiting":
            text = f"{shown(title)} begins when {shown(queue.title)} is over."
            self.app.notify(text, markup=False)
            self._refresh_keys()
        else:
            self._began(job)
        return job is not None

    def _began(self, job: Job) -> None:
        for bar in self._job_bars():
            self.show_in(bar)
        if isinstance(job.order, IndexOrder):
            self._looks = self.set_interval(LOOK_EVERY_S, self._look)
        self._refresh_keys()

    def _refresh_keys(self) -> None:
        for screen in self.app.screen_stack:
            screen.refresh_bindings()

    def tell_busy(self, title: str = "") -> None:
        """Say that this, or whatever runs, is under way already."""
        key = key_of(self.app.screen, "search.stop")
        text = f"{shown(title or self.jobs.title)} is under way already; {key} stops it."
        self.app.notify(text, severity="warning", markup=False)

    def show_in(self, bar: JobBar) -> None:
        """Show the job that runs, if one does."""
        job = self.running.last if self.running is not None else None
        if job is None:
            bar.end()
            return
        bar.begin(job.title)
        if job.progress is not None:
            bar.show(job.progress)

    def _job_bars(self) -> list[JobBar]:
        """Those of this screen and of all above it."""
        return [bar for screen in self.app.screen_stack for bar in screen.query(JobBar)]

    # Actions

    def action_index_folder(self) -> None:
        from revsearch_tui.tui.screens.form import IndexForm

        facts = self.session.facts
        name = facts.name if facts else self.workspace.config.text("general.collection")
        methods = list(facts.methods) if facts else []
        form = IndexForm(self.loader, name, methods, self.workspace.config.texts("general.methods"), self.labels)
        self.app.push_screen(form, lambda order: self.start_indexing(order) if order else None)

    def labels(self) -> list[str]:
        """How the methods that work can be named, with each model. Raises `RevsearchError`."""
        from revsearch_tui.core.models.offered import offered_labels

        if not self.engine.ready.is_set():
            raise UsageError("plugins are being loaded; press it again in a moment")
        return offered_labels(self.workspace.folders.models, self.workspace.method_infos("available"))

    def labels_of(self, collection: str) -> list[str]:
        """The methods that a collection is indexed by. Raises `RevsearchError`."""
        return [key.label for key in self.workspace.keys(self.workspace.collection(collection))]

    def action_refresh_index(self) -> None:
        if self.session.facts is not None:
            self.start_indexing(IndexOrder(self.session.facts.name))

    def action_stop_indexing(self) -> None:
        self.stop_job(self.running)

    def stop_job(self, queue: Jobs | None) -> None:
        """Stop the job of a queue that runs, and say what is kept of it."""
        if queue is not None and queue.order is not None:
            queue.stop()
            self.app.notify(f"Stopping. {queue.order.kept}", timeout=3)

    # What the job tells

    def on_job_progress(self, message: JobProgress) -> None:
        queue = next((queue for queue in self.queues if queue.number == message.job and queue.is_running), None)
        job = queue.last if queue is not None else None
        if job is not None:
            if message.remark and message.remark not in job.told:
                job.told.append(message.remark)
            job.progress = message
            for bar in self._job_bars() if queue is self.running else ():
                bar.show(message)

    def on_job_done(self, message: JobDone) -> None:
        report = message.report
        facts, name = self.session.facts, shown(report.collection)
        title = "Stopped; what is done is kept" if report.cancelled else f"'{name}' is up to date"
        text = _summary(report)
        self._job_over(message, [f"{title}: {text}", *report.notes])
        if facts is not None and facts.name != report.collection:
            self.offered = report.collection
            text += f" c opens '{name}'."
        self.app.notify(text, title=title, markup=False, timeout=8)
        for note in report.notes:
            self.app.notify(shown(note), markup=False, severity="warning", timeout=10)
        self.engine.look_again(report.collection)

    def on_job_failed(self, message: JobFailed) -> None:
        self._job_over(message, [f"{message.title}: {message.text}"])
        self.app.notify(
            shown(message.text),
            title=message.title,
            severity="information" if message.stopped else "error",
            markup=False,
            timeout=10,
        )
        if self.session.waits:
            self.search()
        elif self.session.current is None:
            self.show_nothing()

    def on_work_done(self, message: WorkDone) -> None:
        self._job_over(message, [f"{message.title}: {message.text}"], message.made)
        self.app.notify(shown(message.text), title=message.title, markup=False, timeout=8)
        if message.changed:
            self.engine.look_again(message.changed)

    def _job_over(self, message: JobMessage, told: Sequence[str], made: str = "") -> None:
        for queue in self.queues:
            job = next((job for job in queue.all if job.number == message.job), None)
            if job is None:
                continue
            job.told += told
            job.is_heard = True
            if job is queue.last:  # else the next job has begun already
                if self._looks is not None and queue is self.jobs:
                    self._looks.stop()
                for bar in self._job_bars():
                    self.show_in(bar)
            begun = queue.begin_next()
            if begun is not None:
                self._began(begun)
        self._refresh_keys()
        for screen in self.app.screen_stack:
            if screen is not self:
                screen.post_message(JobOver(made))

    # Welcome

    def make_welcome(self) -> Welcome:
        """The welcome, which stands in the place of query line and results."""
        from revsearch_tui.tui.widgets.welcome import Welcome

        self._welcome = Welcome(self.loader)
        return self._welcome

    def leave_welcome(self) -> None:
        """Put query line and results back, if the welcome is there."""
        if self._welcome is not None:
            welcome, self._welcome = self._welcome, None
            welcome.remove()
            self.query_one("#body").display = True
            self.query_one("#query").display = True
            self.query_one("#results").focus()
            self.show_nothing()

    def on_welcome_folder_given(self, message: Welcome.FolderGiven) -> None:
        folder = Path(message.folder)
        if is_folder(folder):
            self.start_indexing(IndexOrder(None, (folder,)))
        else:
            self.app.notify(f"'{shown_path(folder)}' is not a folder.", severity="error", markup=False)

    def on_welcome_sample_wanted(self) -> None:
        self.start_indexing(IndexOrder("sample", sample=True))

    def on_welcome_left(self) -> None:
        self.leave_welcome()


def _summary(report: IndexReport) -> str:
    parts = [count(report.pictures, "picture")]
    if report.decoded:
        parts.append(f"{report.decoded:,} decoded in {report.seconds:.1f} s")
    if report.removed:
        parts.append(f"{report.removed:,} removed")
    if report.skipped:
        parts.append(f"{len(report.skipped):,} skipped")
    return ", ".join(parts) + "."
