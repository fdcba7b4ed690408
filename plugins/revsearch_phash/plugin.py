"""The description of the `phash` method. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import MethodInfo, OptionSpec, hookimpl


@hookimpl
def revsearch_methods() -> list[MethodInfo]:
    """The perceptual hashes, one method with the kind of hash as an option."""
    return [
        MethodInfo(
            name="phash",
            title="Perceptual hash",
            summary="Finds copies of the same picture: resized, recompressed, slightly retouched. Very fast.",
            shape="vector",
            metric="hamming",
            dim=0,
            factory="revsearch_phash.method:PerceptualHash",
            version=2,
            options=(
                OptionSpec(
                    "hash",
                    "phash",
                    "phash and pdq compare frequencies, dhash gradients, ahash brightness, whash wavelets",
                    choices=("phash", "dhash", "ahash", "whash", "pdq"),
                ),
                OptionSpec(
                    "size",
                    16,
                    "rows and columns of the hash, which has size x size bits; whash takes 8, 16 or 32, pdq 16",
                    minimum=8,
                    maximum=32,
                ),
            ),
            requires=("imagehash",),
            capabilities=frozenset({"explain", "plain-rows", "turned-rows"}),
        )
    ]
