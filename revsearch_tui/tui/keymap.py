"""Every key of the app, by the place where it works. Screens take their bindings from here, and so does the help."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding, BindingType


def _key(
    identity: str, keys: str, action: str, description: str, tooltip: str, *, show: bool = False, priority: bool = False
) -> Binding:
    return Binding(keys, action, description, show=show, tooltip=tooltip, id=identity, priority=priority)


STOP = _key("search.stop", "x", "stop_indexing", "Stop", "Stop the running job; indexing keeps what is done", show=True)

APP = [
    _key("app.help", "question_mark,f1", "help", "Help", "All keys and marks", show=True),
    _key("app.palette", "ctrl+p,colon", "command_palette", "Commands", "Search everything the app can do"),
    _key("app.plugins", "p", "plugins", "Plugins", "What is installed, and what state it is in"),
    _key("app.accuracy", "f3", "accuracy", "Accuracy", "How good methods are: tables of evaluations, mistakes, more"),
    _key("app.training", "f4,t", "training", "Training", "Training runs: curves, settings and figures, live"),
    _key("app.quit", "ctrl+q", "quit", "Quit", "Leave; asks first where a job runs", priority=True),
]

SEARCH = [
    # First in line, so that what is typed right behind it, however fast, goes to the query line.
    _key(
        "search.query",
        "slash,i",
        "edit_query",
        "Query",
        "Type the path of a query picture",
        show=True,
        priority=True,
    ),
    _key("search.browse", "b,ctrl+o", "browse", "Browse", "Choose a query picture from the folders", show=True),
    _key("search.methods", "m", "methods", "Methods", "Choose by what to compare; several are fused", show=True),
    _key("search.collection", "c", "collections", "Collection", "Choose the collection to search", show=True),
    _key("search.view", "v", "toggle_view", "Grid/list", "Show results as cards or as lines", show=True),
    _key("search.back", "backspace,escape", "back", "Back", "Return to the query before this one", show=True),
    _key("search.index", "a", "index_folder", "Add folder", "Index a folder of pictures in the background", show=True),
    _key("search.refresh", "r", "refresh_index", "Refresh", "Bring the index up to date with the files on disk"),
    STOP,
    _key("search.detail", "d", "toggle_side", "Details", "Show or hide the column with query and details"),
    _key("search.quit", "q", "app.quit", "Quit", "Leave the app", show=True),
]

RESULTS = [
    _key("results.left", "left,h", "move('left')", "Left", "To the picture on the left"),
    _key("results.down", "down,j", "move('down')", "Down", "To the picture below"),
    _key("results.up", "up,k", "move('up')", "Up", "To the picture above"),
    _key("results.right", "right,l", "move('right')", "Right", "To the picture on the right"),
    _key("results.page_down", "pagedown,ctrl+d,space", "move('page_down')", "Page down", "One screenful down"),
    _key("results.page_up", "pageup,ctrl+u", "move('page_up')", "Page up", "One screenful up"),
    _key("results.first", "home,g", "move('first')", "First", "To the best hit"),
    _key("results.last", "end,G", "move('last')", "Last", "To the last hit"),
    _key(
        "results.next_query",
        "enter,n",
        "next_query",
        "Find like this",
        "Search with the highlighted picture",
        show=True,
    ),
    _key("results.open", "o", "open", "Open", "Open the picture in a viewer", show=True),
    _key("results.copy", "y", "copy_path", "Copy path", "Copy the picture's path to the clipboard", show=True),
]

INPUT = [
    _key("input.leave", "escape", "leave", "Back", "Close the list of files, then return to the results", show=True),
    _key(
        "input.complete",
        "tab",
        "complete",
        "Complete",
        "Take the highlighted name over; without names, go on",
        show=True,
    ),
    _key("input.next", "down,ctrl+n", "choose(1)", "Next name", "Highlight the next name", show=True),
    _key("input.previous", "up", "choose(-1)", "Previous name", "Highlight the name before"),
]

TRAINING = [
    _key("training.detail", "d", "toggle_detail", "Details", "Show or hide settings and figures of the run", show=True),
    _key("training.save", "s", "save_plot", "Save", "Write the curves to a PNG, SVG or PDF file", show=True),
    _key("training.detail_down", "J,shift+down", "scroll_detail(1)", "Details down", "Scroll the details down"),
    _key("training.detail_up", "K,shift+up", "scroll_detail(-1)", "Details up", "Scroll the details up"),
]

RUNS = [
    _key("runs.mark", "space,enter", "mark", "Mark", "Mark or unmark the run; several are drawn together", show=True),
    _key("runs.unmark", "u", "unmark", "Unmark all", "Unmark every run", show=True),
    _key("runs.down", "down,j", "cursor_down", "Next run", "To the run below"),
    _key("runs.up", "up,k", "cursor_up", "Run before", "To the run above"),
    _key("runs.page_down", "pagedown,ctrl+d", "page_down", "Runs down", "One screenful of runs down"),
    _key("runs.page_up", "pageup,ctrl+u", "page_up", "Runs up", "One screenful of runs up"),
    _key("runs.first", "home,g", "first", "Newest run", "To the run started last"),
    _key("runs.last", "end,G", "last", "Oldest run", "To the run started first"),
]

WELCOME = [
    _key("welcome.leave", "escape", "leave", "Back", "Back to the search"),
]

DIALOG = [
    _key("dialog.close", "escape,q", "close", "Back", "Close without changing anything", show=True),
    _key("dialog.down", "j", "cursor('down')", "Down", "To the next line"),
    _key("dialog.up", "k", "cursor('up')", "Up", "To the line before"),
]

PAGE = [
    _key("page.back", "escape,q", "back", "Back", "To the page before; from the first one to the search", show=True),
    _key("page.next_view", "tab,right_square_bracket", "view(1)", "View", "Show the next view of this page", show=True),
    _key("page.previous_view", "shift+tab,left_square_bracket", "view(-1)", "View before", "Show the view before"),
]

TABLE = [
    _key("table.left", "left,h", "cursor('left')", "Left", "To the column on the left"),
    _key("table.down", "down,j", "cursor('down')", "Down", "To the line below"),
    _key("table.up", "up,k", "cursor('up')", "Up", "To the line above"),
    _key("table.right", "right,l", "cursor('right')", "Right", "To the column on the right"),
    _key("table.page_down", "pagedown,ctrl+d,space", "page(1)", "Page down", "One screenful of lines down"),
    _key("table.page_up", "pageup,ctrl+u", "page(-1)", "Page up", "One screenful of lines up"),
    _key("table.first", "home,g", "edge('first')", "First", "To the first line"),
    _key("table.last", "end,G", "edge('last')", "Last", "To the last line"),
    _key("table.choose", "enter", "choose", "Open", "Look into what the cursor is on", show=True),
    _key("table.sort", "s", "sort", "Sort", "Sort by the column the cursor is in; again: the other way", show=True),
]

ACCURACY = [
    _key(
        "accuracy.new",
        "n",
        "evaluate",
        "Evaluate",
        "Measure methods on labelled pictures, in the background",
        show=True,
    ),
    _key(
        "accuracy.robustness",
        "r",
        "robustness",
        "Robustness",
        "See which methods find changed copies of a collection's pictures, in the background",
        show=True,
    ),
    _key("accuracy.delete", "D,delete", "delete", "Delete", "Delete the record; asks first", show=True),
]

RECORD = [
    _key("record.compare", "c", "compare", "Compare", "Two methods side by side on the same queries", show=True),
    _key("record.export", "e", "export", "Export", "Write the record to a Markdown, CSV or HTML file", show=True),
    _key("record.facts", "i", "facts", "About", "How the record was made: data, settings, versions", show=True),
]

PICTURES = [
    _key("pictures.look", "enter", "look", "Look", "Look into the picture's answer", show=True),
    _key("pictures.open", "o", "open", "Open", "Open the picture in a viewer", show=True),
    _key("pictures.copy", "y", "copy_path", "Copy path", "Copy the picture's path to the clipboard", show=True),
]

ANSWER = [
    _key("answer.next", "n", "step(1)", "Next", "To the next query of the list", show=True),
    _key("answer.previous", "N", "step(-1)", "Previous", "To the query before", show=True),
    _key("answer.other", "m", "other", "Method", "What another method made of the same query", show=True),
]

QUIT = [
    _key("quit.agree", "y,q,ctrl+c", "quit", "Quit", "Leave; what runs is stopped", show=True),
    _key("quit.refuse", "n,escape", "close", "Back", "Stay, and let the job run", show=True),
]

FORM = [
    _key("form.close", "escape", "close", "Back", "Close without changing anything", show=True),
]

METHODS = [
    _key("methods.apply", "enter", "apply", "Search", "Use the marked methods", show=True, priority=True),
    _key("methods.toggle", "space", "mark", "Mark", "Mark or unmark the method; several are fused", show=True),
]

BROWSE = [
    _key("browse.parent", "left,h,backspace", "parent", "Up", "To the folder above", show=True),
    _key("browse.enter", "right,l", "open_node", "Open", "Open the folder, or take the picture", show=True),
    _key("browse.hidden", "full_stop", "toggle_hidden", "Hidden", "Show or hide hidden files", show=True),
]

GROUPS: Mapping[str, list[Binding]] = {
    "Everywhere": APP,
    "Search": SEARCH,
    "Results": RESULTS,
    "Query line": INPUT,
    "Welcome": WELCOME,
    "Lists and pages": DIALOG,
    "Pages": PAGE,
    "Tables": TABLE,
    "Accuracy": ACCURACY,
    "Record of an evaluation": RECORD,
    "Pictures of an evaluation": PICTURES,
    "Answer to a query": ANSWER,
    "Training": TRAINING,
    "Training runs": RUNS,
    "Forms": FORM,
    "Leaving while a job runs": QUIT,
    "Choosing methods": METHODS,
    "Browsing for a picture": BROWSE,
}
"""Heading in the help -> the bindings under it."""


def bindings(*groups: list[Binding]) -> list[BindingType]:
    """The groups as a class's `BINDINGS`."""
    return [binding for group in groups for binding in group]


def by_id() -> dict[str, Binding]:
    """Binding id -> binding, over all groups."""
    return {binding.id or "": binding for group in GROUPS.values() for binding in group}


def checked_keymap(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The entries of `[keys]` that name a binding, and a sentence about each that does not."""
    known = by_id()
    keymap = {name: keys for name, keys in wanted.items() if name in known and keys.strip()}
    problems = [_unknown(name, known) for name in wanted if name not in known]
    problems += [
        f"The key binding '{name}' in [keys] is empty." for name in wanted if name in known and name not in keymap
    ]
    return keymap, problems


def _unknown(name: str, known: Mapping[str, Binding]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1, 0.5)
    also = f"; did you mean '{near[0]}'?" if near else "; the help lists the names."
    return f"There is no key binding '{name}' as [keys] says{also}"
