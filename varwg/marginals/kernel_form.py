"""The standard form in which the values of all seasons have the same bounds, and kernel quantiles by way of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg.arrays import FloatArray, IntArray
from varwg.marginals.kernel import bandwidth, bin_values, room, row_quantiles
from varwg.marginals.recording import resolution, spread
from varwg.marginals.score_table import make_table
from varwg.marginals.seasonal import monthly_correction, row_month_sums, row_sums, window_weights

#: Window for the form of a distribution, as a multiple of that for its moments.
FORM_WINDOW: Final = 2
#: Smallest distance of two bounds, relative to the largest of the year: in the polar night they meet.
_NARROWEST: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Standard:
    """Straight lines per row between values and the standard form in which all rows have the same bounds.

    Without bounds the standard form is the standardised anomaly; with one, the distance from it relative to the
    seasonal mean of that distance; with two (say 0 and potential radiation), the position between them.

    Attributes
    ----------
    origin, scale : array, shape (366,)
        values = origin + scale * standard.
    lower, upper : float
        Bounds in standard form.
    """

    origin: FloatArray
    scale: FloatArray
    lower: float
    upper: float


def standard_form(mean: FloatArray, sd: FloatArray, lower: FloatArray, upper: FloatArray) -> Standard:
    """The standard form for seasonal moments and bounds, all of shape (366,)."""
    has_lower, has_upper = bool(np.isfinite(lower).all()), bool(np.isfinite(upper).all())
    if has_lower and has_upper:
        return Standard(lower, np.maximum(upper - lower, _NARROWEST * float((upper - lower).max())), 0.0, 1.0)
    if has_lower:
        return Standard(lower, np.maximum(mean - lower, 0.1 * sd), 0.0, np.inf)
    if has_upper:
        return Standard(upper, np.maximum(upper - mean, 0.1 * sd), -np.inf, 0.0)
    return Standard(mean, sd, -np.inf, np.inf)


def kernel_quantiles(
    values: FloatArray,
    doy: IntArray,
    form: Standard,
    sd: FloatArray,
    start: FloatArray,
    scores: FloatArray,
    window: int,
) -> tuple[FloatArray, FloatArray]:
    """Kernel quantile functions with the monthly means on record, and the bandwidth, in the unit of the values.

    Gaussian kernels in the value, triangular weights in the day of the year (twice as wide as for the moments, because
    the form of a distribution changes less over the year), one bandwidth by leave-one-out likelihood, reflection at
    the bounds, and the seasonal standard deviation kept (see `varwg.marginals.kernel`). Finally each row is moved, less
    so near the bounds, so that monthly means are kept.

    Parameters
    ----------
    values, doy : array, shape (T,)
        The values that the distribution is for (without dry days), and their rows.
    form : Standard
        Their standard form.
    sd : array, shape (366,)
        Their seasonal standard deviation.
    start : array, shape (366,)
        Score where the distribution begins, that of the dry probability.
    scores : array, shape (366, N)
        Scores, within the distribution, of the nodes of a table that begins at `start`.
    window : int
        Half-width of the window in days.

    Returns
    -------
    quantiles : array, shape (366, N)
    width : array, shape (366,)
    """
    weights = window_weights(row_sums(doy), FORM_WINDOW * window)
    scale = form.scale[doy]
    cell = resolution(values) / scale
    standard = np.clip((values - form.origin[doy]) / scale, form.lower, form.upper)
    points = np.clip(standard + cell * spread(np.zeros(1), 1.0), form.lower, form.upper)
    binned = bin_values(points, doy, float(cell.mean()), form.lower, form.upper)
    width = bandwidth(binned, weights)
    quantiles = row_quantiles(binned, weights, width, scores, sd / form.scale)
    days = row_sums(doy)
    expected = days / special.ndtr(-start) * make_table(start, quantiles).moments()[0]
    missing = row_month_sums(form.scale * (row_sums(doy, standard) - expected))
    shift = monthly_correction(days * form.scale, missing)
    quantiles += shift[:, None] * room(quantiles, form.lower, form.upper, width)
    return form.origin[:, None] + form.scale[:, None] * quantiles, width * form.scale
