"""The manifest says how pixels become numbers; what it cannot mean is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from revsearch_onnx.manifest import read_settings

from revsearch_tui.api import ModelError


def scaled(raw: dict[str, Any], value: int) -> list[float]:
    settings = read_settings(raw, "net")
    assert settings.scale is not None and settings.shift is not None
    return [value * a + b for a, b in zip(settings.scale, settings.shift, strict=True)]


def test_a_range_tells_what_black_and_white_become() -> None:
    assert scaled({"range": [-1, 1]}, 0) == [-1] * 3
    assert scaled({"range": [-1, 1]}, 255) == pytest.approx([1] * 3)
    assert scaled({"range": [0, 255]}, 17) == pytest.approx([17] * 3)


def test_small_mean_and_std_speak_of_values_from_0_to_1() -> None:
    raw = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    expected = (200 / 255 - np.array(raw["mean"])) / np.array(raw["std"])
    assert scaled(raw, 200) == pytest.approx(list(expected))


def test_large_mean_and_std_speak_of_values_from_0_to_255() -> None:
    assert scaled({"mean": [128, 128, 128], "std": 128}, 0) == pytest.approx([-1] * 3)
    assert scaled({"mean": [103.9, 116.8, 123.7]}, 100) == pytest.approx([-3.9, -16.8, -23.7])


def test_units_settle_what_the_numbers_leave_open() -> None:
    assert scaled({"mean": 0, "std": 1, "units": 255}, 51) == pytest.approx([51] * 3)
    assert scaled({"mean": 0, "std": 1}, 51) == pytest.approx([0.2] * 3)
    assert scaled({"mean": 0, "std": 2, "units": 1}, 51) == pytest.approx([0.1] * 3)


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    with pytest.raises(ModelError, match=r"model 'net': there is no key 'reszie'; is 'resize' meant\?"):
        read_settings({"range": [0, 1], "reszie": "crop"}, "net")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"size": 0}, "'size' takes"),
        ({"size": [1, 2, 3]}, "'size' takes"),
        ({"size": True}, "'size' takes"),
        ({"size": 100_000}, "'size' takes"),
        ({"size": "224"}, "'size' takes"),
        ({"range": [0, 1], "mean": 0.5}, "not both"),
        ({"range": [1, 1]}, "two different numbers"),
        ({"range": 1}, "'range' takes"),
        ({"range": ["a", "b"]}, "'range' takes"),
        ({"range": [0, float("inf")]}, "'range' takes"),
        ({"mean": [0.5, 0.5]}, "'mean' takes"),
        ({"std": 0}, "above 0"),
        ({"std": [1, 1, -1]}, "above 0"),
        ({"mean": 0.5, "units": 100}, "'units' takes"),
        ({"mean": 0.5, "units": [1]}, "'units' takes"),
        ({"range": [0, 1], "units": 1}, "'units' belongs"),
        ({"layout": "CHW"}, "NCHW or NHWC"),
        ({"channels": "GRAY"}, "RGB or BGR"),
        ({"resize": "squeeze"}, "crop or stretch or letterbox"),
        ({"resize": ["crop"]}, "crop or stretch or letterbox"),
        ({"resize": "stretch", "resize_to": 9}, "belongs to"),
        ({"size": 224, "resize_to": 200}, "less than the crop"),
        ({"fill": 256}, "'fill' takes"),
        ({"normalise": "yes"}, "true or false"),
        ({"output": 1}, "takes a name"),
        ({"metric": "l2"}, "'metric' takes cosine"),
    ],
)
def test_what_a_key_cannot_mean_is_one_sentence(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=words) as raised:
        read_settings(raw, "net")
    assert str(raised.value).startswith("the manifest of the model 'net': ")


def test_a_descriptive_manifest_is_read() -> None:
    settings = read_settings(
        {
            "architecture": "whatever",
            "input": {
                "name": "pixels",
                "shape": ["N", 3, 224, 192],
                "layout": "NCHW",
                "channels": "BGR",
                "range": [-1, 1],
                "mean": [128, 128, 128],
                "std": [128, 128, 128],
                "preprocessing": "bilinear resize of the shorter side to 256, centre crop 224 x 192",
            },
            "outputs": [{"name": "logits"}, {"name": "embedding"}],
            "check": {"top1": 0.5},
        },
        "net",
    )
    assert (settings.size, settings.resize, settings.resize_to) == ((224, 192), "crop", 256)
    assert (settings.input, settings.output, settings.layout, settings.bgr) == ("pixels", "embedding", "NCHW", True)
    assert settings.scale == pytest.approx([1 / 128] * 3) and settings.shift == pytest.approx([-1] * 3)


@pytest.mark.parametrize(
    ("words", "rule"),
    [("stretched to 224 x 224", "stretch"), ("letterbox with black bars", "letterbox"), ("", "crop")],
)
def test_a_descriptive_manifest_tells_its_resize_rule_in_words(words: str, rule: str) -> None:
    raw = {"input": {"preprocessing": words, "layout": "NHWC", "shape": [None, 32, 48, 3]}}
    settings = read_settings(raw, "net")
    assert (settings.resize, settings.size, settings.scale) == (rule, (32, 48), None)
