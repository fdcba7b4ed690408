"""What a search answers, as JSON values: the same for every program that reads them."""

from __future__ import annotations

from typing import Any

from revsearch_tui.core.search.results import Hit, SearchResult


def result_values(result: SearchResult) -> dict[str, Any]:
    """The answer to one query: what `search --format json` gives."""
    return {
        "query": result.query,
        "method": result.method,
        "gallery": result.gallery,
        "seconds": round(result.seconds, 4),
        "query_classes": [
            {"method": told.method, "class": told.label, "confidence": _rounded(told.confidence)}
            for told in result.query_classes
        ],
        "taken_for": list(result.taken_for),
        "hits": [_without_query(hit_row(result, hit)) for hit in result.hits],
    }


def hit_row(result: SearchResult, hit: Hit) -> dict[str, Any]:
    """A hit, with the query it is an answer to."""
    row: dict[str, Any] = {
        "query": result.query,
        "method": hit.method,
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "raw": round(hit.raw, 6),
        "unit": hit.unit,
        "verified": hit.verified,
        "tier": hit.tier,
        "class": hit.label or None,
        "confidence": _rounded(hit.confidence),
        "why": list(hit.why),
        "search": "exact" if hit.exact else "approximate",
        "path": str(hit.path),
        "copies": [str(path) for path in hit.copies],
        "links": [str(path) for path in hit.links],
        "missing": [str(path) for path in hit.missing],
        "image_id": hit.image_id,
        "width": hit.width,
        "height": hit.height,
        "orientation": hit.orientation,
    }
    if hit.fused:
        row["methods"] = {part.method: {"rank": part.rank, "score": round(part.score, 6)} for part in hit.fused}
    return row


def _without_query(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "query"}


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)
