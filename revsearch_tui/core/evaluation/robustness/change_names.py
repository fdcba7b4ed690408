"""What a change of a picture is called."""

from __future__ import annotations

WITHOUT_STRENGTH = frozenset({"mirror", "flip", "grey"})
"""Changes that are made or not; their strength is 1."""


def change_label(name: str, strength: float) -> str:
    """`crop 20`; the bare name where there is no strength."""
    return name if name in WITHOUT_STRENGTH else f"{name} {strength:g}"
