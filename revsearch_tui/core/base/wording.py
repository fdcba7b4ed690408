"""What messages say of words that were typed: the nearest known one, and long ones shortened."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None where none is near."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def instead(word: str, known: Iterable[str]) -> str:
    """What to tell of a word that is none of the known ones: the nearest one, or else all there are."""
    names = list(known)
    hint = nearest(word, names)
    return f"did you mean '{hint}'?" if hint else f"there are: {', '.join(names) or 'none'}"


def shortened(text: str, most: int = 1_000) -> str:
    """The text; of one with more than `most` characters the beginning and the end, and how long it is."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head]} … ({len(text):,} characters in all) … {text[head - most :]}"
