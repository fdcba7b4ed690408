"""Inception-V3: names and shapes of its weights, sizes, heads, starting weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from revsearch_export.networks.inception import SMALLEST_SIDE, Inception, load_official
from revsearch_export.networks.weights import save_weights, start_from
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from revsearch_tui.api import ModelError
from tests.support.realdata import real_file


def pictures(count: int, side: int) -> torch.Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(side))


def described(classes: int = 3, **options: object) -> Inception:
    """A network without values, which costs nothing."""
    with torch.device("meta"):
        return Inception(classes, **options)  # type: ignore[arg-type]


def blank(classes: int = 3, **options: object) -> Inception:
    """A network of zeros: drawing starting weights takes longer than the rest of these tests."""
    network = described(classes, **options).to_empty(device="cpu")
    for value in network.state_dict().values():
        value.zero_()
    return network


@pytest.fixture(scope="module")
def network() -> Inception:
    """A network of three classes with drawn weights, in evaluation. No test changes it."""
    torch.manual_seed(0)
    return Inception(3).eval()


def like(network: Inception, **options: object) -> Inception:
    """The same weights in a network with other options."""
    other = blank(**options)
    other.load_state_dict(network.state_dict(), strict=False)
    return other


@pytest.mark.realdata
def test_names_and_shapes_are_those_of_the_published_weights() -> None:
    published = json.loads(real_file("models/inception_v3_state_names.json").read_text())
    state = described(1000).state_dict()
    assert {name: list(value.shape) for name, value in state.items()} == published


def test_the_weights_are_those_that_are_known_of_this_network() -> None:
    state = described(1000).state_dict()
    weights = sum(value.numel() for name, value in state.items() if name.endswith((".weight", ".bias")))
    auxiliary = sum(value.numel() for name, value in state.items() if name.startswith("AuxLogits"))
    assert weights == 27_161_264
    assert len(state) == 580
    assert auxiliary > 3_000_000


@pytest.mark.parametrize("side", [75, 96, 299])
def test_pictures_of_any_size_give_2048_features(network: Inception, side: int) -> None:
    with torch.inference_mode():
        features = network.features(pictures(1, side))
        assert network.classifier(features).shape == (1, 3)
    assert features.shape == (1, network.dim) == (1, 2048)
    assert features.isfinite().all()
    assert (features >= 0).all()


def test_the_small_stem_has_the_same_weights_and_keeps_more_detail(network: Inception) -> None:
    small = like(network, stem="small").eval()
    sides = []
    for one in (network, small):
        hook = one.Mixed_7c.register_forward_hook(lambda _module, _inputs, maps: sides.append(maps.shape[-1]))
        with torch.inference_mode():
            one.features(pictures(1, 75))
        hook.remove()
    assert sides == [1, 3]


@pytest.mark.parametrize("stem", ["full", "small"])
def test_pictures_of_the_smallest_side_work_and_smaller_ones_are_refused(stem: str) -> None:
    one = blank(stem=stem, auxiliary=False).eval()
    with torch.inference_mode():
        assert one.features(pictures(1, SMALLEST_SIDE[stem])).shape == (1, 2048)
        with pytest.raises(ValueError, match=f"{SMALLEST_SIDE[stem]} pixels or more"):
            one.features(pictures(1, SMALLEST_SIDE[stem] - 1))


def test_an_unknown_stem_is_refused() -> None:
    with pytest.raises(ValueError, match="no stem 'tall'; there are: full, small"):
        described(stem="tall")


def test_the_auxiliary_head_speaks_in_training_only(network: Inception) -> None:
    with torch.inference_mode():
        assert network.features_and_auxiliary(pictures(2, 75))[1] is None
    training = like(network).train()
    features, scores = training.features_and_auxiliary(pictures(2, 75))
    assert scores is not None
    assert features.shape == (2, 2048)
    assert scores.shape == (2, 3)
    scores.sum().backward()
    assert training.Mixed_6e.get_submodule("branch1x1").conv.weight.grad.abs().sum() > 0
    assert training.Mixed_7a.get_submodule("branch3x3_1").conv.weight.grad is None


def test_folding_the_normalisations_into_the_convolutions_changes_nothing() -> None:
    one = blank(auxiliary=False).eval()
    for module in one.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.1, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
        elif isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0, module.weight[0].numel() ** -0.5)
    with torch.inference_mode():
        before = one.features(pictures(1, 75))
        pairs = one.convolutions_with_norms()
        for owner, convolution, norm in pairs:
            setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
            setattr(owner, norm, nn.Identity())
        assert len(pairs) == 94
        assert before.std() > 0.01
        assert torch.allclose(one.features(pictures(1, 75)), before, atol=1e-5)


def test_another_classifier_takes_the_place_of_the_last_layer() -> None:
    one = blank(auxiliary=False).eval()
    one.classifier = nn.Linear(2048, 9)
    assert one.classifier is one.fc
    with torch.inference_mode():
        assert one(pictures(1, 75)).shape == (1, 9)
    assert {name for name in one.state_dict() if "Mixed" not in name and "Conv" not in name} == {"fc.weight", "fc.bias"}


def test_without_an_auxiliary_head_there_is_neither_output_nor_weight() -> None:
    one = blank(auxiliary=False).train()
    assert one.features_and_auxiliary(pictures(2, 75))[1] is None
    assert not [name for name in one.state_dict() if name.startswith("AuxLogits")]


def test_the_auxiliary_head_pools_17_cells_as_published_and_fewer_adaptively(network: Inception) -> None:
    head = network.AuxLogits
    assert head is not None
    maps = torch.rand(1, 768, 17, 17)
    with torch.inference_mode():
        pooled = torch.nn.functional.avg_pool2d(maps, 5, stride=3)
        published = head.fc(head.conv1(head.conv0(pooled)).mean((2, 3)))
        assert torch.allclose(head(maps), published, atol=1e-6)
        assert head(maps[..., :3, :3]).shape == (1, 3)


def test_one_seed_gives_one_network_and_another_seed_another(network: Inception) -> None:
    drawn = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        drawn.append(Inception(3).state_dict())
    expected = network.state_dict()
    assert all(torch.equal(drawn[0][name], expected[name]) for name in expected)
    assert not torch.equal(drawn[1]["Mixed_7c.branch1x1.conv.weight"], expected["Mixed_7c.branch1x1.conv.weight"])


def test_starting_weights_are_cut_off_at_two_deviations(network: Inception) -> None:
    state = network.state_dict()
    for name, deviation in (("Mixed_7c.branch1x1.conv.weight", 0.1), ("AuxLogits.fc.weight", 0.001)):
        assert state[name].abs().max() <= 2 * deviation
        assert state[name].std() == pytest.approx(0.88 * deviation, rel=0.05)


def test_published_weights_for_other_classes_leave_both_last_layers_alone(network: Inception) -> None:
    mine, published = blank(classes=7), network.state_dict()
    left_out = load_official(mine, published, "inception.pth")
    assert left_out == ["AuxLogits.fc.bias", "AuxLogits.fc.weight", "fc.bias", "fc.weight"]
    assert torch.equal(mine.state_dict()["fc.weight"], torch.zeros(7, 2048))
    taken = mine.state_dict()
    assert all(torch.equal(taken[name], published[name]) for name in published if name not in left_out)


def test_a_network_without_an_auxiliary_head_leaves_the_published_one_out(network: Inception) -> None:
    mine, published = blank(auxiliary=False), network.state_dict()
    left_out = load_official(mine, published, "inception.pth")
    assert left_out == sorted(name for name in published if name.startswith("AuxLogits"))
    assert torch.equal(mine.state_dict()["fc.weight"], published["fc.weight"])


def test_published_files_without_counters_of_batches_are_complete(network: Inception) -> None:
    published = {name: value for name, value in network.state_dict().items() if not name.endswith("_tracked")}
    assert len(published) < 580
    assert load_official(blank(), published, "inception.pth") == []


def test_an_auxiliary_head_of_another_form_is_refused(network: Inception) -> None:
    published = network.state_dict()
    published["AuxLogits.conv0.conv.weight"] = torch.zeros(128, 768, 3, 3)
    with pytest.raises(ModelError, match="'AuxLogits.conv0.conv.weight' has the shape"):
        load_official(blank(), published, "inception.pth")


@pytest.mark.parametrize("source", ["run", "run/weights.npz", "inception.pth"])
def test_training_starts_from_a_run_its_file_or_a_torch_file(source: str, tmp_path: Path, network: Inception) -> None:
    (tmp_path / "run").mkdir()
    if source.endswith(".pth"):
        torch.save(network.state_dict(), tmp_path / "inception.pth")
    else:
        save_weights(network, tmp_path / "run/weights.npz")
    mine = blank(classes=5)
    assert len(start_from(mine, tmp_path / source)) == 4
    assert torch.equal(mine.Conv2d_1a_3x3.conv.weight, network.Conv2d_1a_3x3.conv.weight)


def test_a_folder_without_weights_is_no_start(tmp_path: Path, network: Inception) -> None:
    with pytest.raises(ModelError, match="holds no weights.npz to start from"):
        start_from(network, tmp_path)
