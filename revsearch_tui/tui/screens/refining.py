"""The part of the first room that narrows a search, and leads it by hits that were judged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from revsearch_tui.api import UsageError
from revsearch_tui.core.storage.judgements import VERDICTS, Verdict
from revsearch_tui.tui.messages import JudgedPair, PairJudged
from revsearch_tui.tui.refinement import LIKED, UNLIKED, JudgedHit, Refinement
from revsearch_tui.tui.screens.indexing import IndexingScreen
from revsearch_tui.tui.session import SaidBefore, own_path
from revsearch_tui.tui.text import shown
from revsearch_tui.tui.widgets.frame import key_of
from revsearch_tui.tui.widgets.refined import RefinedLine

if TYPE_CHECKING:
    from revsearch_tui.core.search.results import Hit, SearchResult
    from revsearch_tui.tui.messages import SearchFailed
    from revsearch_tui.tui.widgets.results.view import ResultsView

_SAID: Mapping[Verdict, str] = {"match": "a match", "no match": "no match"}
_SIGNS = {"like": LIKED, "unlike": UNLIKED}


class RefiningScreen(IndexingScreen):
    """A screen with a `RefinedLine`."""

    _followed: tuple[str, int] | None = None
    """The image id of the hit to stay with while a search is refined, and its place."""

    @property
    @abstractmethod
    def results(self) -> ResultsView:
        """The hits."""

    @property
    def refinement(self) -> Refinement:
        """Of the query on the screen."""
        return self.session.current.refinement if self.session.current is not None else Refinement()

    def refine(self, refinement: Refinement) -> None:
        """Search so from now on, and remember how it was before; by another part, the best hit is highlighted."""
        asked, before = self.session.current, self.refinement
        if asked is not None and self.session.refine(refinement):
            asked.steps.append(before)
            if refinement.crop == before.crop:
                self.search_again()
            else:
                self.search()

    def search_again(self) -> None:
        """Search once more, and stay with the highlighted hit."""
        if self.session.current is None:
            return
        self.follow()
        self.search()

    def follow(self) -> None:
        """Keep the highlighted hit highlighted in the answer to come."""
        hit = self.results.hit
        self._followed = (hit.image_id if hit is not None else "", self.results.highlighted)

    @property
    def is_following(self) -> bool:
        """Whether the answer to come is one to what was refined."""
        return self._followed is not None

    def place_of_followed(self, result: SearchResult) -> int:
        """Which hit of an answer is to be highlighted."""
        (image_id, place), self._followed = self._followed or ("", 0), None
        return next((number for number, hit in enumerate(result.hits) if hit.image_id == image_id), place)

    def show_refinement(self) -> None:
        """Tell what the query on the screen is narrowed to and led by."""
        asked = self.session.current
        left_out = asked.result.left_out if asked is not None and asked.result is not None else 0
        self.query_one(RefinedLine).show(self.refinement, left_out, key_of(self, "search.clear"))

    def has_taken_back(self, message: SearchFailed) -> bool:
        """Whether the list stays as it was, as what it was to be refined by cannot be searched for."""
        asked = self.session.current
        if asked is None or not self.session.take_back_refinement():
            return False
        if asked.steps:
            asked.steps.pop()
        self._followed = None
        self.app.notify(shown(message.text), title=message.title, severity="warning", markup=False)
        return True

    def can_refine(self, action: str) -> bool:
        """Whether `narrow`, `clear`, `undo` or a page about the query does anything now."""
        asked = self.session.current
        if asked is None or action not in ("clear", "undo"):
            return asked is not None
        return bool(asked.steps if action == "undo" else asked.refinement.told())

    # Actions

    def action_narrow(self) -> None:
        from revsearch_tui.tui.screens.narrowing import NarrowForm

        form = NarrowForm(self.loader, self.refinement, self.workspace.config.number("search.k"))
        self.app.push_screen(form, lambda refinement: self.refine(refinement) if refinement else None)

    def action_clear(self) -> None:
        self.refine(Refinement())

    def judge_hit(self, hit: Hit, how: str) -> None:
        """`like`, `unlike`, or a verdict on the query and the hit."""
        try:
            if how in _SIGNS:
                self.refine(self.refinement.judged(JudgedHit(hit.image_id, own_path(hit)), _SIGNS[how]))
            else:
                verdict = next(each for each in VERDICTS if each == how)
                self.engine.judge(self._pair(hit), verdict)
        except UsageError as error:
            self.refuse(error)

    def refuse(self, error: UsageError) -> None:
        """Say in a sentence why something cannot be done."""
        text = shown(str(error))
        self.app.notify(f"{text[:1].upper()}{text[1:]}.", severity="warning", markup=False)

    def _pair(self, hit: Hit) -> JudgedPair:
        """The query picture and a hit. Raises `UsageError` where there is no such pair."""
        asked, facts = self.session.current, self.session.facts
        if asked is None or facts is None or not asked.image_id:
            raise UsageError("what matches is said of two pictures; search with one picture first")
        if asked.refinement.crop is not None:
            raise UsageError("what matches is said of whole pictures, and only a part is searched by")
        if asked.image_id == hit.image_id:
            raise UsageError("this is the query picture itself; there is nothing to judge")
        return JudgedPair(facts.name, asked.image_id, hit.image_id, (asked.source, str(hit.path)))

    def on_pair_judged(self, message: PairJudged) -> None:
        asked, pair = self.session.current, message.pair
        if asked is None or asked.image_id != pair.query:
            return  # it is written down; another query is on the screen by now
        if not message.is_undoing:
            asked.steps.append(SaidBefore(pair, message.before))
            name = shown(Path(pair.names[1]).name)
            said = f"judged {_SAID[message.now]}" if message.now else "judged no more"
            undo = key_of(self, "search.undo")
            self.app.notify(f"'{name}' is {said}{f'; {undo} undoes that' if undo else ''}.", markup=False)
        if message.now == "no match":
            self.results.leave_out(pair.other)  # at once, however long the search takes
        self.search_again()

    def is_told_above(self, note: str, result: SearchResult) -> bool:
        """Whether the line above the hits says what a note of their search does."""
        if not result.left_out or self.session.facts is None:
            return False
        from revsearch_tui.core.search.judged import left_out_note

        return note in left_out_note(result.left_out, self.session.facts.name)

    def action_undo(self) -> None:
        """Take back what was judged or narrowed last."""
        asked = self.session.current
        step = asked.steps.pop() if asked is not None and asked.steps else None
        if isinstance(step, SaidBefore):
            self.engine.judge(step.pair, step.verdict, is_undoing=True)
        elif step is not None and self.session.refine(step):
            self.search_again()
