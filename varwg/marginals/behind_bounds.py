"""The normal distribution behind bounds: its parameters from the mean and standard deviation in front of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from varwg.arrays import FloatArray
from varwg.marginals.newton import solve_rows
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import normal_density

#: Largest distance of the hidden mean, in visible standard deviations, and of the logarithm of the scale.
_LIMIT: Final = 3.0

#: (scores (N,), location (366, 1), scale (366, 1)) -> visible values (366, N).
Quantiles = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]


def hidden_moments(
    quantiles: Quantiles, mean: FloatArray, sd: FloatArray, sample: SeasonalSample, family: str
) -> tuple[FloatArray, FloatArray]:
    """Location and scale, shapes (366,), for which the visible values have the given mean and standard deviation.

    Raises
    ------
    FitError
        If there is no such distribution.
    """
    scores = np.linspace(-6.0, 6.0, 121)
    weights = normal_density(scores)
    weights = weights / weights.sum()

    def misfit(shift: FloatArray, log_scale: FloatArray) -> tuple[FloatArray, FloatArray]:
        location, scale = mean + sd * shift, sd * np.exp(log_scale)
        values = quantiles(scores, location[:, None], scale[:, None])
        centre = values @ weights
        square = np.maximum((values - centre[:, None]) ** 2 @ weights, 1e-12 * sd**2)
        return (centre - mean) / sd, 0.5 * np.log(square / sd**2)

    shift, log_scale, left = solve_rows(misfit, np.zeros_like(mean), np.zeros_like(mean), _LIMIT)
    sample.require_solution(family, left)
    return mean + sd * shift, sd * np.exp(log_scale)
