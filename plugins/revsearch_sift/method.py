"""The `sift` method: features, their aggregate, and the exact comparison of two pictures."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from pathlib import Path

import cv2
import numpy as np

from revsearch_sift.extract import Bytes, Floats, extract
from revsearch_sift.fitting import fit_vocabulary
from revsearch_sift.geometry import agree, points, unit_transform
from revsearch_sift.matching import tentative
from revsearch_sift.vocabulary import Vocabulary
from revsearch_tui.api import Control, Features, FitReport, KeypointLines, ModelError, ModelFile, Options, PairMatch

FILE_NAME = "vocabulary.npz"
"""The vocabulary's file, in a model's folder as in this package."""

