"""Sentences of a bearable length, whatever they repeat of what was typed or pasted."""

from __future__ import annotations


def shortened(text: str, most: int = 1_000) -> str:
    """The text; of one with more than `most` characters the beginning and the end, and how long it is."""
    if len(text) <= most:
        return text
    head = most * 2 // 3
    return f"{text[:head]} … ({len(text):,} characters in all) … {text[head - most :]}"
