"""Queries in words on real pictures, through the product's own indexing and search.

Usage: python -m benchmarks.text corel1k FOLDER_OF_CLASS_FOLDERS

The queries were written down before any result was seen, one of each kind for each class of Corel-1k.
"""

from __future__ import annotations

ONE_WORD = {
    "africa": "village",
    "beach": "beach",
    "buildings": "building",
    "buses": "bus",
    "dinosaurs": "dinosaur",
    "elephants": "elephant",
    "flowers": "flower",
    "food": "food",
    "horses": "horse",
    "mountains": "mountain",
}
TWO_WORDS = {
    "africa": "african people",
    "beach": "sandy beach",
    "buildings": "old building",
    "buses": "red bus",
    "dinosaurs": "prehistoric dinosaur",
    "elephants": "wild elephant",
    "flowers": "pink flower",
    "food": "cooked food",
    "horses": "running horse",
    "mountains": "snowy mountain",
}
