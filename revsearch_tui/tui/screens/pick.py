"""Choose a picture from the folders, a collection, an action, or the methods to compare by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import DirectoryTree, OptionList, Static, Tree
from textual.widgets.directory_tree import DirEntry
from textual.widgets.option_list import Option
from textual.widgets.selection_list import Selection
from textual.widgets.tree import TreeNode

from revsearch_tui.api import ActionInfo
from revsearch_tui.core.images.sniff import PICTURE_SUFFIXES
from revsearch_tui.tui import keymap
from revsearch_tui.tui.messages import CollectionFacts
from revsearch_tui.tui.pictures.loader import PictureLoader
from revsearch_tui.tui.screens.dialog import Dialog
from revsearch_tui.tui.text import count, shown, shown_path
from revsearch_tui.tui.widgets.painting import MarkList, PointedList, pointed
from revsearch_tui.tui.widgets.side import PicturePane


class CollectionsDialog(Dialog[str]):
    """One of the collections; None where nothing was chosen."""

    def __init__(self, collections: Sequence[tuple[str, tuple[Path, ...]]], current: str) -> None:
        super().__init__(classes="pick")
        self._collections, self._current = collections, current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Collections"
            box.border_subtitle = "enter opens · esc back"
            if not self._collections:
                yield Static("There is none yet; press esc, then a, to index a folder.", classes="dialog-hint")
            yield PointedList(
                *(Option(_collection(name, roots), id=f"c-{name}") for name, roots in self._collections),
                compact=True,
            )

    def on_mount(self) -> None:
        names = [name for name, _ in self._collections]
        options = self.query_one(OptionList)
        if self._current in names:
            options.highlighted = names.index(self._current)
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._collections[event.option_index][0])


class ActionsDialog(Dialog[str]):
    """The name of one of the actions; None where nothing was chosen."""

    def __init__(self, title: str, actions: Sequence[ActionInfo]) -> None:
        super().__init__(classes="pick")
        self._title, self._actions = title, actions

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = "enter does it · esc back"
            if not self._actions:
                yield Static("No plugin that is installed offers anything.", classes="dialog-hint")
            yield PointedList(
                *(Option(_titled(info.title, info.summary), id=f"a-{info.name}") for info in self._actions),
                compact=True,
            )

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._actions[event.option_index].name)


class NamesDialog(Dialog[tuple[str, ...]]):
    """Some of these names, each with what is told of it; None where nothing was chosen."""

    BINDINGS = keymap.bindings(keymap.METHODS)

    def __init__(
        self, title: str, lines: Mapping[str, Content], chosen: Sequence[str], verb: str = "takes", hint: str = ""
    ) -> None:
        super().__init__(classes="pick")
        self._title, self._lines, self._chosen, self._verb, self._hint = title, lines, chosen, verb, hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = self._title
            box.border_subtitle = f"space marks · enter {self._verb} · esc back"
            yield MarkList(
                *(Selection(line, name, name in self._chosen) for name, line in self._lines.items()), compact=True
            )
            if self._hint:
                yield Static(self._hint, classes="dialog-hint")

    def on_mount(self) -> None:
        self.query_one(MarkList).focus()

    def action_mark(self) -> None:
        self.query_one(MarkList).action_select()

    def action_apply(self) -> None:
        """What is marked; where nothing is, the name the cursor is on."""
        selection = self.query_one(MarkList)
        marked = [name for name in self._lines if name in selection.selected]
        if not marked and selection.highlighted is not None:
            marked = [list(self._lines)[selection.highlighted]]
        self.dismiss(tuple(marked) or None)


class MethodsDialog(NamesDialog):
    """Some of the methods that a collection is indexed by; None where nothing was chosen."""

    def __init__(self, facts: CollectionFacts, chosen: Sequence[str]) -> None:
        lines = {method: _method(method, facts) for method in facts.methods}
        super().__init__("Compare by", lines, chosen, "searches", "Several marked methods are fused into one ranking.")


def _collection(name: str, roots: Sequence[Path]) -> Content:
    where = shown_path(roots[0]) if roots else "no folder"
    if len(roots) > 1:
        where += f" and {len(roots) - 1} more"
    return _titled(name, where)


def _titled(name: str, told: str) -> Content:
    return Content.assemble((f"{shown(name):<18} ", "bold"), (shown(told), "$foreground-muted"))


def _method(label: str, facts: CollectionFacts) -> Content:
    pictures = facts.methods[label]
    behind = f"{pictures:,} of {facts.pictures:,} pictures" if pictures < facts.pictures else count(pictures, "picture")
    if label in facts.left_out:
        behind = f"left out: {shown(facts.left_out[label])}"
    return Content.assemble((f"{shown(label):<18} ", ""), (behind, "$foreground-muted"))


class PictureTree(DirectoryTree):
    """Folders and pictures, names shown as data."""

    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "
    ICON_FILE = "  "
    show_hidden = False
    _read: AwaitComplete | None = None

    @property
    def is_read(self) -> bool:
        """Whether the folders that are open were read."""
        return self._read is not None and self._read.is_done

    def reload(self) -> AwaitComplete:
        self._read = super().reload()
        return self._read

    def render_line(self, y: int) -> Strip:
        """As the base class, behind the pointer at the highlighted line."""
        strip = super().render_line(y)
        line = Strip([Segment("  ", next((segment.style for segment in strip), None)), *strip]).crop(0, self.size.width)
        return pointed(line, 0) if y + self.scroll_offset.y == self.cursor_line else line

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if self._is_wanted(path)]

    def _is_wanted(self, path: Path) -> bool:
        if path.name.startswith(".") and not self.show_hidden:
            return False
        return path.suffix.lower() in PICTURE_SUFFIXES or self._safe_is_dir(path)

    def process_label(self, label: Any) -> Text:
        """Names as plain text: no markup, no control characters."""
        return Text(shown(label if isinstance(label, str) else label.plain), no_wrap=True)

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        icon = (
            (self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE) if node.allow_expand else self.ICON_FILE
        )
        kind = self.get_component_rich_style("directory-tree--folder", partial=True) if node.allow_expand else Style()
        return Text.assemble(
            (icon, base_style), (node.label.plain if isinstance(node.label, Text) else "", kind + style)
        )


class BrowseDialog(Dialog[Path]):
    """Answers with a picture, or None."""

    BINDINGS = keymap.bindings(keymap.BROWSE)

    def __init__(self, loader: PictureLoader, start: Path) -> None:
        super().__init__(classes="browse")
        self._loader, self._start = loader, start

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box") as box:
            box.border_title = shown_path(self._start)
            box.border_subtitle = "enter takes · h folder above · . hidden · esc back"
            with Horizontal():
                yield PictureTree(self._start)
                yield PicturePane(self._loader, "", id="browse-picture")

    def on_mount(self) -> None:
        tree = self.query_one(PictureTree)
        tree.show_root = False
        tree.focus()

    @property
    def awaits_rows(self) -> bool:
        """Whether what is typed waits for a folder that is being read."""
        return not self.query_one(PictureTree).is_read

    def on_tree_node_highlighted(self, event: Tree.NodeHighlighted[DirEntry]) -> None:
        entry = event.node.data
        is_picture = entry is not None and not event.node.allow_expand
        self.query_one(PicturePane).show(entry.path if entry is not None and is_picture else None)

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        self.dismiss(event.path)

    def action_parent(self) -> None:
        tree = self.query_one(PictureTree)
        node = tree.cursor_node
        if node is not None and node.allow_expand and node.is_expanded:
            node.collapse()
        elif node is not None and node.parent is not None and node.parent is not tree.root:
            tree.move_cursor(node.parent)
        else:
            parent = Path(tree.path).parent
            tree.path = parent
            self.query_one(".dialog-box").border_title = shown_path(parent)

    def action_open_node(self) -> None:
        self.query_one(PictureTree).action_select_cursor()

    def action_toggle_hidden(self) -> None:
        tree = self.query_one(PictureTree)
        tree.show_hidden = not tree.show_hidden
        tree.reload()
