"""Run an evaluation from what was asked to the record that is kept."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revsearch_tui.api import Control, UsageError
from revsearch_tui.core.evaluation.codec import figures_sha256
from revsearch_tui.core.evaluation.embedder import Embedder, borrow_all, embed_all, open_embedders
from revsearch_tui.core.evaluation.measuring import answers_of, compare_all, measure_all, outcome_of
from revsearch_tui.core.evaluation.near_duplicates import find_wrong, near_duplicates, open_hashes, tell_findings
from revsearch_tui.core.evaluation.pictures import Pictures, default_name, open_pictures
from revsearch_tui.core.evaluation.protocols import asked_of, class_names, knows_some
from revsearch_tui.core.evaluation.record import Answers, Protocol, Record
from revsearch_tui.core.evaluation.records import keep_record, versions_of
from revsearch_tui.core.evaluation.request import EvalRequest, configuration_of
from revsearch_tui.core.evaluation.room import trim_cache
from revsearch_tui.core.methods.resolving import MethodChoice
from revsearch_tui.core.search.fusion import fusions_of
from revsearch_tui.core.search.fusion_rules import opened_rules

if TYPE_CHECKING:
    from revsearch_tui.core.workspace import Workspace

_EXAMPLES = 5


def run_evaluation(workspace: Workspace, request: EvalRequest, control: Control) -> Record:
    """Measure methods on labelled pictures, and keep the record in the folder of evaluations, as `keep_record` does.

    Raises `UsageError` (data or a request that cannot be measured), `MethodUnavailableError`, `StorageError` and
    `Cancelled`; no record is kept then, only what was embedded.
    """
    record, answers = measure(workspace, request, control)
    control.check()
    return keep_record(workspace.folders, record, answers)


def measure(workspace: Workspace, request: EvalRequest, control: Control) -> tuple[Record, Answers]:
    """The same without keeping it. The same request gives the same figures, and so the same `figures_sha256`."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    request = replace(request, data=_absolute(request.data), gallery=_absolute(request.gallery))
    choices = workspace.choose(request.methods, model=request.model or None, options=request.options)
    fusions = fusions_of(request.fuse, [choice.label for choice in choices])
    with contextlib.ExitStack() as stack:
        rules = stack.enter_context(opened_rules(workspace, fusions.values(), control))
        pictures = stack.enter_context(open_pictures(workspace, request, control))
        root, keep = workspace.folders.embeddings, request.cache
        embedders = stack.enter_context(open_embedders(choices, root, keep=keep, control=control))
        if keep:
            stack.callback(trim_cache, workspace)  # before the caches are left, so that they count as used
        protocols = protocols_of(request, embedders, set(pictures.classes))
        hashes, findings = None, []
        if set(protocols) - {"classify", "copies"}:
            hashes = stack.enter_context(
                open_hashes(workspace, embedders, root, pictures.notes, keep=keep, control=control)
            )
        wanted = pictures.queries if set(protocols) == {"classify"} else pictures.items()
        if keep:
            borrow_all(wanted, [*embedders, *([hashes] if hashes else [])], workspace.collections(), control)
            borrowed = {each.choice.label: each.cache.borrowed for each in embedders if each.cache.borrowed}
            pictures.described.update({"from_collections": borrowed} if borrowed else {})
        pictures = _readable(pictures, embed_all(pictures, wanted, embedders, hashes, control))
        pictures.notes.extend(training_notes(choices, pictures))
        exclude = pictures.same_bytes()
        if hashes is not None:
            near = near_duplicates(hashes, pictures.queries, pictures.gallery, exclude, control)
            exclude = _without_leaks(pictures, near, exclude, drop=request.drop_leaks)
            findings = tell_findings(pictures, *find_wrong(pictures, near, hashes.choice.label, embedders, control))
        classes = class_names(embedders, pictures.classes, protocols)
        asked = asked_of(classes, pictures, exclude)
        measured = measure_all(
            workspace, request, pictures, embedders, fusions, rules, protocols, asked, exclude, control
        )
        if not measured:
            raise UsageError("no query has a picture of its class in the gallery, so there is nothing to measure")
        outcomes = []
        for number, each in enumerate(measured):
            control.check()
            control.progress(number, len(measured), "intervals")
            outcomes.append(outcome_of(each, asked, request.seed))
        record = Record(
            id="",
            kind="eval",
            name=request.name or default_name(request),
            started=started,
            seconds=round(time.monotonic() - clock, 3),
            configuration={**configuration_of(request), "choices": [_described(choice) for choice in choices]},
            data={**pictures.described, "queries": len(pictures.queries), "gallery": len(pictures.gallery)},
            versions=versions_of(choices),
            classes=classes,
            queries=len(pictures.queries),
            gallery=len(pictures.gallery),
            outcomes=outcomes,
            comparisons=compare_all(measured, request.seed),
            notes=pictures.notes,
            findings=findings,
        )
        answers = answers_of(measured, pictures, asked, request.depth)
    return replace(record, figures_sha256=figures_sha256(record)), answers


def _readable(pictures: Pictures, failed: Mapping[bytes, str]) -> Pictures:
    """What every method has embedded, with notes about the rest. Raises `UsageError` where that is nothing."""
    for reason, number in Counter(failed.values()).most_common(_EXAMPLES):
        pictures.notes.append(f"left out for all methods: {number:,} pictures ({reason})")
    kept = pictures.without(failed.keys())
    if not kept.queries or not kept.gallery:
        raise UsageError("no queries or no gallery are left, for their pictures cannot be read")
    return kept


def _without_leaks(
    pictures: Pictures, found: Sequence[Mapping[int, int]], exclude: Sequence[list[int]], *, drop: bool
) -> list[list[int]]:
    """The positions to exclude for each query, near-duplicates among them where those are dropped; they are noted."""
    pairs = [(query, place) for query, places in enumerate(found) for place in places]
    names = [
        [str(pictures.queries[query].sample.path), str(pictures.gallery[place].sample.path)]
        for query, place in pairs[:_EXAMPLES]
    ]
    queries, held_twice = sum(map(bool, found)), len({place for _, place in pairs})
    pictures.described["leaks"] = {
        "queries": queries,
        "pictures": held_twice,
        "pairs": len(pairs),
        "dropped": drop,
        "examples": names,
    }
    if pairs:
        told = (
            f"{queries:,} queries have near-duplicates in the gallery ({held_twice:,} pictures), such as {names[0][0]} "
        )
        told += f"and {names[0][1]}: "
        told += "they were left out" if drop else "figures may be too good; --drop-leaks leaves them out"
        pictures.notes.append(told)
    return [[*gone, *more] for gone, more in zip(exclude, found, strict=True)] if drop else list(exclude)


def _described(choice: MethodChoice) -> dict[str, Any]:
    return {
        "label": choice.label,
        "key": choice.key,
        "version": choice.info.version,
        "options": choice.all_options(),
        "model": choice.model.name if choice.model else "",
        "model_sha256": choice.model.sha256 if choice.model else "",
    }


def _absolute(spec: str) -> str:
    """The same data named so that it is found from any folder."""
    path = Path(spec).expanduser()
    kind, colon, place = spec.partition(":")
    if not spec or path.exists() or not colon:
        return str(path.absolute()) if spec else ""
    return f"{kind}:{Path(place).expanduser().absolute()}"


def protocols_of(request: EvalRequest, embedders: Sequence[Embedder], labels: set[str]) -> list[Protocol]:
    """Those asked for, or those that make sense. Raises `UsageError` where `classify` is asked of no classifier."""
    classifiers = [each for each in embedders if each.choice.info.shape == "classifier"]
    if request.protocols:
        if "classify" in request.protocols and not classifiers:
            raise UsageError("the protocol classify needs a classifier among the methods, such as cnn-softmax")
        return list(dict.fromkeys(request.protocols))
    able = any(knows_some(each, labels) for each in classifiers)
    return ["classify", "neighbour", "retrieve"] if able else ["neighbour", "retrieve"]


def training_notes(choices: Sequence[MethodChoice], pictures: Pictures) -> list[str]:
    """A note for each model that was trained on other parts of what seems to be the same data."""
    labels = set(pictures.classes)
    same_split = {"split": str(pictures.described["sha256"])}.get(str(pictures.described["parts"]), "")
    found: dict[str, str] = {}
    for choice in choices:
        manifest: Mapping[str, Any] = choice.model.manifest if choice.model is not None else {}
        training = manifest.get("training")
        trained = training.get("data") if isinstance(training, Mapping) else None
        if not isinstance(trained, Mapping):
            continue  # it says what it likes of weights from elsewhere
        names = {str(name) for name in manifest.get("settings", {}).get("classes", ())}
        if trained.get("sha256") and trained["sha256"] != same_split and 2 * len(names & labels) > len(labels):
            assert choice.model is not None
            found[choice.model.name] = (
                f"the model '{choice.model.name}' was trained on pictures of these classes, divided otherwise: "
                "queries may be among them, and its figures too good"
            )
    return list(found.values())
