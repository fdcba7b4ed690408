"""The kinds of labelled data. Imports nothing heavy."""

from __future__ import annotations

from revsearch_tui.api import DatasetInfo, Download, OptionSpec, hookimpl

_PARTS = ("train", "validation", "test")


@hookimpl
def revsearch_datasets() -> list[DatasetInfo]:
    """Folders, tables, and two published collections."""
    return [
        DatasetInfo(
            name="folders",
            title="Folders of classes",
            summary="A folder of pictures for each class, or folders train and test that hold such folders.",
            factory="revsearch_export.datasets.folders:read_folders",
            splits=_PARTS,
            options=(
                OptionSpec(
                    "label",
                    "folder",
                    "what names the class: the folder, or the picture's own file name without its ending",
                    choices=("folder", "name"),
                ),
            ),
        ),
        DatasetInfo(
            name="csv",
            title="Table of pictures",
            summary="A .csv file with the columns path, label and, if need be, split; paths are relative to the file.",
            factory="revsearch_export.datasets.folders:read_table",
            splits=_PARTS,
        ),
        DatasetInfo(
            name="cifar10",
            title="CIFAR-10",
            summary="60,000 pictures of 32 x 32 pixels in 10 classes (Krizhevsky 2009), as unpacked by datasets pull.",
            factory="revsearch_export.datasets.cifar10:read_cifar10",
            splits=("train", "test"),
            downloads=(
                Download(
                    url="https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                    file="cifar-10-binary.tar.gz",
                    checksum="md5:c32a1d4ab5d03f1284b67883e8d87530",
                    bytes=170_052_171,
                ),
            ),
            unpack="revsearch_export.datasets.cifar10:unpack_cifar10",
            requires=("PIL", "numpy"),
        ),
        DatasetInfo(
            name="imdb-wiki",
            title="IMDB-WIKI",
            summary=(
                "Faces by name (Rothe et al. 2015): imdb.mat or wiki.mat beside its folders of pictures, from "
                "https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/ (imdb_crop.tar, wiki_crop.tar)."
            ),
            factory="revsearch_export.datasets.imdb_wiki:read_imdb_wiki",
            options=(
                OptionSpec("people", 0, "only so many persons, those with the most pictures; 0 is all", minimum=0),
                OptionSpec("names", "", "only these persons, separated by semicolons"),
                OptionSpec("per_person", 0, "at most so many pictures of each person; 0 is all", minimum=0),
                OptionSpec("seed", 0, "decides which pictures per_person keeps"),
                OptionSpec("min_face_score", 1.0, "the least score of the face detector"),
                OptionSpec("margin", 0.4, "added to each side of a face, in its own size", minimum=0, maximum=5),
                OptionSpec(
                    "faces",
                    "auto",
                    "auto cuts faces out but takes the authors' own crops as they are; box always cuts; whole never",
                    choices=("auto", "box", "whole"),
                ),
            ),
            requires=("scipy", "PIL"),
            extra="train",
        ),
    ]
