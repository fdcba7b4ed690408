"""What methods and fusions are called in a run."""

from __future__ import annotations

ANY = "@any"
"""Ends the label of a method that tries the query in all eight orientations."""


VERIFIED = "@verified"
"""Ends the label of a fusion that puts pictures which passed geometric verification before all others."""


def method_label(label: str, any_orientation: bool) -> str:
    """`phash`, or `phash@any`."""
    return label + ANY if any_orientation else label


def fusion_label(name: str, any_orientation: bool, verified_first: bool) -> str:
    """`sift+onnx:mobilenet`, `sift*0.1+onnx:mobilenet@verified@any`."""
    return method_label(name + (VERIFIED if verified_first else ""), any_orientation)
