"""The part of the first room that marks hits, and does something with all that are marked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import ActionInfo, FoundPicture, QueryHits, RevsearchError, UsageError
from revsearch_tui.tui.files import is_there
from revsearch_tui.tui.marked_orders import PATH_SUFFIXES, ActionOrder, write_paths
from revsearch_tui.tui.marks import Marked, marked_of
from revsearch_tui.tui.messages import Note
from revsearch_tui.tui.screens.refining import RefiningScreen
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.viewer import copy_hit_path, copy_paths, open_hit, open_path

if TYPE_CHECKING:
    from revsearch_tui.api.types import Picture
    from revsearch_tui.core.search.results import Hit

MOST_OPENED = 20
"""Pictures that are opened at once, each in a viewer of its own."""


class MarkingScreen(RefiningScreen):
    """A screen whose results can be marked."""

    is_picking = False
    """Whether the app is there to choose pictures, and is left with them."""
    picked = QueryHits(())
    """What was chosen."""

    def show_marks(self) -> None:
        """Show what is marked of the collection."""
        self.results.show_marks(self.session.marked.keys())
        self.refresh_bindings()

    def keep_marked(self, image_id: str, marked: Marked | None) -> None:
        """A picture of the collection is marked now, None: it is not."""

    @property
    def meant(self) -> list[Marked]:
        """What is marked or, where nothing is, the highlighted hit; empty where there is none."""
        hit = self.results.hit
        return [*self.session.marked.values()] or ([marked_of(hit)] if hit is not None else [])

    @property
    def findings(self) -> QueryHits:
        """The same for actions, with the query where all of it is found by that of the screen."""
        found = tuple(FoundPicture(each.path, each.image_id, each.score, each.tier) for each in self.meant)
        asked = self.session.current
        if asked is None or not {each.image_id for each in found} <= {hit.image_id for hit in self.results.hits}:
            return QueryHits(found)
        return QueryHits(found, asked.source, Path(asked.source) if is_there(asked.source) else None)

    def actions(self) -> list[ActionInfo]:
        """What plugins can do with it."""
        return self.workspace.registry.actions() if self.meant else []

    def mark_hit(self, hit: Hit) -> None:
        """Mark a hit, or unmark it."""
        try:
            marked = self.session.mark(hit)
        except UsageError as error:
            self.app.notify(f"{error}.", severity="warning", markup=False)
        else:
            self.keep_marked(hit.image_id, marked)
        self.show_marks()

    def open_meant(self, hit: Hit) -> None:
        """Open what is marked; without marks the hit."""
        viewer, marked = self.workspace.config.text("tui.viewer"), self.session.marked
        if len(marked) > MOST_OPENED:
            text = f"{len(marked):,} pictures are marked; at most {MOST_OPENED} are opened at once."
            self.app.notify(text, title="Cannot open", severity="warning", markup=False)
        elif not marked:
            open_hit(self, hit, viewer)
        for each in marked.values() if len(marked) <= MOST_OPENED else ():
            open_path(self, each.path, viewer)

    def copy_meant(self, hit: Hit) -> None:
        """Copy the paths of what is marked; without marks that of the hit."""
        if self.session.marked:
            copy_paths(self, [each.path for each in self.session.marked.values()])
        else:
            copy_hit_path(self, hit)

    # Actions

    def action_pick(self) -> None:
        self.picked = self.findings
        self.app.exit()

    def action_unmark(self) -> None:
        for image_id in list(self.session.marked):
            del self.session.marked[image_id]
            self.keep_marked(image_id, None)
        self.show_marks()

    def action_do(self, name: str) -> None:
        """Have an action of a plugin done with what is meant."""
        if not self.meant:
            return
        try:
            info = self.workspace.registry.action(name)
        except RevsearchError as error:
            self.app.notify(shown(str(error)), title=error.title, severity="error", markup=False)
            return
        found = self.findings
        pictures = count(len(found.hits), "picture")

        def do(target: Path | None) -> None:
            from revsearch_tui.core.search.result_actions import Asked

            order = ActionOrder(Asked(info, target), found, self._thumbnail)
            self.start_job(order, shown(f"{info.title} {target.name}" if target is not None else info.title))

        title = shown(f"{info.title} of {pictures}")
        if info.target == "file":
            self._ask_for_file(title, info.suffixes[0], info.suffixes, do)
        elif info.target == "folder":
            self._ask_for_folder(title, do)
        else:
            do(None)

    def action_choose_action(self) -> None:
        from revsearch_tui.tui.screens.pick import ActionsDialog

        if self.meant:
            title = f"Do with {count(len(self.meant), 'picture')}"
            self.app.push_screen(
                ActionsDialog(title, self.actions()), lambda name: self.action_do(name) if name else None
            )

    def _thumbnail(self, found: FoundPicture) -> Picture:
        from revsearch_tui.core.search.result_actions import as_thumbnail

        return as_thumbnail(lambda: self.loader.thumbnail(found.path, found.image_id))

    def action_write_paths(self) -> None:
        paths = [each.path for each in self.meant]

        def write(file: Path) -> None:
            self.loader.submit(partial(self._write_paths, file, paths))

        if paths:
            self._ask_for_file(f"Write {count(len(paths), 'path')}", ".txt", PATH_SUFFIXES, write)

    def _write_paths(self, file: Path, paths: list[Path]) -> None:
        try:
            write_paths(file, paths)
            told = f"{count(len(paths), 'path')} written to {shown_path(file)}"
        except UsageError as error:
            told = f"{str(error)[:1].upper()}{str(error)[1:]}."
        self.post_message(Note(told))

    def _ask_for_file(self, title: str, suffix: str, suffixes: tuple[str, ...], then: Callable[[Path], None]) -> None:
        from revsearch_tui.tui.screens.form import FileForm

        name = f"{self.session.facts.name if self.session.facts else 'pictures'}-marked{suffix}"
        self.app.push_screen(FileForm(title, Path.cwd() / name, suffixes), lambda file: then(file) if file else None)

    def _ask_for_folder(self, title: str, then: Callable[[Path], None]) -> None:
        from revsearch_tui.tui.screens.form import FolderForm

        self.app.push_screen(
            FolderForm(title, Path.cwd(), self.loader), lambda folder: then(folder) if folder else None
        )
