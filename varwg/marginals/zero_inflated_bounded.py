"""Zero-inflated and bounded above, for sunshine: a mass of sunless days and a body between 0 and the day length."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import readonly_floats
from varwg.calendar import N_DOYS
from varwg.errors import FitError
from varwg.marginals.amounts import WET_MARGIN, wet_scores
from varwg.marginals.kernel_form import Standard, kernel_quantiles
from varwg.marginals.recording import share_at
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.score_table import make_table, table_scores
from varwg.marginals.seasonal import row_sums, seasonal_moments, window_weights
from varwg.marginals.zero_inflated import ZeroInflated, dry_scores, require_wet
from varwg.ranks import ranks_from_scores

_N_NODES: Final = 80
#: Score of the dry probability of a day that is always sunless.
_ALWAYS: Final = 6.5


def fit_zero_inflated_bounded(sample: SeasonalSample) -> ZeroInflated:
    """Sunshine duration: sunless with probability p0, else a kernel density of the position between 0 and the bound.

    Days whose bound is hardly above the threshold (polar night) are always sunless.

    Raises
    ------
    FitError
        If too few values reach the threshold, or the upper bound is not finite, or below the threshold all year.
    """
    require_wet(sample)
    values, doy = sample.values, sample.doy
    night = sample.upper <= 2.0 * sample.threshold
    if night.all() or not np.isfinite(sample.upper).all():
        raise FitError(
            f"{sample.where}: the upper bound is {sample.upper.max():g} at most, but the marginal "
            f"'zero_inflated_bounded' needs a finite one that is above the threshold {sample.threshold:g}; give the "
            "day length, or choose the marginal 'zero_inflated'."
        )
    upper = np.where(night, 3.0 * sample.threshold, sample.upper)
    # The polar night begins and ends from one day to the next: harmonics of a frequency that jumps to 1 would miss all days.
    start = np.where(night, _ALWAYS, dry_scores(sample.part(~night[doy])))
    sunny = ~sample.dry()
    lowest = np.full(N_DOYS, sample.threshold * (1.0 - WET_MARGIN))
    form = Standard(lowest, upper - lowest, 0.0, 1.0)
    scores = wet_scores(start, table_scores(start, _N_NODES)[1])
    _, sd = seasonal_moments(values[sunny], doy[sunny], sample.window, sample.order)
    quantiles, _ = kernel_quantiles(values[sunny], doy[sunny], form, sd, start, scores, sample.window)
    at_upper = share_at(values >= upper[doy], doy, window_weights(row_sums(doy), sample.window))
    table = make_table(start, quantiles, upper=upper, at_upper=at_upper)
    dry_probability = readonly_floats(ranks_from_scores(start))
    return ZeroInflated("zero_inflated_bounded", sample.threshold, dry_probability, table, np.inf, 0.0, 0.0)
