"""The table of words for ImageNet's classes, made of a tiny WordNet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the train extra is not installed")

from revsearch_export.exporting.imagenet_words import Meanings, read_synsets, write_table
from revsearch_export.exporting.wordnet import WordNet, read_wordnet

from revsearch_tui.api import ModelError

NOUNS = {
    1: (["entity"], [], "all there is"),
    2: (["animal"], [1], "a living creature"),
    3: (["dog", "domestic dog"], [2], "a creature that barks"),
    4: (["beagle"], [3], "a small hound"),
    5: (["seashore", "coast"], [1], "sand beside the water of the ocean"),
    6: (["beach"], [1], "sand sloping down to the water"),
    7: (["snow"], [], "white flakes of frozen vapour"),
}
ADJECTIVES = {1: (["sandy"], 6, "covered with sand")}


def write_wordnet(folder: Path) -> Path:
    folder.mkdir()
    lines = ["  1 a licence"]
    for number, (words, above, gloss) in NOUNS.items():
        names = " ".join(f"{word.replace(' ', '_')} 0" for word in words)
        pointers = "".join(f"@ {each:08} n 0000 " for each in above)
        lines.append(f'{number:08} 03 n {len(words):02x} {names} {len(above):03} {pointers}| {gloss}; "an example"')
    (folder / "data.noun").write_text("\n".join(lines) + "\n", encoding="utf-8")
    index = [
        f"{word.replace(' ', '_')} n 1 0 1 1 {number:08}" for number, (words, _, _) in NOUNS.items() for word in words
    ]
    (folder / "index.noun").write_text("  1 a licence\n" + "\n".join(index) + "\n", encoding="utf-8")
    adjectives = [
        f"{number:08} 00 a 01 {words[0]} 0 001 + {noun:08} n 0101 | {gloss}"
        for number, (words, noun, gloss) in ADJECTIVES.items()
    ]
    (folder / "data.adj").write_text("\n".join(adjectives) + "\n", encoding="utf-8")
    (folder / "index.adj").write_text("sandy a 1 1 + 1 1 00000001\n", encoding="utf-8")
    (folder / "noun.exc").write_text("doggen dog\n", encoding="utf-8")
    return folder


@pytest.fixture
def net(tmp_path: Path) -> WordNet:
    return read_wordnet(write_wordnet(tmp_path / "wordnet"))


def test_words_mean_the_classes_below_them_or_those_described_alike(net: WordNet) -> None:
    rows = Meanings(net, ["n00000004", "n00000005"]).rows()
    assert rows["beagle"].classes == rows["domestic dog"].classes == rows["animal"].classes == (0,)
    assert rows["doggen"] == rows["dog"], "an irregular plural"
    assert rows["coast"].classes == rows["beach"].classes == (1,)
    assert rows["coast"].strength > rows["beach"].strength, "names count more"
    assert rows["sandy"].classes == (1,), "an adjective is taken for its noun"
    assert "snow" not in rows, "nothing is described like it"


def test_the_table_is_read_as_it_was_written(net: WordNet, tmp_path: Path) -> None:
    rows = Meanings(net, ["n00000004", "n00000005"]).rows()
    write_table(rows, tmp_path / "words.npz")
    stored = np.load(tmp_path / "words.npz", allow_pickle=False)
    words = bytes(stored["words"]).decode().split("\n")
    place = words.index("beach")
    assert stored["classes"][stored["starts"][place] : stored["starts"][place + 1]].tolist() == [1]
    assert len(bytes(stored["names"]).decode().split("\n")) == 1000


def test_a_folder_that_holds_no_wordnet_and_a_list_of_other_synsets_are_refused(net: WordNet, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not hold the files of WordNet"):
        read_wordnet(tmp_path)
    (tmp_path / "synsets.txt").write_text("n00000004\n", encoding="utf-8")
    with pytest.raises(ModelError, match="does not list the synsets of ImageNet's 1,000 classes"):
        read_synsets(tmp_path / "synsets.txt", net)
