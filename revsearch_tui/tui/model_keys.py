"""The keys of pages about models and plugins: what is trained, what there is, and forms of options."""

from __future__ import annotations

from revsearch_tui.tui.binding_rows import SHOWN, group

TRAINING = group(
    "training",
    ("new", "n", "train", "Train", "Train a model on labelled pictures, in the background", SHOWN),
    ("go_on", "r", "go_on", "Go on", "Go on with the training run where it stopped", SHOWN),
    ("delete", "D,delete", "delete", "Delete", "Delete the run; the model it made stays; asks first"),
    ("detail", "d", "toggle_detail", "Details", "Show or hide settings and figures of the run", SHOWN),
    ("save", "s", "save_plot", "Save", "Write the curves to a PNG, SVG or PDF file", SHOWN),
    ("detail_down", "J,shift+down", "scroll_detail(1)", "Details down", "Scroll the details down"),
    ("detail_up", "K,shift+up", "scroll_detail(-1)", "Details up", "Scroll the details up"),
)

RUNS = group(
    "runs",
    ("mark", "space,enter", "mark", "Mark", "Mark or unmark the run; several are drawn together", SHOWN),
    ("unmark", "u", "unmark", "Unmark all", "Unmark every run", SHOWN),
    ("down", "down,j", "cursor_down", "Next run", "To the run below"),
    ("up", "up,k", "cursor_up", "Run before", "To the run above"),
    ("page_down", "pagedown,ctrl+d", "page_down", "Runs down", "One screenful of runs down"),
    ("page_up", "pageup,ctrl+u", "page_up", "Runs up", "One screenful of runs up"),
    ("first", "home,g", "first", "Newest run", "To the run started last"),
    ("last", "end,G", "last", "Oldest run", "To the run started first"),
)

MODELS = group(
    "models",
    ("new", "n", "train", "Train", "Train a model on labelled pictures, in the background", SHOWN),
    ("add", "a", "add", "Add", "Add a model file, such as ONNX, after trying it in the background", SHOWN),
    ("get", "d", "pull", "Download", "Download a published model, or go on where that broke off", SHOWN),
    ("fit", "f", "fit", "Fit", "Fit a method, such as sift, to pictures of a collection", SHOWN),
    ("remove", "D,delete", "remove", "Remove", "Remove the model; asks first", SHOWN),
    ("card_down", "J,shift+down", "scroll_detail(1)", "Card down", "Scroll what is told of the model down"),
    ("card_up", "K,shift+up", "scroll_detail(-1)", "Card up", "Scroll what is told of the model up"),
)

PLUGINS = group(
    "plugins",
    ("options", "enter,o", "options", "Options", "Set options of the method, kept in the configuration", SHOWN),
    ("switch", "e", "switch", "On/off", "Disable or enable what the cursor is on, kept in the configuration", SHOWN),
    ("card_down", "J,shift+down", "scroll_detail(1)", "Card down", "Scroll what is told of the plugin down"),
    ("card_up", "K,shift+up", "scroll_detail(-1)", "Card up", "Scroll what is told of the plugin up"),
)

OPTIONS = group(
    "options",
    ("down", "down,ctrl+n", "move(1)", "Down", "To the next line of the form"),
    ("up", "up", "move(-1)", "Up", "To the line before"),
)
