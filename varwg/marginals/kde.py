"""The seasonal kernel density, for variables whose distribution has no name."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.marginals.inflated import Inflated, fit_inflated, has_masses
from varwg.marginals.kernel_form import kernel_quantiles, standard_form
from varwg.marginals.sample import SeasonalSample
from varwg.marginals.seasonal import seasonal_moments
from varwg.marginals.tabulated import Tabulated, first_scores, node_scores, tabulate

#: Days with bounds closer than this, relative to the largest distance, say nothing about the others.
_NIGHT: Final = 0.02


def fit_kde(sample: SeasonalSample) -> Tabulated | Inflated:
    """Kernel density between the bounds of a sample, and masses on them where many values are.

    Values are brought into a standard form first, so that the seasonal cycle inside a window does not widen the
    distribution; the rest is `kernel_quantiles`.
    """
    if has_masses(sample):
        return fit_inflated(sample, "kde")
    sample = _without_night(sample)
    mean, sd = seasonal_moments(sample.values, sample.doy, sample.window, sample.order)
    form = standard_form(mean, sd, sample.lower, sample.upper)
    quantiles, width = kernel_quantiles(sample.values, sample.doy, form, sd, first_scores(), node_scores(), sample.window)
    return tabulate(
        "kde",
        quantiles,
        sample,
        (("bandwidth", width),),
        lower=sample.lower if np.isfinite(form.lower) else None,
        upper=sample.upper if np.isfinite(form.upper) else None,
    )


def _without_night(sample: SeasonalSample) -> SeasonalSample:
    """The sample without days on which the bounds leave hardly any room, whose zeros would bend the seasonal moments."""
    room_between = sample.upper - sample.lower
    if not np.isfinite(room_between).all():
        return sample
    return sample.part((room_between > _NIGHT * room_between.max())[sample.doy])
