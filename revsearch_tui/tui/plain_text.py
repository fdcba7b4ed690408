"""The screen in words, for those who have it read to them: nothing is drawn with characters, and what a hit is stands
in one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from revsearch_tui.tui.text import class_text, clip, count, raw_text, shown, shown_path

if TYPE_CHECKING:
    from textual.color import Color

    from revsearch_tui.core.search.results import Hit

_FRAMES_AND_BLOCKS = range(0x2500, 0x25A0)
_SIGNS = dict(zip("›…·×─│✓✗○≈≠−", ">.,x  +x-~!-", strict=True))
"""Read aloud these are noise, or nothing. Each takes as many cells as what stands for it."""
_PLAIN = {**dict.fromkeys(_FRAMES_AND_BLOCKS, " "), **{ord(sign): plain for sign, plain in _SIGNS.items()}}


class PlainText(LineFilter):
    """Leaves characters that draw out of what is written, whoever writes it."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same lines, as wide as before."""
        return [
            segment if segment.control else Segment(segment.text.translate(_PLAIN), segment.style)
            for segment in segments
        ]


def hit_sentence(hit: Hit, folder: str, sign: str, marked: bool) -> str:
    """What there is to know of a hit, the most important first."""
    told = [shown(hit.path.name)]
    told += [f"in {shown(folder)}"] if folder else []
    told += ["marked"] if marked else []
    told += ["liked"] if sign == "+" else ["not liked"] if sign else []
    told += ["file missing"] if hit.path in hit.missing else []
    told += [hit.tier] if hit.tier else []
    told += [hit.lacks] if hit.lacks else []
    told.append(f"score {hit.score:.2f}")
    told += ["judged a match"] if hit.is_judged_match else []
    if hit.verified is not None:
        told.append("geometry agrees" if hit.verified else "geometry not verified")
    told += [] if hit.exact else ["approximate"]
    told += [class_text(hit.label, hit.confidence)] if hit.label else []
    ranks = [f"{shown(part.method)} rank {part.rank}" for part in hit.fused]
    told += ranks or [f"{shown(hit.method)} {raw_text(hit.raw, hit.unit)}"]
    told.append(f"{hit.width} by {hit.height} pixels")
    told += [count(len(hit.paths), "file")] if len(hit.paths) > 1 else []
    told += [] if folder else [f"in {shown_path(hit.path.parent)}"]
    return f"{hit.rank}. {', '.join(told)}"


def hit_line(sentence: str, width: int, highlighted: bool) -> str:
    """The sentence in exactly so many cells, behind a sign where it is highlighted."""
    from rich.cells import cell_len

    line = clip(f"{'> ' if highlighted else '  '}{sentence}", width)
    return line + " " * (width - cell_len(line))
