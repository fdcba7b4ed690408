"""The clusters of the open collection: themes with what is in none of them, or bursts; found in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from revsearch_tui.tui import keymap
from revsearch_tui.tui.cluster_jobs import SortOrder, SortRequest
from revsearch_tui.tui.screens.finding_page import FindingPage
from revsearch_tui.tui.text import count
from revsearch_tui.tui.viewer import copy_hit_path, open_hit
from revsearch_tui.tui.widgets.accuracy.views import Views
from revsearch_tui.tui.widgets.clusters.clusters_view import ClustersView
from revsearch_tui.tui.widgets.clusters.words import foot_content, picture_of
from revsearch_tui.tui.widgets.picture_rows import PictureRows

if TYPE_CHECKING:
    from revsearch_tui.core.groups.clusters import Clusters
    from revsearch_tui.tui.screens.indexing import IndexingScreen

_THEMES, _BURSTS = "themes", "bursts"
_NO_THEME = "There is no theme in this collection: too few pictures show the same."
_NO_BURST = "There is no burst: no two pictures that show nearly the same were taken within five seconds."


class ClustersScreen(FindingPage):
    """What was found last, or else what is being found."""

    BINDINGS = keymap.bindings(keymap.CLUSTERS)
    title_text = "Clusters"
    finding_text = "Sorting the pictures by what they show.\n\nThe clusters appear here; esc gives up."
    none_text = "n sorts the pictures of this collection by what they show."
    order_kind = SortOrder
    views = (_THEMES, _BURSTS)

    def __init__(self, home: IndexingScreen) -> None:
        super().__init__(home)
        self.shown_view = _THEMES
        self._shown: tuple[Clusters, str] | None = None

    def compose_body(self) -> ComposeResult:
        yield Views()
        yield from super().compose_body()
        yield ClustersView(self.loader, id="clusters-rows", classes="found")
        yield Static("", id="clusters-foot", classes="found", markup=False)

    @property
    def view(self) -> ClustersView:
        return self.query_one(ClustersView)

    def places(self) -> list[tuple[list[Binding], DOMNode]]:
        return [(keymap.CLUSTERS, self), (keymap.CLUSTER_ROWS, self.view), *super().places()]

    def on_mount(self) -> None:
        self.query_one(Views).show(self.views, self.shown_view)
        super().on_mount()

    @property
    def is_known(self) -> bool:
        return self.collection in self.home.clusters.clusters

    @property
    def _last(self) -> SortRequest:
        """What was looked for last."""
        return self.home.clusters.requests.get(self.collection) or SortRequest(self.collection)

    def last_order(self) -> SortOrder:
        return SortOrder(self._last, self.home.clusters)

    # Showing

    def show_found(self) -> str | None:
        found = self.home.clusters.clusters.get(self.collection)
        if found is None:
            return None
        if self._shown != (found, self.shown_view):
            self._shown = found, self.shown_view
            kinds = ("theme", "outliers") if self.shown_view == _THEMES else ("burst",)
            self.view.show([each for each in found.found if each.kind in kinds])
            self.view.border_title = self.shown_view.capitalize()
        if not self.view.clusters:
            return _NO_THEME if self.shown_view == _THEMES else _NO_BURST
        return ""

    def show_view(self, view: str) -> None:
        """`themes` or `bursts`."""
        super().show_view(view)
        self.query_one(Views).show(self.views, view)
        self.show()

    def on_resize(self) -> None:
        self.on_picture_rows_moved()

    def on_picture_rows_moved(self) -> None:
        view, content = self.view, Content("")
        if view.cluster is not None:
            content = foot_content(view.cluster, view.entry, max(20, self.size.width - 2))
            outside = sum(len(each.images) for each in view.clusters if each.kind == "outliers")
            kinds = sum(each.kind != "outliers" for each in view.clusters)
            told = count(kinds, self.shown_view.removesuffix("s"))
            rest = f" · {count(outside, 'picture')} in none" if outside else ""
            view.border_subtitle = f"{view.at + 1:,} of {told}{rest}" if view.at < kinds else f"{told}{rest}"
        self.query_one("#clusters-foot", Static).update(content)
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        self.view.changed()

    # Actions

    def on_picture_rows_wanted(self, message: PictureRows.Wanted) -> None:
        view = self.view
        if view.cluster is None:
            return
        hit = picture_of(view.cluster, view.entry)
        if message.action == "look":
            from revsearch_tui.tui.screens.clusters.cluster_page import ClusterScreen

            self.app.push_screen(ClusterScreen(self.home, self.collection, view.cluster, view.entry))
        elif message.action == "query":
            self.search_by(hit)
        elif message.action == "open":
            open_hit(self, hit, self.workspace.config.text("tui.viewer"))
        else:
            copy_hit_path(self, hit)

    def ask_what_to_find(self) -> None:
        from revsearch_tui.tui.screens.clusters.asking import SortForm

        def answered(request: SortRequest | None) -> None:
            if request is not None:
                self.find(SortOrder(request, self.home.clusters))

        facts = self.home.session.facts
        methods = facts.methods if facts is not None and facts.name == self._last.collection else ()
        self.app.push_screen(SortForm(self._last, tuple(methods)), answered)
