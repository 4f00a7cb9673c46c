"""Indices of drought, heat and both at once: SPI, STI and the compound hot-dry index, by calendar month.

All take daily (or finer) series, make months of them, and say how unusual each month is for its time of the year, in
standard-normal scores.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, ndtri

from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import in_seconds
from varwg.errors import DataError

#: Fewer years than this say nothing about how unusual a month is; 30 are recommended.
MIN_YEARS: Final = 5


class MonthlyIndex(NamedTuple):
    """An index and the months it is for.

    Attributes
    ----------
    months : array of datetime64[M], shape (M,)
        The last month of each window.
    values : array of float, shape (..., M)
        Standard-normal scores; NaN where the window is incomplete.
    """

    months: TimeArray
    values: FloatArray


def spi(
    precipitation: ArrayLike, times: NDArray[Any], *, n_months: int = 1, reference: tuple[Any, Any] | None = None
) -> MonthlyIndex:
    """Standardised precipitation index: negative is dry.

    A gamma distribution is fitted to the wet totals of each calendar month (Thom's estimate of the maximum likelihood);
    dry totals share the probability mass below it and get its centre, so that they are not all the same as extreme.

    Parameters
    ----------
    precipitation : array of float, shape (..., T)
        Amounts per step.
    times : array of datetime64, shape (T,)
        Regular steps of at most a day.
    n_months : int
        Length of the window; 1, 3, 6, 12 and 24 are usual.
    reference : pair of dates, optional
        First and last month of the years that the distributions are fitted to; default all. Simulations are judged by
        the climate of today by concatenating them to observations, or by giving the observed years.

    Returns
    -------
    MonthlyIndex
        A month with a missing step has no total, and no window that contains it has an index.

    Raises
    ------
    DataError
        If the arrays do not fit, or a month has fewer than 5 years.

    References
    ----------
    McKee, Doesken, Kleist (1993), The relationship of drought frequency and duration to time scales; Stagge et al.
    (2015), Candidate distributions for climatological drought indices, Int. J. Climatol. 35, 4027-4040 (zeros).
    """
    months, totals = _windows(precipitation, times, n_months, as_mean=False)
    return MonthlyIndex(months, _by_month(totals, months, reference, _gamma_scores))


def sti(theta: ArrayLike, times: NDArray[Any], *, n_months: int = 1, reference: tuple[Any, Any] | None = None) -> MonthlyIndex:
    """Standardised temperature index: positive is hot.

    Means of the window are standardised by the mean and the standard deviation of their calendar month (Zscheischler et
    al. 2014, A few extreme events dominate global interannual variability in gross primary production, Environ. Res.
    Lett. 9, 035001). Parameters, result and errors as in `spi`, with temperatures (degC) for amounts.
    """
    months, means = _windows(theta, times, n_months, as_mean=True)
    return MonthlyIndex(months, _by_month(means, months, reference, _normal_scores))


def compound_index(
    precipitation: ArrayLike,
    theta: ArrayLike,
    times: NDArray[Any],
    *,
    n_months: int = 1,
    reference: tuple[Any, Any] | None = None,
) -> MonthlyIndex:
    """Compound hot-dry index: the more negative, the rarer is a month that is as dry and as hot at once.

    With the SPI and the STI of the same window, p = P(SPI <= spi, STI > sti) is the joint probability of their empirical
    copula (Gringorten plotting positions), and the index is the standard-normal score of the rank of p in its calendar
    month.

    Parameters
    ----------
    precipitation, theta : array of float, shape (..., T)
        Amounts per step, and temperatures (degC).
    times, n_months, reference
        As in `spi`.

    Returns
    -------
    MonthlyIndex

    Raises
    ------
    DataError
        As in `spi`, or if the two series differ in shape.

    References
    ----------
    Brunner, Gilleland, Wood (2021), Space-time dependence of compound hot-dry events in the United States, Earth Syst.
    Dynam. 12, 621-634; Hao et al. (2019), A monitoring and prediction system for compound dry and hot events, Environ.
    Res. Lett. 14, 114034 (the standardisation).
    """
    if np.shape(precipitation) != np.shape(theta):
        raise DataError(
            f"precipitation has shape {np.shape(precipitation)} and theta {np.shape(theta)}, but the compound index needs "
            "both at the same places and times: give arrays of one shape."
        )
    dry = spi(precipitation, times, n_months=n_months, reference=reference)
    hot = sti(theta, times, n_months=n_months, reference=reference)
    pairs = np.stack([dry.values, hot.values], axis=-2)
    return MonthlyIndex(dry.months, _by_month(pairs, dry.months, reference, _joint_scores))


def monthly(values: ArrayLike, times: NDArray[Any], *, as_mean: bool) -> tuple[TimeArray, FloatArray]:
    """Totals or means of calendar months.

    Parameters
    ----------
    values : array of float, shape (..., T)
    times : array of datetime64, shape (T,)
        Regular, ascending steps of at most a day.
    as_mean : bool
        Means instead of totals.

    Returns
    -------
    months : array of datetime64[M], shape (M,)
    values : array of float, shape (..., M)
        NaN for a month that is not there from its first to its last step, or has a missing one.

    Raises
    ------
    DataError
        If `times` and `values` do not fit, or the steps are longer than a day, irregular or not ascending.
    """
    array, stamps = np.asarray(values, dtype=np.float64), in_seconds(np.asarray(times))
    if stamps.ndim != 1 or array.shape[-1:] != stamps.shape or stamps.size < 2:
        raise DataError(f"values have shape {array.shape} and times {stamps.shape}, but one value for each time is needed.")
    steps = np.unique(np.diff(stamps))
    if steps.size != 1 or not np.timedelta64(0, "s") < steps[0] <= np.timedelta64(1, "D"):
        raise DataError("the times are not ascending by one regular step of at most a day: fill gaps with NaN first.")
    month = stamps.astype("datetime64[M]")
    months, first = np.unique(month, return_index=True)
    totals = np.add.reduceat(array, first, axis=-1)
    present = np.diff(np.append(first, stamps.size))
    complete = (months + np.timedelta64(1, "M")).astype("datetime64[D]") - months.astype("datetime64[D]")
    totals[..., present != complete // steps[0]] = np.nan
    return months, np.asarray(totals / present if as_mean else totals)


def _windows(values: ArrayLike, times: NDArray[Any], n_months: int, *, as_mean: bool) -> tuple[TimeArray, FloatArray]:
    """Totals or means of the `n_months` months that end with each month; NaN at the start."""
    months, single = monthly(values, times, as_mean=as_mean)
    if not 1 <= n_months <= months.size:
        raise DataError(f"n_months is {n_months}, but a window of 1 to {months.size} months (the record's length) is needed.")
    moving = np.lib.stride_tricks.sliding_window_view(single, n_months, axis=-1)
    window = moving.mean(axis=-1) if as_mean else moving.sum(axis=-1)
    start = np.full((*window.shape[:-1], n_months - 1), np.nan)
    return months, np.concatenate([start, window], axis=-1)


def _by_month(values: FloatArray, months: TimeArray, reference: tuple[Any, Any] | None, score: Any) -> FloatArray:
    """`score(values, reference values)` for each calendar month; a leading pair of variables is scored into one."""
    fitted = _reference_mask(months, reference)
    number = months.astype(np.int64) % 12
    columns = {}
    for month in np.unique(number):
        here = number == month
        columns[month] = score(values[..., here], values[..., here & fitted])
    shape = next(iter(columns.values())).shape[:-1]
    scores = np.full((*shape, months.size), np.nan)
    for month, column in columns.items():
        scores[..., number == month] = column
    return scores


def _reference_mask(months: TimeArray, reference: tuple[Any, Any] | None) -> NDArray[np.bool_]:
    mask = np.ones(months.shape, dtype=bool)
    if reference is not None:
        first, last = (np.datetime64(date, "M") for date in reference)
        mask = (months >= first) & (months <= last)
    return mask


def _require_years(present: NDArray[np.bool_]) -> None:
    fewest = int(present.sum(axis=-1).min())
    if fewest < MIN_YEARS:
        raise DataError(
            f"a calendar month has {fewest} complete years in the reference period, but an index needs {MIN_YEARS}: use a "
            "longer record, a shorter window, or fill gaps."
        )


def _gamma_scores(totals: FloatArray, reference: FloatArray) -> FloatArray:
    """SPI of the totals of one calendar month, with a gamma distribution fitted to the known ones."""
    present = np.isfinite(reference)
    _require_years(present)
    wet = present & (reference > 0.0)
    n_wet, n_known = wet.sum(axis=-1, keepdims=True), present.sum(axis=-1, keepdims=True)
    count = np.where(n_wet > 1, n_wet, np.nan)
    mean = np.where(wet, reference, 0.0).sum(axis=-1, keepdims=True) / count
    mean_log = np.log(np.where(wet, reference, 1.0)).sum(axis=-1, keepdims=True) / count
    # Thom (1958): exact for a large shape, within 1.5 % for a small one. Equal totals have an infinite shape.
    excess = np.maximum(np.log(mean) - mean_log, 1e-12)
    shape = (1.0 + np.sqrt(1.0 + 4.0 * excess / 3.0)) / (4.0 * excess)
    n_dry = n_known - n_wet
    probability_dry = n_dry / (n_known + 1.0)
    below = probability_dry + (1.0 - probability_dry) * gammainc(shape, np.maximum(totals, 0.0) * shape / mean)
    centre = (n_dry + 1.0) / (2.0 * (n_known + 1.0))
    probability = np.where(totals > 0.0, below, np.where(np.isnan(totals), np.nan, centre))
    return np.asarray(ndtri(np.clip(probability, 1e-12, 1.0 - 1e-12)))


def _normal_scores(means: FloatArray, reference: FloatArray) -> FloatArray:
    """STI of the means of one calendar month."""
    _require_years(np.isfinite(reference))
    centre = np.nanmean(reference, axis=-1, keepdims=True)
    spread = np.nanstd(reference, axis=-1, keepdims=True, ddof=1)
    return np.asarray((means - centre) / np.where(spread > 0.0, spread, np.nan))


def _joint_scores(pairs: FloatArray, observed: FloatArray) -> FloatArray:
    """Compound index of the (SPI, STI) of one calendar month, shape (..., 2, years)."""
    present: NDArray[np.bool_] = np.asarray(np.isfinite(observed).all(axis=-2))
    _require_years(present)
    joint = _joint_probability(pairs, observed, present)
    reference = _joint_probability(observed, observed, present)
    below = (reference[..., None, :] <= joint[..., :, None]) & present[..., None, :]
    rank = below.sum(axis=-1)
    scores = ndtri(_plotting_position(rank, present.sum(axis=-1, keepdims=True)))
    return np.asarray(np.where(np.isfinite(joint), scores, np.nan))


def _joint_probability(pairs: FloatArray, observed: FloatArray, present: NDArray[np.bool_]) -> FloatArray:
    """Empirical probability of a month at least as dry and at least as hot, NaN where either is missing."""
    drier = observed[..., None, 0, :] <= pairs[..., 0, :, None]
    hotter = observed[..., None, 1, :] >= pairs[..., 1, :, None]
    count = (drier & hotter & present[..., None, :]).sum(axis=-1)
    probability = _plotting_position(count, present.sum(axis=-1, keepdims=True))
    return np.asarray(np.where(np.isfinite(pairs).all(axis=-2), probability, np.nan))


def _plotting_position(rank: NDArray[Any], count: NDArray[Any]) -> FloatArray:
    """Gringorten's plotting position of a rank; the rank 0 of a value beyond the record counts as a half."""
    return np.asarray((np.maximum(rank, 0.5) - 0.44) / (count + 0.12))
