"""What says that two pictures are the same: a near hash that pixels do not contradict, or what a local method verified;
and what users said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from revsearch_tui.api import Control
from revsearch_tui.core.groups.group import Evidence, GroupTier
from revsearch_tui.core.groups.look_for import LookFor
from revsearch_tui.core.groups.proposing import Proposal
from revsearch_tui.core.groups.turned_hashes import AS_IT_IS, CHANGES
from revsearch_tui.core.groups.verifying import MIDDLE, Verified, Verifier, is_one_frame
from revsearch_tui.core.pixels.pixel_agreement import agreement, stretched
from revsearch_tui.core.search.scores import score_of

if TYPE_CHECKING:
    from revsearch_tui.core.groups.sides import Side

SAME_FILE = Evidence("same file", "bytes", 1.0, 0.0, "bytes differ")
BATCH = 16
_UNDOUBTED_BITS = 12 / 256
"""Of a hash, where half of the places must agree and no more. Slides of one template differ in 22 of 256, forms in
24."""


class PairEvidence:
    """Of pictures of one side, or of two, by their numbers there."""

    def __init__(self, first: Side, second: Side, look_for: LookFor, control: Control) -> None:
        self._first, self._second, self._look_for, self._control = first, second, look_for, control
        self._refused = first.judgements.all_refused()
        for image_id, refused in second.judgements.all_refused().items():
            self._refused[image_id] = self._refused.get(image_id, set()) | refused
        self._labels = list(first.opened)
        self.verifiers = [
            Verifier(label, first, second)
            for label, opened in first.opened.items()
            if opened.choice.info.shape == "local"
        ]

    @property
    def compared(self) -> int:
        """Pairs that were verified."""
        return sum(verifier.compared for verifier in self.verifiers)

    def is_refused(self, number: int, other: int, same: Iterable[int]) -> bool:
        """Whether users judged `other` to be no match of a picture, or of one that is in its group already."""
        mine, theirs = self._first.image_ids, self._second.image_ids
        refused = self._refused.get(theirs[other], ())
        return bool(refused) and (mine[number] in refused or any(theirs[each] in refused for each in same))

    def is_sure(self, number: int, proposal: Proposal) -> bool:
        """Whether a hash is near and the pixels confirm it: forms that are filled in otherwise, and slides of one
        template, differ in no more bits than bad copies do; a blank form and one filled in by pencil in 8 of 256."""
        journal = self._first.opened[self._labels[proposal.method]].exact.journal
        if journal.metric != "hamming":
            return True
        near = proposal.distance <= _UNDOUBTED_BITS * journal.dim
        if not self.verifiers or self._look_for.radius is not None or proposal.turn != AS_IT_IS:
            return True
        ours, theirs = self._first.tones(number), self._second.tones(proposal.other)
        if ours is None or theirs is None:
            return True
        pixels = agreement(ours, theirs, stretched(ours.shape, theirs.shape))
        return pixels.telling == 0 or (near and pixels.middle >= MIDDLE) or is_one_frame(pixels)

    def sure(self, proposal: Proposal) -> Evidence:
        """Of a pair whose hashes, or embeddings, are near enough."""
        opened = self._first.opened[self._labels[proposal.method]]
        journal = opened.exact.journal
        score, raw, unit = score_of(opened.choice.info, journal.metric, journal.dim, proposal.distance)
        return Evidence("copy", opened.choice.label, score, raw, unit, CHANGES[proposal.turn])

    def verified(self, number: int, others: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
        """Of the others those that a local method verified. Raises `MethodUnavailableError`, `Cancelled`."""
        waiting = list(others)
        for verifier in self.verifiers:
            left = []
            for start in range(0, len(waiting), BATCH):
                self._control.check()
                part = waiting[start : start + BATCH]
                for other, verified in zip(part, verifier.verify(number, part), strict=True):
                    if verified is not None:
                        yield other, _evidence(verifier.label, verified)
                    else:
                        left.append(other)
            waiting = left

    def way(self, number: int, other: int) -> Verified | None:
        """How one lies upon the other by what a local method verified; None where none did."""
        for verifier in self.verifiers:
            if (verified := verifier.verify(number, [other])[0]) is not None:
                return verified
        return None


def _evidence(label: str, verified: Verified) -> Evidence:
    tier: GroupTier = "copy" if verified.is_copy else "same thing"
    return Evidence(tier, label, verified.share, float(verified.inliers), "inliers", verified.change, verified.overlap)
