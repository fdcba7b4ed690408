"""Groups of pictures that are the same, as rows and as JSON values: the same for every program that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from revsearch_tui.core.groups.group import Group, Member

if TYPE_CHECKING:
    from revsearch_tui.core.groups.file_facts import FileFacts

GROUP_COLUMNS = (
    *("group", "file", "tier", "method", "score", "raw", "unit", "change", "overlap_keep", "overlap", "through"),
    *("spared", "shown_by", "why", "width", "height", "format", "bytes", "exif", "links", "image_id", "path"),
)


def group_values(group: Group, number: int) -> dict[str, Any]:
    """One group: what `dupes --format json` gives."""
    kept, members = group_rows(group, number)
    return {"tier": group.tier, "freed": group.freed, "keep": kept, "others": members}


def group_rows(group: Group, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of the file that is kept, and those of the others."""
    return _kept_row(group, number), [_member_row(group, member, number) for member in group.others]


def _kept_row(group: Group, number: int) -> dict[str, Any]:
    blank = dict.fromkeys(GROUP_COLUMNS)
    return {**blank, **_facts(group.keep), "group": number, "file": "keep", "tier": group.tier, "why": group.why}


def _member_row(group: Group, member: Member, number: int) -> dict[str, Any]:
    stays = group.stays_for(member)
    evidence = stays.evidence
    overlap = evidence.overlap or (None, None)
    return {
        "group": number,
        "file": "spared" if member.spared else "go",
        "tier": evidence.tier,
        "method": evidence.method,
        "score": round(evidence.score, 6),
        "raw": round(evidence.raw, 6),
        "unit": evidence.unit,
        "change": evidence.change,
        "overlap_keep": None if overlap[0] is None else round(overlap[0], 4),
        "overlap": None if overlap[1] is None else round(overlap[1], 4),
        "through": None if evidence.through is None else str(evidence.through),
        "spared": member.spared,
        "shown_by": None if member.spared else str(stays.file.path),
        "why": member.why,
        **_facts(member.file),
    }


def _facts(file: FileFacts) -> dict[str, Any]:
    return {
        "width": file.width,
        "height": file.height,
        "size": f"{file.width}x{file.height}",
        "format": file.format,
        "bytes": file.bytes,
        "exif": file.has_exif,
        "links": [str(path) for path in file.links],
        "image_id": file.image_id.hex(),
        "path": str(file.path),
    }
