"""A trained network that looks at every picture twice: as it is, and mirrored left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

    from revsearch_export.networks.contract import Network


class BothSides(nn.Module):
    """A picture and its mirror image get the same features: the mean over both, at twice the cost of the network
    given. Not for training, which sees mirror images as pictures of their own."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.one_side = cast("nn.Module", network)
        self.dim = network.dim

    @property
    def classifier(self) -> nn.Module:
        """That of the network given."""
        return cast("Network", self.one_side).classifier

    def features(self, pictures: Tensor) -> Tensor:
        """(n, dim)."""
        network = cast("Network", self.one_side)
        return (network.features(pictures) + network.features(pictures.flip(3))) / 2

    def convolutions_with_norms(self) -> list[tuple[nn.Module, str, str]]:
        """Those of the network given, where it tells any."""
        pairs = getattr(self.one_side, "convolutions_with_norms", None)
        return pairs() if pairs else []
