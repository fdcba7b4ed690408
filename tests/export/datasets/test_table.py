"""Pictures listed in a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest
from revsearch_export.datasets.folders import read_table

from revsearch_tui.api import UsageError


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "pictures.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_paths_are_relative_to_the_file_and_labels_any_text(tmp_path: Path) -> None:
    file = table(tmp_path, 'path,label\na/1.png,"cat, old"\n/elsewhere/2.png,Käthe\n')
    first, second = read_table(file, {})
    assert (first.path, first.label, first.split) == (tmp_path / "a/1.png", "cat, old", "")
    assert (second.path, second.label) == (Path("/elsewhere/2.png"), "Käthe")


def test_columns_are_found_by_name_and_others_ignored(tmp_path: Path) -> None:
    file = table(tmp_path, "Split,note,Label,PATH\nVal,x,cat,1.png\ntest,,dog,2.png\n,,dog,3.png\n")
    assert [(sample.path.name, sample.label, sample.split) for sample in read_table(file, {})] == [
        ("1.png", "cat", "validation"),
        ("2.png", "dog", "test"),
        ("3.png", "dog", ""),
    ]


def test_what_spreadsheets_save_is_read(tmp_path: Path) -> None:
    file = table(tmp_path, "path,label\r\n1.png,cat\r\n\r\n,\r\n", "utf-8-sig")
    assert [sample.label for sample in read_table(file, {})] == ["cat"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: its first line must be path,label"),
        ("path,label\n", "has no rows below its header"),
        ("file,label\n1.png,cat\n", "line 1: no column 'path'"),
        ("path,label,path\n", "line 1: the column 'path' is there twice"),
        ("path,label\n1.png,cat\n2.png\n", "line 3: 1 columns instead of at least 2"),
        ("path,label\n1.png,\n", "line 2: the label is empty"),
        ("path,label\n,cat\n", "line 2: the path is empty"),
        ("path,label,split\n1.png,cat,maybe\n", "line 2: the split is 'maybe', not train, validation or test"),
        ("path,label\na\0b,cat\n", "line 2: "),
        ('path,label\n1.png,"cat\n', "line 2: unexpected end of data"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_table(table(tmp_path, text), {})
    assert said in str(raised.value) and "pictures.csv" in str(raised.value)


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not UTF-8 text: save it as UTF-8"):
        read_table(table(tmp_path, "path,label\n1.png,Käthe\n", "latin-1"), {})


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no .csv file"):
        read_table(tmp_path, {})
