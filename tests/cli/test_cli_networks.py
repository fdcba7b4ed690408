"""Trained networks from the command line: shipped and own models, classes with confidence, what is broken."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

from tests.support.program import revsearch
from tests.support.shipped import install_colour_net
from tests.support.tiny_network import paint, store_network

COLOURS = {"red": (220, 20, 30), "green": (10, 200, 40), "blue": (20, 30, 210)}


class World:
    """A home, and a folder of installed plugins with the models they ship."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.models = self.home / "data" / "models"
        self.shipped = install_colour_net(folder / "site")
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        for name, colour in COLOURS.items():
            for number in range(3):
                pixels = paint(*(min(255, part + 12 * number) for part in colour))
                Image.fromarray(pixels).save(self.pictures / f"{name}{number}.png")
        self.environment: Mapping[str, str] = {
            "PYTHONPATH": os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])
        }

    def run(self, *arguments: str | Path) -> CompletedProcess[bytes]:
        return revsearch(self.home, *arguments, environment=self.environment)

    def ok(self, *arguments: str | Path) -> CompletedProcess[bytes]:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr.decode()
        return done

    def json(self, *arguments: str | Path) -> Any:
        return json.loads(self.ok(*arguments, "-f", "json").stdout)

    def refused(self, *arguments: str | Path) -> str:
        """The one sentence of a command that ends with the exit code 4."""
        done = self.run(*arguments)
        assert done.returncode == 4, done.stderr.decode()
        (line,) = done.stderr.decode().splitlines()
        return line


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Indexed by the embedding and the classes of the shipped model, and by an own model of `cnn`."""
    world = World(tmp_path_factory.mktemp("networks"))
    store_network(world.models, "own-net", "cnn", sharpness=6)
    world.ok("index", world.pictures, "-m", "colour-net", "-m", "colour-net-classes", "-m", "cnn:own-net")
    return world


def test_models_are_listed_with_where_they_come_from(world: World) -> None:
    rows = {row["name"]: row for row in world.json("models", "list")}
    assert (rows["colours"]["origin"], rows["colours"]["method"]) == ("shipped", "colour-net")
    assert (rows["own-net"]["origin"], rows["own-net"]["method"]) == ("own", "cnn")
    assert rows["own-net"]["dim"] == 6


def test_a_shipped_model_is_shown_and_cannot_be_removed(world: World) -> None:
    shown = world.json("models", "show", "colours")
    assert shown["origin"] == "shipped" and shown["settings"]["classes"] == [
        "mostly-red",
        "mostly-green",
        "mostly-blue",
    ]
    done = world.run("models", "remove", "colours", "--yes")
    assert done.returncode == 2 and b"cannot be removed" in done.stderr
    assert world.shipped.is_dir()


def test_indexing_by_the_shipped_model_goes_by_the_methods_bare_name(world: World) -> None:
    labels = [key["method"] for key in world.json("collections", "show", "pictures")["keys"]]
    assert labels == ["colour-net", "colour-net-classes", "cnn:own-net"]


@pytest.mark.parametrize("way", [("-m", "cnn:own-net"), ("-m", "cnn", "--model", "own-net"), ("-m", "own-net")])
def test_a_network_finds_the_query_first_however_its_model_is_named(world: World, way: tuple[str, ...]) -> None:
    (result,) = world.json("search", world.pictures / "green1.png", *way, "-k", "3")
    assert [Path(hit["path"]).name[:5] for hit in result["hits"]] == ["green"] * 3
    assert result["hits"][0]["path"].endswith("green1.png") and result["hits"][0]["score"] == 1.0
    assert result["hits"][0]["method"] == "cnn:own-net" and result["query_classes"] == []
    assert result["hits"][0]["class"] is None and result["hits"][0]["confidence"] is None


def test_the_methods_over_one_model_need_an_index_of_their_own(world: World) -> None:
    done = world.run("search", world.pictures / "red0.png", "-m", "cnn-softmax:own-net")
    assert done.returncode == 3 and b"is not indexed by 'cnn-softmax:own-net'" in done.stderr


def test_hits_of_a_classifier_carry_class_and_confidence(world: World) -> None:
    query = world.pictures / "blue0.png"
    (result,) = world.json("search", query, "-m", "colour-net-classes", "-k", "4")
    assert [hit["class"] for hit in result["hits"]] == ["mostly-blue"] * 3 + [result["hits"][3]["class"]]
    assert all(0.5 < hit["confidence"] <= 1 for hit in result["hits"])
    (told,) = result["query_classes"]
    assert (told["method"], told["class"]) == ("colour-net-classes", "mostly-blue")
    assert told["confidence"] == result["hits"][0]["confidence"], "the query is the first hit"


def test_the_confidence_is_the_probability_that_the_network_gives(world: World) -> None:
    import onnxruntime
    from revsearch_onnx.pictures import prepare

    session = onnxruntime.InferenceSession(str(world.shipped / "network.onnx"))
    pixels = prepare(paint(*COLOURS["red"]), 8, "stretch").transpose(2, 0, 1)[None].astype("float32")
    (probabilities,) = session.run(["probabilities"], {"pictures": pixels})
    (result,) = world.json("search", world.pictures / "red0.png", "-m", "colour-net-classes", "-k", "1")
    assert result["hits"][0]["confidence"] == pytest.approx(float(probabilities.max()), abs=2e-4)


def test_tables_show_the_class_and_above_them_that_of_the_query(world: World) -> None:
    done = world.ok("search", world.pictures / "red0.png", "-m", "colour-net-classes", "-k", "1")
    head, row = done.stdout.decode().splitlines()
    assert "class" in head.split() and "confidence" in head.split() and "mostly-red" in row.split()
    assert "red0.png: mostly-red, confidence 0." in done.stderr.decode()
    plain = world.ok("search", world.pictures / "red0.png", "-m", "colour-net", "-k", "1")
    assert "class" not in plain.stdout.decode().split() and plain.stderr == b""


def test_csv_has_columns_for_class_and_confidence_whatever_the_method(world: World) -> None:
    for method, cell in (("colour-net", ""), ("colour-net-classes", "mostly-red")):
        done = world.ok("search", world.pictures / "red0.png", "-m", method, "-k", "1", "-f", "csv")
        head, row = (line.split(",") for line in done.stdout.decode().splitlines())
        assert row[head.index("class")] == cell and "confidence" in head


def test_fused_hits_keep_the_class(world: World) -> None:
    (result,) = world.json("search", world.pictures / "red0.png", "-k", "1")
    assert result["method"] == "fused" and result["hits"][0]["class"] == "mostly-red"
    assert [told["method"] for told in result["query_classes"]] == ["colour-net-classes"]


@pytest.mark.drill
def test_a_shipped_model_that_was_changed_is_4_and_not_run(tmp_path: Path) -> None:
    world = World(tmp_path)
    file = world.shipped / "network.onnx"
    world.ok("index", world.pictures, "-m", "colour-net", "-m", "phash")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    query = world.pictures / "red0.png"
    for command in (
        ("index", "-m", "colour-net"),
        ("search", query, "-m", "colour-net"),
        ("models", "show", "colours"),
    ):
        said = world.refused(*command)
        assert str(file) in said and "install the package that brings it again" in said
    left = world.ok("search", query, "-f", "jsonl", "-k", "1")
    assert json.loads(left.stdout)["method"] == "phash" and b"left out" in left.stderr


def test_an_own_model_that_was_changed_is_4_and_not_run(tmp_path: Path) -> None:
    world = World(tmp_path)
    folder = store_network(world.models, "own-net", "cnn").folder
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["settings"]["classes"][0] = "something-else"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "was changed" in world.refused("index", world.pictures, "-m", "cnn:own-net")


@pytest.mark.parametrize(
    ("settings", "graph", "says"),
    [
        ({"side": 16}, {}, "its manifest says batch x 3 x 16 x 16"),
        ({}, {"outputs": ("embedding",)}, "has no output 'probabilities'"),
        ({"kind": "svm"}, {}, "is no trained network"),
    ],
)
def test_a_model_of_another_form_is_4_and_one_sentence(
    settings: dict[str, Any], graph: dict[str, Any], says: str, tmp_path: Path
) -> None:
    world = World(tmp_path)
    store_network(world.models, "odd", "inception", settings=settings, **graph)
    assert says in world.refused("index", world.pictures, "-m", "inception:odd")
    assert says in world.refused("index", world.pictures, "-m", "inception-softmax")


@pytest.mark.drill
def test_an_onnx_file_is_added_for_both_methods_over_it(tmp_path: Path) -> None:
    from tests.support.tiny_network import network_settings, write_network

    world = World(tmp_path)
    file = write_network(tmp_path / "handmade.onnx")
    settings = network_settings(files={"cpu": file.name})
    file.with_suffix(".json").write_text(json.dumps(settings))
    world.ok("models", "add", file, "-m", "cnn-softmax")
    (row,) = [row for row in world.json("models", "list") if row["name"] == "handmade"]
    assert (row["method"], row["dim"]) == ("cnn", 6)
    world.ok("index", world.pictures, "-m", "cnn:handmade", "-m", "cnn-softmax:handmade")
