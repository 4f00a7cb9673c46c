"""Seasonal kernel densities: Gaussian in value, triangular in the day of the year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from varwg._arrays import FloatArray, IntArray, matrix_product
from varwg._calendar import N_DOYS
from varwg.marginals._sample import N_POINTS, resolution, spread
from varwg.marginals._seasonal import monthly_correction, row_month_sums, row_sums, window_weights
from varwg.marginals._tabulated import make_table, normal_density

_N_BINS: Final = 200
#: Candidate bandwidths as factors of Silverman's.
_FACTORS: Final = (0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0, 1.2, 1.45, 1.75)
#: Scores beyond this are not resolved; it lies outside every score that a rank can have.
_FAR: Final = 9.0
#: How far the standard deviation of a row may be moved from that of the values in its window, as a factor.
_SD_RANGE: Final = (0.8, 1.25)


@dataclass(frozen=True, eq=False)
class Binned:
    """Values of all rows, binned: what a kernel density is computed from.

    Attributes
    ----------
    histogram : array, shape (366, B)
        Number of values on each row in each bin (fractions: a value is shared by two bins, which keeps its mean).
    centres : array, shape (B,)
        Bin centres.
    cell : float
        Resolution of the values.
    lower, upper : float
        Bounds, the same for all rows.
    """

    histogram: FloatArray
    centres: FloatArray
    cell: float
    lower: float
    upper: float


def bin_values(points: FloatArray, doy: IntArray, cell: float, lower: float, upper: float) -> Binned:
    """Bin `points`, shape (P, T): P points for each of the T values, whose rows are `doy`."""
    centres = np.linspace(points.min(), points.max(), _N_BINS)
    position = (points - centres[0]) / (centres[1] - centres[0])
    left = np.minimum(position.astype(np.intp), _N_BINS - 2)
    share = position - left
    flat = (doy * _N_BINS + left).ravel()
    size = N_DOYS * _N_BINS
    histogram = np.bincount(flat, weights=(1.0 - share).ravel(), minlength=size)
    histogram += np.bincount(flat + 1, weights=share.ravel(), minlength=size)
    return Binned(histogram.reshape(N_DOYS, _N_BINS) / points.shape[0], centres, cell, lower, upper)


def bandwidth(binned: Binned, weights: FloatArray) -> float:
    """Bandwidth with the largest leave-one-out likelihood, not below what rounding allows.

    Candidates lie around Silverman's rule (Silverman 1986, eq. 3.31), which is also what remains where the likelihood
    cannot be computed.

    Parameters
    ----------
    binned : Binned
        The binned values.
    weights : array, shape (366, 366)
        Window of each row.
    """
    counts = binned.histogram.sum(axis=1)
    windowed = matrix_product(weights, binned.histogram)
    sizes = windowed.sum(axis=1)
    rule = 0.9 * _within_sd(windowed, binned.centres, counts) * float(np.average(sizes, weights=counts)) ** -0.2
    candidates = [max(factor * rule, 0.6 * binned.cell) for factor in _FACTORS]
    self_weights = np.diag(weights)
    scores = [_leave_one_out(binned, windowed, sizes, self_weights, width) for width in candidates]
    best = int(np.argmax(scores))
    return float(candidates[best] if np.isfinite(scores[best]) else max(rule, 0.6 * binned.cell))


def row_scores(binned: Binned, weights: FloatArray, width: float, grid: FloatArray) -> FloatArray:
    """Phi^-1 of the kernel estimate of F at `grid` (G,) for each row, shape (366, G), accurate in both tails."""
    windowed = matrix_product(weights, binned.histogram)
    windowed /= windowed.sum(axis=1, keepdims=True)
    below = matrix_product(windowed, _kernel_mass(binned, width, grid))
    above = matrix_product(windowed, _kernel_mass(binned, width, grid, above=True))
    scores = np.where(below < 0.5, special.ndtri(np.maximum(below, 0.0)), -special.ndtri(np.maximum(above, 0.0)))
    return np.asarray(np.clip(scores, -_FAR, _FAR), dtype=np.float64)


def row_quantiles(
    binned: Binned, weights: FloatArray, width: float, scores: FloatArray, sd: FloatArray | None = None
) -> FloatArray:
    """Kernel quantile function of each row at scores of shape (366, N), with a given standard deviation.

    A kernel adds its own variance; the quantiles are contracted towards the row's mean to take it away again
    (Silverman 1986, section 6.4.1), except close to a bound, where there is no room for it. Without `sd`, the standard
    deviation of each row is that of the values in its window, from which `sd` may differ by a fifth.
    """
    reach = 8.0 * width
    grid = np.linspace(max(binned.centres[0] - reach, binned.lower), min(binned.centres[-1] + reach, binned.upper), 2 * _N_BINS)
    estimate = row_scores(binned, weights, width, grid)
    quantiles = np.stack([np.interp(wanted, scores_of_row, grid) for wanted, scores_of_row in zip(scores, estimate, strict=True)])
    windowed = matrix_product(weights, binned.histogram)
    sizes = windowed.sum(axis=1)
    mean = matrix_product(windowed, binned.centres) / sizes
    variance = matrix_product(windowed, binned.centres**2) / sizes - mean**2
    factor = np.sqrt(variance / (variance + width**2))
    if sd is not None:
        factor *= np.clip(sd / np.sqrt(np.maximum(variance, 1e-12 * sd**2)), *_SD_RANGE)
    anomaly = quantiles - mean[:, None]
    freedom = room(quantiles, binned.lower, binned.upper, width)
    return np.asarray(quantiles - freedom * (1.0 - factor[:, None]) * anomaly, dtype=np.float64)


def room(values: FloatArray, lower: float, upper: float, width: float) -> FloatArray:
    """How far values may be moved: 1 in the middle, falling to 0 at a bound over about two bandwidths."""
    distance = np.minimum(values - lower, upper - values)
    return np.asarray(-np.expm1(-((0.5 * distance / width) ** 2)), dtype=np.float64)


def _within_sd(windowed: FloatArray, centres: FloatArray, counts: FloatArray) -> float:
    """Typical standard deviation inside a window."""
    sizes = windowed.sum(axis=1)
    mean = matrix_product(windowed, centres) / sizes
    variance = matrix_product(windowed, centres**2) / sizes - mean**2
    return float(np.sqrt(np.average(np.maximum(variance, 0.0), weights=counts)))


def _leave_one_out(binned: Binned, windowed: FloatArray, sizes: FloatArray, self_weights: FloatArray, width: float) -> float:
    """Log-likelihood of all values, each under the density of the others."""
    apart = binned.centres[:, None] - binned.centres
    kernel: FloatArray = normal_density(apart / width)
    for bound in (binned.lower, binned.upper):
        if np.isfinite(bound):
            kernel = kernel + normal_density((binned.centres[:, None] + binned.centres - 2.0 * bound) / width)
    inside = binned.cell * (np.arange(N_POINTS)[:, None] - np.arange(N_POINTS)) / N_POINTS
    itself = self_weights * float(normal_density(np.asarray(inside / width)).mean())
    others = (matrix_product(windowed, kernel) - itself[:, None]) / (width * np.maximum(sizes - self_weights, 1e-9)[:, None])
    used = binned.histogram > 0.0
    density = others[used]
    if (density <= 0.0).any():
        return -np.inf
    return float(np.sum(binned.histogram[used] * np.log(density)))


def _kernel_mass(binned: Binned, width: float, grid: FloatArray, *, above: bool = False) -> FloatArray:
    """Mass below (or above) each grid value of a kernel on each centre, reflected at the bounds, shape (B, G)."""
    sign = -1.0 if above else 1.0
    mass = special.ndtr(sign * (grid - binned.centres[:, None]) / width)
    near, far = (binned.upper, binned.lower) if above else (binned.lower, binned.upper)
    if np.isfinite(near):
        mass -= special.ndtr(sign * (2.0 * near - grid - binned.centres[:, None]) / width)
    if np.isfinite(far):
        mass += special.ndtr(-sign * (2.0 * far - grid - binned.centres[:, None]) / width)
    return np.asarray(mass, dtype=np.float64)


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
    the bounds, and the seasonal standard deviation kept (see `varwg.marginals._kernel`). Finally each row is moved, less
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
