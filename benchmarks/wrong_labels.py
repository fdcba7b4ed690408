"""How many wrong labels are doubted, and how many right ones: labels changed by chance, in folders of classes.

Usage: python -m benchmarks.wrong_labels FOLDER_OF_CLASS_FOLDERS [METHOD]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.retrieval import indexed
from revsearch_tui.api import NullControl
from revsearch_tui.core.groups.suspicious import doubted_labels
from revsearch_tui.core.search.start_search import search_request
from revsearch_tui.core.workspace import Workspace

_SHARES, _ROUNDS = (0.0, 0.02, 0.05, 0.1, 0.2), 5


def main(arguments: list[str]) -> None:
    """Measure in a home of its own, and print."""
    folder, method = Path(arguments[0]).resolve(), (arguments[1:] or ["efficientnet"])[0]
    with tempfile.TemporaryDirectory() as home:
        os.environ["REVSEARCH_HOME"] = home
        workspace = Workspace()
        engine = indexed(workspace, "labels", folder, [method])
        request = search_request(workspace, workspace.choose([method]))
        ((opened,), _) = engine.opened_for(request.methods, request)
        images = list(engine.catalog.images(sorted(engine.catalog.image_ids())).values())
        rows, _ = opened.exact.stored([image.image_id for image in images])
        engine.close()
    right = np.array([image.paths[0].parent.name for image in images])
    names = np.unique(right)
    for share in _SHARES:
        changed = doubted = both = 0
        for seed in range(_ROUNDS):
            chance = np.random.default_rng(seed)
            labels = right.copy()
            for place in chance.permutation(len(labels))[: round(share * len(labels))]:
                labels[place] = chance.choice(names[names != right[place]])
            found = [doubt.place for doubt in doubted_labels(rows, labels.tolist(), NullControl())]
            changed += int((labels != right).sum())
            doubted += len(found)
            both += int((labels != right)[found].sum())
        told = f"{both / changed:.3f} of them doubted, " if changed else ""
        print(f"{share:.0%} of {len(right):,} labels wrong: {told}{both} of the {doubted} doubted are wrong")


if __name__ == "__main__":
    main(sys.argv[1:])
