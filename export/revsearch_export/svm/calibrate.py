"""Make probabilities of decision values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from revsearch_svm.centre import Floats
from revsearch_svm.machine import Calibration
from scipy.optimize import minimize

from revsearch_export.figures import shape_for

_BIAS_WEIGHT = 1e-2
"""What one squared unit of a class's bias costs, in the mean logarithmic loss: few pictures cannot tell it well."""


def calibrate(values: Floats, labels: npt.NDArray[np.int64]) -> Calibration:
    """What makes the least mean logarithmic loss on pictures that the machine has not seen: first the temperature and
    the biases, then, with these as they are but for a factor, the scale and the power. Of no pictures at all comes the
    temperature 1.
    """
    count = values.shape[1]
    if not len(labels):
        return Calibration(1.0, np.zeros(count, np.float32))
    wide = values.astype(np.float64)
    truth = np.eye(count)[labels]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        sharpness, bias = np.exp(flat[0]), flat[1:]
        logits = wide * sharpness + bias
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        totals = powers.sum(axis=1, keepdims=True)
        error = (powers / totals - truth) / len(labels)
        mean = float((np.log(totals[:, 0]) - (logits * truth).sum(axis=1)).mean())
        slope = np.concatenate([[(error * wide).sum() * sharpness], error.sum(axis=0) + _BIAS_WEIGHT * bias])
        return mean + _BIAS_WEIGHT / 2 * float(bias @ bias), slope

    start = np.zeros(count + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-8, 8), *[(-20, 20)] * count]).x
    temperature = float(np.exp(-found[0]))
    factor, scale, power = shape_for(wide / temperature + found[1:], labels)
    return Calibration(temperature / factor, (found[1:] * temperature).astype(np.float32), scale, power)
