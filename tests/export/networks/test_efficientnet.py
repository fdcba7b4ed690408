"""EfficientNet-Lite0: names and shapes of its weights, sizes of its maps, sides of any length."""

from __future__ import annotations

import pytest
import torch
from revsearch_export.networks.efficientnet import STAGES, EfficientNetLite0, SameConv
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    """Drawn weights, in evaluation. No test changes it."""
    torch.manual_seed(0)
    return EfficientNetLite0(7).eval()


def test_the_state_has_the_published_names_and_shapes() -> None:
    with torch.device("meta"):
        state = EfficientNetLite0(1000).state_dict()
    assert len(state) == 296
    weights = sum(value.numel() for name, value in state.items() if name.endswith((".weight", ".bias")))
    assert weights == 4_652_008
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    block = {f"_blocks.0._{part}" for part in ("depthwise_conv.weight", "project_conv.weight")}
    block |= {f"_blocks.0._bn{number}.{name}" for number in (1, 2) for name in norm}
    assert {name for name in state if name.startswith("_blocks.0.")} == block
    around = {"_conv_stem.weight", "_conv_head.weight", "_fc.weight", "_fc.bias"}
    around |= {f"_bn{number}.{name}" for number in (0, 1) for name in norm}
    assert {name for name in state if not name.startswith("_blocks.")} == around
    assert {name.split(".")[1] for name in state if name.startswith("_blocks.")} == {str(n) for n in range(16)}
    assert state["_blocks.15._expand_conv.weight"].shape == (1152, 192, 1, 1)
    assert state["_blocks.14._depthwise_conv.weight"].shape == (1152, 1, 5, 5)
    assert state["_conv_head.weight"].shape == (1280, 320, 1, 1)


def test_one_table_tells_all_blocks() -> None:
    assert sum(stage.blocks for stage in STAGES) == 16
    assert [stage.channels for stage in STAGES] == [16, 24, 40, 80, 112, 192, 320]


@pytest.mark.parametrize("side", [32, 97, 224])
def test_pictures_of_any_size_give_1280_features_that_relu6_bounds(network: EfficientNetLite0, side: int) -> None:
    with torch.inference_mode():
        features = network.features(torch.randn(1, 3, side, side))
        assert network.classifier(features).shape == (1, 7)
    assert features.shape == (1, network.dim) == (1, 1280)
    assert features.min() >= 0 and features.max() <= 6


@pytest.mark.parametrize(("side", "kernel", "stride", "before"), [(224, 3, 2, 0), (225, 3, 2, 1), (14, 5, 2, 1)])
def test_padding_that_is_left_over_goes_to_the_right_and_below(
    side: int, kernel: int, stride: int, before: int
) -> None:
    convolution = SameConv(1, 1, kernel, stride=stride)
    nn.init.zeros_(convolution.weight)
    with torch.no_grad():
        convolution.weight[0, 0, 0, 0] = 1  # gives what lies under the window's first place
        ramp = torch.arange(side * side, dtype=torch.float32).view(1, 1, side, side) + 1
        made = convolution(ramp)[0, 0]
    assert made.shape == (-(-side // stride),) * 2
    assert bool((made[0] == 0).all()) is (before == 1)
    assert made[1, 1] == ramp[0, 0, stride - before, stride - before]


def test_folding_the_normalisations_into_the_convolutions_changes_nothing() -> None:
    torch.manual_seed(1)
    one = EfficientNetLite0(3).eval()
    for module in one.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.1, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    pictures = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        before = one.features(pictures)
        pairs = one.convolutions_with_norms()
        for owner, convolution, norm in pairs:
            setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
            setattr(owner, norm, nn.Identity())
        assert len(pairs) == sum(isinstance(module, nn.Conv2d) for module in one.modules()) == 49
        assert torch.allclose(one.features(pictures), before, atol=1e-4)
