"""The seasonal beta distribution between two bounds."""

from __future__ import annotations

import numpy as np
from scipy import special

from varwg.marginals.bounded import relative_moments, tabulate_relative
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.tabulated import Tabulated, node_scores


def fit_beta(sample: SeasonalSample) -> Tabulated:
    """The beta distribution of the position between the bounds, with its seasonal mean m and variance v.

    With n = m (1 - m) / v - 1, the parameters are a = m n and b = (1 - m) n.

    Raises
    ------
    FitError
        If a bound is not finite.
    """
    mean, variance = relative_moments(sample, "beta")
    total = mean * (1.0 - mean) / variance - 1.0
    a, b = mean * total, (1.0 - mean) * total
    scores = node_scores()[0]
    low = scores < 0.0
    lower = special.betaincinv(a[:, None], b[:, None], special.ndtr(scores[low]))
    upper = 1.0 - special.betaincinv(b[:, None], a[:, None], special.ndtr(-scores[~low]))
    return tabulate_relative("beta", np.hstack([lower, upper]), sample, (("a", a), ("b", b)))
