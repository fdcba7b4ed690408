"""The Accuracy screen: records of evaluations, and pages that look into one."""

from revsearch_tui.tui.screens.accuracy.records import AccuracyScreen

__all__ = ["AccuracyScreen"]
