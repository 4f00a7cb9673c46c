"""The seasonal exponential distribution."""

from __future__ import annotations

import numpy as np
from scipy import special

from varwg.calendar import N_DOYS
from varwg.marginals.positive import positive_moments
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.tabulated import Tabulated, node_scores, tabulate


def fit_exponential(sample: SeasonalSample) -> Tabulated:
    """The exponential distribution with the seasonal mean of a sample of values >= 0; "scale" can be given.

    Raises
    ------
    FitError
        If there are negative values.
    """
    mean, _ = positive_moments(sample, "exponential")
    known = sample.given("scale")
    scale = mean if known is None else known
    quantiles = -scale[:, None] * special.log_ndtr(-node_scores())
    return tabulate("exponential", quantiles, sample, (("scale", scale),), lower=np.zeros(N_DOYS))
