"""Groups and their files in words: for headings, cards, the lines below, and the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from revsearch_tui.core.groups.review import bytes_freed
from revsearch_tui.tui.text import clip, count, raw_text, shown, shown_path, size_text

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts
    from revsearch_tui.core.groups.review import Review, ReviewedGroup

_MOST_PLANNED = 100

SIGNS = {
    "keep": ("✓ kept", "good"),
    "go": ("✗ goes", "doubt"),
    "spared": ("– left", "faint"),
    "": ("", "faint"),
}
"""What becomes of a file -> its sign with a word, and a component class without its prefix."""


def fate(group: ReviewedGroup, number: int) -> str:
    """What becomes of a file, as `SIGNS` has it."""
    if number == group.kept:
        return "keep"
    if number in group.marked:
        return "go"
    return "spared" if group.left_alone(number) else ""


def heading_text(group: ReviewedGroup, number: int) -> str:
    """Which group, how many of its files may go and are left alone, and why that file of it is kept."""
    told = count(len(group.entries), "file")
    if may_go := group.may_go:
        told += f", {may_go:,} may go"
    if left := len(group.entries) - 1 - may_go:
        told += f", {left:,} left"
    return f"{number + 1:,} · {group.tier} · {told} · kept: {shown(group.keep_why())}"


def going_text(files: int, freed: int) -> str:
    """How many files go, and what that frees."""
    return f"{files:,} go, {size_text(freed)}" if files else "nothing goes"


def measured_text(group: ReviewedGroup, number: int, width: int) -> str:
    """Why a file is in the group, in so many cells."""
    entry = group.entries[number]
    if number == group.kept:
        facts = facts_text(entry.file)
        return clip(facts if cell_len(facts) <= width else facts.partition(" ")[2], width)
    evidence, stays = group.evidence_of(number), group.stays_for(number)
    if entry.beside is not None and stays is not None:
        return clip(f"as {shown(group.entries[stays].file.path.name)}", width)
    if evidence is None or evidence.tier == "same file":
        return clip("the same bytes", width)
    method = f"{shown(evidence.method)} "
    return clip(method + raw_text(evidence.raw, evidence.unit, max(4, width - len(method))), width)


def facts_text(file: FileFacts) -> str:
    """`192×128 PNG 1.2 MB`."""
    return f"{file.width}×{file.height} {shown(file.format).upper()} {size_text(file.bytes)}"


def foot_content(group: ReviewedGroup, number: int, width: int) -> Content:
    """Two lines about one file: where and what it is; what becomes of it, and why."""
    entry = group.entries[number]
    facts = facts_text(entry.file)
    path = clip(shown_path(entry.file.path), max(10, width - len(facts) - 3), keep_end=True)
    if number == group.kept:
        told, style = f"kept: {group.keep_why()}", "$text-success"
    else:
        evidence = group.evidence_of(number)
        tier = f"{evidence.tier}: " if evidence is not None and evidence.tier != "same file" else ""
        told, style = f"{tier}{group.why(number)}", "$text"
        score = f", score {evidence.score:.2f}" if evidence is not None and evidence.tier != "same file" else ""
        alone = group.left_alone(number) if number not in group.marked else ""
        left = f"left alone: {alone}; " if alone else ""
        told = f"{left}{told}{score}"
    return Content.assemble(
        (path, "$text bold"), (f"  {facts}", "$foreground-muted"), "\n", (clip(shown(told), width), style)
    )


def staying_text(staying: int) -> str:
    """That so many files stay after all."""
    was = "was to go for it stays" if staying == 1 else "were to go for it stay"
    return f"{count(staying, 'file')} that {was} after all."


def total_text(review: Review) -> str:
    """What is marked of all groups."""
    return f"{count(len(review.groups), 'group')} · {going_text(review.files, review.bytes)}"


def plan_summary(chosen: Sequence[ReviewedGroup]) -> str:
    """How many files of how many groups go, and what that frees."""
    files, freed = sum(len(group.marked) for group in chosen), sum(group.freed for group in chosen)
    return f"{count(files, 'file')} of {count(len(chosen), 'group')}; {size_text(freed)} free once the trash is empty"


def plan_content(chosen: Sequence[ReviewedGroup]) -> Content:
    """What goes and what stays, group by group; of many the first."""
    parts: list[tuple[str, str] | str] = [(f"{plan_summary(chosen)}.", "bold"), "\n"]
    for group in chosen[:_MOST_PLANNED]:
        for stays, numbers in group.going().items():
            keep = group.entries[stays].file
            parts += ["\n", (f"✓ {'kept' if stays == group.kept else 'stays'} ", "$text-success bold")]
            parts += [shown_path(keep.path)]
            parts += [(f"  {facts_text(keep)}; {shown(group.stay_why(stays))}", "$foreground-muted"), "\n"]
            for number in numbers:
                file = group.entries[number].file
                links = "" if bytes_freed(file) else ", frees nothing: it has other names"
                parts += [("✗ goes ", "$text-warning bold"), shown_path(file.path)]
                parts += [(f"  {facts_text(file)}; {shown(group.why(number))}{links}", "$foreground-muted"), "\n"]
    if len(chosen) > _MOST_PLANNED:
        parts += ["\n", f"… and {count(len(chosen) - _MOST_PLANNED, 'more group')}."]
    return Content.assemble(*parts)
