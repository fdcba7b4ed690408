"""Plots as inline SVG, drawn from plain figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from revsearch_tui.core.evaluation.record import Estimate, Outcome, ReliabilityBin
from revsearch_tui.core.evaluation.report.figure_text import estimate_text, is_share

_LEFT, _WIDTH, _ROW = 180, 420, 26
_SIDE, _EDGE = 260, 36


def interval_bars(outcomes: Sequence[Outcome]) -> str:
    """A bar for each method's main figure, from 0 to 100 % where that is a share, with its interval."""
    figures = [(each.method, each.main, each.metrics[each.main]) for each in outcomes]
    top = max((figure.high for _, _, figure in figures), default=1.0) or 1.0
    full = 1.0 if all(is_share(main) for _, main, _ in figures) else top
    lines = [_bar(place, *figure, full) for place, figure in enumerate(figures)]
    return _svg(_LEFT + _WIDTH + 190, _ROW * len(figures) + 8, lines, "main figures with their intervals")


def _bar(place: int, method: str, metric: str, figure: Estimate, full: float) -> str:
    y, middle = place * _ROW + 6, place * _ROW + 6 + _ROW / 2 - 4
    value, low, high = (_LEFT + _WIDTH * min(1, part / full) for part in (figure.value, figure.low, figure.high))
    return (
        f'<text x="{_LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(method)}</text>'
        f'<rect class="bar" x="{_LEFT}" y="{y}" width="{value - _LEFT:.1f}" height="{_ROW - 8}"/>'
        f'<path class="interval" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8'
        f'M{high:.1f} {middle - 4}v8"/>'
        f'<text x="{_LEFT + _WIDTH + 8}" y="{middle + 4}">{escape(estimate_text(metric, figure))}</text>'
    )


def reliability_diagram(bins: Sequence[ReliabilityBin]) -> str:
    """Accuracy by confidence: bars on the diagonal are honest. Bars are as dark as they hold many queries."""
    most = max((each.queries for each in bins), default=1) or 1
    lines = []
    for each in bins:
        if each.queries:
            x, wide, high = _EDGE + _SIDE * each.low, _SIDE * (each.high - each.low), _SIDE * each.accuracy
            shade = 0.25 + 0.75 * each.queries / most
            told = f"{each.queries} queries, confidence {each.confidence:.2f}, accuracy {each.accuracy:.2f}"
            lines.append(
                f'<rect class="bar" x="{x:.1f}" y="{8 + _SIDE - high:.1f}" width="{wide - 1:.1f}" height="{high:.1f}" '
                f'opacity="{shade:.2f}"><title>{told}</title></rect>'
            )
    lines.append(f'<path class="interval" d="M{_EDGE} {8 + _SIDE}L{_EDGE + _SIDE} 8"/>')
    lines.append(f'<rect class="frame" x="{_EDGE}" y="8" width="{_SIDE}" height="{_SIDE}"/>')
    lines.append(f'<text x="{_EDGE + _SIDE / 2}" y="{_SIDE + 30}" text-anchor="middle">confidence</text>')
    middle = 8 + _SIDE / 2
    lines.append(f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">accuracy</text>')
    return _svg(_SIDE + _EDGE + 12, _SIDE + 40, lines, "accuracy by confidence")


def _svg(width: float, height: float, lines: Sequence[str], label: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
    return f'{head}height="{height:g}" role="img" aria-label="{escape(label)}">{"".join(lines)}</svg>'
