"""Every key of the app, by the place where it works. Screens take their bindings from here, and so does the help."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding, BindingType

from revsearch_tui.core.base.wording import nearest
from revsearch_tui.tui.binding_rows import FIRST, SHOWN
from revsearch_tui.tui.binding_rows import binding as _binding
from revsearch_tui.tui.binding_rows import group as _group
from revsearch_tui.tui.form_keys import CHOICE, FORM, NAMES
from revsearch_tui.tui.kept_keys import COLLECTIONS, JOBS, JUDGEMENTS, KEPT_PAGES, SETTINGS
from revsearch_tui.tui.model_keys import MODELS, OPTIONS, PLUGINS, RUNS, TRAINING
from revsearch_tui.tui.query_keys import COLUMNS, PART

_SHOWN_FIRST = "shown first"

STOP = _binding(
    "search", "stop", "x", "stop_indexing", "Stop", "Stop the running job; indexing keeps what is done", SHOWN
)

APP = _group(
    "app",
    ("help", "question_mark,f1", "help", "Help", "All keys and marks", SHOWN),
    ("palette", "ctrl+p,colon", "command_palette", "Commands", "Search everything the app can do"),
    ("plugins", "p,f11", "plugins", "Plugins", "What is installed and in what state; options of methods"),
    ("accuracy", "f3", "accuracy", "Accuracy", "How good methods are: tables of evaluations, mistakes, more"),
    ("training", "f4,t", "training", "Training", "Training runs: curves, settings and figures, live"),
    ("duplicates", "f5", "duplicates", "Duplicates", "What is the same in the collection: compare, keep one, apply"),
    ("clusters", "f6", "clusters", "Clusters", "The collection by themes, and bursts: open one, search by a picture"),
    ("judgements", "f7", "judgements", "Judgements", "Pairs that were judged a match or none: look, take back"),
    ("jobs", "f8", "jobs", "Jobs", "What runs, waits and is over: progress, what it told, stop"),
    *KEPT_PAGES,
    ("models", "f12", "models", "Models", "Models of methods: add, download, train, fit, remove"),
    ("quit", "ctrl+q", "quit", "Quit", "Leave; asks first where a job runs or a collection is watched", FIRST),
)

SEARCH = _group(
    "search",
    # First in line, so that what is typed right behind it, however fast, goes to the query line.
    ("query", "slash,i", "edit_query", "Query", 'Type the path of a query picture, or "words"', _SHOWN_FIRST),
    ("pick", "enter", "pick", "Choose", "In revsearch pick: leave with what is marked, or this one", _SHOWN_FIRST),
    ("browse", "b,ctrl+o", "browse", "Browse", "Choose a query picture from the folders", SHOWN),
    ("paste", "ctrl+v", "paste", "Paste a picture", "Search with the picture that was copied, as a screenshot is"),
    ("history", "ctrl+r", "history", "Asked before", "Ask again what was asked, or saved; type to filter", FIRST),
    ("save", "ctrl+s", "save_query", "Save query", "Give the query, as it is narrowed, a name to ask it by again"),
    ("methods", "m", "methods", "Methods", "Choose by what to compare; several are fused", SHOWN),
    ("collection", "c", "collections", "Collection", "Choose the collection to search", SHOWN),
    ("narrow", "f", "narrow", "Narrow", "Only copies, hits below a folder or of a score, turned ones too, more", SHOWN),
    ("part", "R", "part", "Part", "Search by a part of the query picture: draw a box, or have one proposed"),
    ("columns", "C", "columns", "Side by side", "What single methods find for the query, column by column"),
    ("view", "v", "toggle_view", "Grid/list", "Show results as cards or as lines", SHOWN),
    ("back", "backspace", "back", "Back", "Return to the query before this one", SHOWN),
    ("leave", "escape", "leave", "Clear or back", "Clear what was narrowed and liked; else to the query before"),
    ("clear", "0", "clear", "Clear", "Drop what the query is narrowed to, and what was liked of its hits"),
    ("undo", "u", "undo", "Undo", "Take back what was judged or narrowed last", SHOWN),
    ("index", "a", "index_folder", "Add folder", "Index a folder of pictures in the background", SHOWN),
    ("refresh", "r", "refresh_index", "Refresh", "Bring the index up to date with the files on disk"),
    STOP,
    ("detail", "d", "toggle('side')", "Details", "Show or hide the column with query and details"),
    ("do", "e", "choose_action", "Do with", "What plugins do with the marked pictures; without marks, this one"),
    ("sheet", "s", "do('contact-sheet')", "Contact sheet", "Draw the marked pictures on one sheet: a PNG or HTML file"),
    ("paths", "W", "write_paths", "Write paths", "Write the paths of the marked pictures to a file"),
    ("unmark", "A", "unmark", "Unmark all", "Unmark every picture of the collection"),
    ("quit", "q", "app.quit", "Quit", "Leave the app", SHOWN),
)

RESULTS = _group(
    "results",
    ("left", "left,h", "move('left')", "Left", "To the picture on the left"),
    ("down", "down,j", "move('down')", "Down", "To the picture below"),
    ("up", "up,k", "move('up')", "Up", "To the picture above"),
    ("right", "right,l", "move('right')", "Right", "To the picture on the right"),
    ("page_down", "pagedown,ctrl+d", "move('page_down')", "Page down", "One screenful down"),
    ("page_up", "pageup,ctrl+u", "move('page_up')", "Page up", "One screenful up"),
    ("first", "home,g", "move('first')", "First", "To the best hit"),
    ("last", "end,G", "move('last')", "Last", "To the last hit"),
    ("next_query", "enter,n", "next_query", "Find like this", "Search with the highlighted picture", SHOWN),
    ("mark", "space", "mark", "Mark", "Mark the picture, or unmark it; marks outlive the query", SHOWN),
    ("open", "o", "open", "Open", "Open the marked pictures in a viewer; without marks, this one", SHOWN),
    ("copy", "y", "copy_path", "Copy path", "Copy the paths of what is marked; without marks, of this one", SHOWN),
    ("like", "plus,equals_sign", "judge('like')", "Like", "Rank anew, towards this hit; again: take it back", SHOWN),
    ("unlike", "minus", "judge('unlike')", "Unlike", "Rank anew, away from this hit; again: take it back"),
    (
        "no_match",
        "N",
        "judge('no match')",
        "No match",
        "Remember that it is no match of the query, and no hit",
        SHOWN,
    ),
    ("match", "M", "judge('match')", "Match", "Remember that it shows what the query does; again: take it back"),
    ("explain", "w", "explain", "Why", "Why the query and this picture match, method by method", SHOWN),
)

INPUT = _group(
    "input",
    ("leave", "escape", "leave", "Back", "Close the list of files, then return to the results", SHOWN),
    ("complete", "tab", "complete", "Complete", "Take the highlighted name over; without names, go on", SHOWN),
    ("next", "down,ctrl+n", "choose(1)", "Next name", "Highlight the next name", SHOWN),
    ("previous", "up", "choose(-1)", "Previous name", "Highlight the name before"),
)

WELCOME = _group(
    "welcome",
    ("leave", "escape", "leave", "Back", "Back to the search"),
)

DIALOG = _group(
    "dialog",
    ("close", "escape,q", "close", "Back", "Close without changing anything", SHOWN),
    ("down", "j", "cursor('down')", "Down", "To the next line"),
    ("up", "k", "cursor('up')", "Up", "To the line before"),
)

PAGE = _group(
    "page",
    ("back", "escape,q", "back", "Back", "To the page before; from the first one to the search", SHOWN),
    ("next_view", "tab,right_square_bracket", "view(1)", "View", "Show the next view of this page", SHOWN),
    ("previous_view", "shift+tab,left_square_bracket", "view(-1)", "View before", "Show the view before"),
)

TABLE = _group(
    "table",
    ("left", "left,h", "cursor('left')", "Left", "To the column on the left"),
    ("down", "down,j", "cursor('down')", "Down", "To the line below"),
    ("up", "up,k", "cursor('up')", "Up", "To the line above"),
    ("right", "right,l", "cursor('right')", "Right", "To the column on the right"),
    ("page_down", "pagedown,ctrl+d,space", "page(1)", "Page down", "One screenful of lines down"),
    ("page_up", "pageup,ctrl+u", "page(-1)", "Page up", "One screenful of lines up"),
    ("first", "home,g", "edge('first')", "First", "To the first line"),
    ("last", "end,G", "edge('last')", "Last", "To the last line"),
    ("choose", "enter", "choose", "Open", "Look into what the cursor is on", SHOWN),
    ("sort", "s", "sort", "Sort", "Sort by the column the cursor is in; again: the other way", SHOWN),
)

ACCURACY = _group(
    "accuracy",
    ("new", "n", "evaluate", "Evaluate", "Measure methods on labelled pictures, in the background", SHOWN),
    (
        "robustness",
        "r",
        "robustness",
        "Robustness",
        "See which methods find changed copies of a collection's pictures, in the background",
        SHOWN,
    ),
    ("check", "c", "check", "Check", "Look through labelled pictures for copies and wrong labels", SHOWN),
    ("delete", "D,delete", "delete", "Delete", "Delete the record; asks first", SHOWN),
)

CHECK = _group(
    "check",
    ("new", "n", "check", "Check", "Check labelled pictures of your choice, in the background", SHOWN),
)

FINDING = _group(
    "finding",
    ("next", "n", "step(1)", "Next", "To the next finding", SHOWN),
    ("previous", "N", "step(-1)", "Previous", "To the finding before", SHOWN),
)

RECORD = _group(
    "record",
    ("compare", "c", "compare", "Compare", "Two methods side by side on the same queries", SHOWN),
    ("export", "e", "export", "Export", "Write the record to a Markdown, CSV or HTML file", SHOWN),
    ("facts", "i", "facts", "About", "How the record was made: data, settings, versions", SHOWN),
)

PICTURES = _group(
    "pictures",
    ("look", "enter", "look", "Look", "Look into the picture's answer", SHOWN),
    ("open", "o", "open", "Open", "Open the picture in a viewer", SHOWN),
    ("copy", "y", "copy_path", "Copy path", "Copy the picture's path to the clipboard", SHOWN),
)

ANSWER = _group(
    "answer",
    ("next", "n", "step(1)", "Next", "To the next query of the list", SHOWN),
    ("previous", "N", "step(-1)", "Previous", "To the query before", SHOWN),
    ("other", "m", "other", "Method", "What another method made of the same query", SHOWN),
)

DUPLICATES = _group(
    "duplicates",
    ("cancel", "escape", "cancel", "Cancel", "Give up finding duplicates; else to the page before"),
    ("apply", "enter", "apply", "Apply", "Put the marked files into the trash; asks first", SHOWN),
    ("undo", "u", "undo", "Undo", "Bring back what was put into the trash last", SHOWN),
    ("plan", "p", "plan", "Plan", "What goes and what stays, and the bytes that are freed", SHOWN),
    ("rules", "a", "rules", "Mark by rules", "Keep of every group what the rules keep, mark the others", SHOWN),
    ("find", "n", "find", "Find", "Find duplicates anew, by methods and rules of your choice", SHOWN),
    ("unmark", "A", "unmark", "Unmark all", "Mark nothing; what is kept stays chosen"),
)

TWINS = _group(
    "groups",
    ("mark", "space", "mark", "Mark", "Mark the file to go, or unmark it", SHOWN),
    ("keep", "k", "keep", "Keep", "Keep this file of the group", SHOWN),
    ("compare", "c", "compare", "Compare", "Look at the file and the one that is kept in full size", SHOWN),
    ("left", "left,h", "move('left')", "Left", "To the file on the left"),
    ("right", "right,l", "move('right')", "Right", "To the file on the right"),
    ("down", "down,j", "move('down')", "Next group", "To the group below"),
    ("up", "up,K", "move('up')", "Group before", "To the group above"),
    ("page_down", "pagedown,ctrl+d", "move('page_down')", "Groups down", "One screenful of groups down"),
    ("page_up", "pageup,ctrl+u", "move('page_up')", "Groups up", "One screenful of groups up"),
    ("first", "home,g", "move('first')", "First group", "To the group that frees most"),
    ("last", "end,G", "move('last')", "Last group", "To the last group"),
    ("open", "o", "open", "Open", "Open the picture in a viewer"),
    ("copy", "y", "copy_path", "Copy path", "Copy the file's path to the clipboard"),
)

TWO = _group(
    "two",
    ("flicker", "space,f", "flicker", "Flicker", "Show one in all the room; again: the other one", SHOWN),
    ("beside", "s", "beside", "Side by side", "Show both side by side"),
    ("difference", "d", "difference", "Difference", "Show where they differ, one stretched over the other", SHOWN),
    ("overlay", "o", "overlay", "Overlay", "Lay the one on the right over the other, half of each seen", SHOWN),
    ("more", "full_stop,greater_than_sign", "fade(1)", "More", "Show more of the one that is laid over", SHOWN),
    ("less", "comma,less_than_sign", "fade(-1)", "Less", "Show less of the one that is laid over"),
    ("keep", "k", "keep", "Keep", "Keep the one on the right, or the one that is shown", SHOWN),
    ("mark", "m", "mark", "Mark", "Mark the one that is not kept to go, or unmark it", SHOWN),
    ("next", "n", "step(1)", "Next", "To the next file of the group", SHOWN),
    ("previous", "N", "step(-1)", "Previous", "To the file before"),
    ("nearer", "plus,equals_sign", "zoom(1)", "Nearer", "Enlarge both", SHOWN),
    ("farther", "minus", "zoom(-1)", "Farther", "Make both smaller", SHOWN),
    ("whole", "0", "zoom(0)", "Whole", "Show both whole"),
    ("left", "left,h", "pan(-1, 0)", "Left", "Move both to the left"),
    ("right", "right,l", "pan(1, 0)", "Right", "Move both to the right"),
    ("down", "down,j", "pan(0, 1)", "Down", "Move both down"),
    ("up", "up,K", "pan(0, -1)", "Up", "Move both up"),
)

CLUSTERS = _group(
    "clusters",
    ("cancel", "escape", "cancel", "Cancel", "Give up finding clusters; else to the page before"),
    ("find", "n", "find", "Sort anew", "Sort the collection anew, by a method of your choice", SHOWN),
)

CLUSTER_ROWS = _group(
    "cluster",
    ("look", "enter", "enter", "Pictures", "All pictures of the cluster", SHOWN),
    ("query", "f", "query", "Find like this", "Search with the highlighted picture", SHOWN),
    ("left", "left,h", "move('left')", "Left", "To the picture on the left"),
    ("right", "right,l", "move('right')", "Right", "To the picture on the right"),
    ("down", "down,j", "move('down')", "Next cluster", "To the cluster below"),
    ("up", "up,k", "move('up')", "Cluster before", "To the cluster above"),
    ("page_down", "pagedown,ctrl+d,space", "move('page_down')", "Clusters down", "One screenful of clusters down"),
    ("page_up", "pageup,ctrl+u", "move('page_up')", "Clusters up", "One screenful of clusters up"),
    ("first", "home,g", "move('first')", "First cluster", "To the largest cluster"),
    ("last", "end,G", "move('last')", "Last cluster", "To the last cluster, or what is in none"),
    ("open", "o", "open", "Open", "Open the picture in a viewer"),
    ("copy", "y", "copy_path", "Copy path", "Copy the picture's path to the clipboard"),
)

CLUSTER = [*RESULTS[:8], *(binding for binding in RESULTS if binding.action in ("next_query", "open", "copy_path"))]
"""What the pictures of a cluster have of the keys of results."""

RANKED = [*CLUSTER, *(binding for binding in RESULTS if binding.action == "explain")]
"""What rankings side by side have of them."""

EXPLAIN = _group(
    "explain",
    ("next", "right,l,n", "step(1)", "Next method", "What the next method shows"),
    ("previous", "left,h,N", "step(-1)", "Method before", "What the method before shows"),
    ("flicker", "space,f", "flicker", "Flicker", "Show the query in all the room; again: the hit; and so on", SHOWN),
    (
        "difference",
        "d",
        "difference",
        "Difference",
        "Show where the pixels differ, one stretched over the other",
        SHOWN,
    ),
    ("down", "down,j", "scroll_text(1)", "Down", "Scroll the text down"),
    ("up", "up,k", "scroll_text(-1)", "Up", "Scroll the text up"),
)

QUIT = _group(
    "quit",
    ("agree", "y,q,ctrl+c", "quit", "Quit", "Leave; what runs is stopped", SHOWN),
    ("refuse", "n,escape", "close", "Back", "Stay, and let the job run", SHOWN),
)

METHODS = _group(
    "methods",
    ("apply", "enter", "apply", "Search", "Use the marked methods", _SHOWN_FIRST),
    ("toggle", "space", "mark", "Mark", "Mark or unmark the method; several are fused", SHOWN),
)

HISTORY = _group(
    "history",
    ("close", "escape", "close", "Back", "Close without asking anything", SHOWN),
    ("down", "down,ctrl+n", "move(1)", "Down", "To the next query"),
    ("up", "up", "move(-1)", "Up", "To the query before"),
    ("forget", "ctrl+x", "forget", "Forget", "Forget the query, or its name", _SHOWN_FIRST),
)

BROWSE = _group(
    "browse",
    ("parent", "left,h,backspace", "parent", "Up", "To the folder above", SHOWN),
    ("enter", "right,l", "open_node", "Open", "Open the folder, or take the picture", SHOWN),
    ("hidden", "full_stop", "toggle_hidden", "Hidden", "Show or hide hidden files", SHOWN),
)

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
    "Check of labelled pictures": CHECK,
    "Pictures of a finding": FINDING,
    "Pictures of an evaluation": PICTURES,
    "Answer to a query": ANSWER,
    "Duplicates": DUPLICATES,
    "Groups of duplicates": TWINS,
    "Two pictures": TWO,
    "Clusters": CLUSTERS,
    "Rows of clusters": CLUSTER_ROWS,
    "Judgements": JUDGEMENTS,
    "Jobs": JOBS,
    "Collections": COLLECTIONS,
    "Settings": SETTINGS,
    "Why two pictures match": EXPLAIN,
    "Part of a query picture": PART,
    "Rankings side by side": COLUMNS,
    "Training": TRAINING,
    "Training runs": RUNS,
    "Models": MODELS,
    "Plugins": PLUGINS,
    "Forms of options": OPTIONS,
    "Forms": FORM,
    "Fields of forms": CHOICE,
    "Methods in forms": NAMES,
    "Leaving while a job runs": QUIT,
    "Choosing methods": METHODS,
    "Browsing for a picture": BROWSE,
    "Queries asked before": HISTORY,
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
    near = nearest(name, known)
    also = f"; did you mean '{near}'?" if near else "; the help lists the names."
    return f"There is no key binding '{name}' as [keys] says{also}"
