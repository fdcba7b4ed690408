"""The 1,000 classes of ImageNet-1k (ILSVRC 2012), in the order in which networks trained on it number them.

The names are torchvision's (0.28, `torchvision.models._meta`, BSD-3-Clause): the first synonym of each, told apart
where two classes share it.
"""

from __future__ import annotations

from pathlib import Path

_FILE = Path(__file__).with_name("imagenet_classes.txt")


def imagenet_classes() -> tuple[str, ...]:
    """1,000 different names."""
    return tuple(_FILE.read_text(encoding="utf-8").splitlines())
