"""Resampling whole observed days: the seasonal nearest-neighbour bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from varwg.arguments import whole_number
from varwg.arrays import BoolArray, FloatArray, IntArray, readonly, readonly_floats
from varwg.calendar import N_DOYS
from varwg.errors import DataError, FitError
from varwg.marginals.seasonal import circular_distance
from varwg.streams import require_generator

#: Half-width in days of the season that candidates come from.
WINDOW: Final = 10


@dataclass(frozen=True, eq=False)
class NeighbourModel:
    """Observed days and what preceded them, ready to be resampled.

    Attributes
    ----------
    order : int
        Number of preceding days p that are compared.
    weights : array, shape (K,)
        Weight of each variable in the distance.
    scores : array, shape (K, T)
        The observed series.
    candidates : array of int
        Positions of the candidate days of all rows, one row after the other.
    bounds : array of int, shape (367,)
        Where the candidates of each row begin, and where those of the last end.
    """

    order: int
    weights: FloatArray
    scores: FloatArray
    candidates: IntArray
    bounds: IntArray


def fit_neighbours(
    scores: FloatArray, doy: IntArray, *, order: int = 1, window: int = WINDOW, weights: FloatArray | None = None
) -> NeighbourModel:
    """Collect the candidates of every day of the year.

    Parameters
    ----------
    scores : array, shape (K, T)
        Series on consecutive days, NaN where missing; variables should vary alike, as normal scores do.
    doy : array of int, shape (T,)
        Row 0 to 365 of every day.
    order : int
        Number of preceding days that are compared.
    window : int
        Half-width in days of the season that candidates come from.
    weights : array, shape (K,), optional
        Weight of each variable in the squared distance; ones if not given.

    Raises
    ------
    FitError
        If shapes differ, the order is not positive, or a day of the year has no complete candidate.
    """
    series = np.asarray(scores, dtype=np.float64)
    whole_number(order, "order", 1, error=FitError)
    whole_number(window, "window", 0, N_DOYS // 2, error=FitError)
    if series.ndim != 2 or np.shape(doy) != series.shape[1:]:
        raise FitError(
            f"scores has shape {series.shape} and doy {np.shape(doy)}, but (variables, days) and (days,) are expected."
        )
    complete: BoolArray = np.all(np.isfinite(series), axis=0)
    usable = complete[order:].copy()
    for lag in range(1, order + 1):
        usable &= complete[order - lag : complete.size - lag]
    days = order + np.flatnonzero(usable)
    near = circular_distance()[:, np.asarray(doy)[days]] <= window
    counts = near.sum(axis=1)
    if not counts.all():
        raise FitError(
            f"day {int(np.argmin(counts)) + 1} of the year has no complete candidate within {window} days: widen the "
            "window, lower the order or infill the gaps."
        )
    return NeighbourModel(
        order=order,
        weights=readonly_floats(np.ones(len(series)) if weights is None else weights),
        scores=readonly_floats(series),
        candidates=readonly(np.concatenate([days[row] for row in near])),
        bounds=readonly(np.concatenate([[0], np.cumsum(counts)])),
    )


def resample(model: NeighbourModel, doy: IntArray, *, rng: np.random.Generator, bias: FloatArray | None = None) -> IntArray:
    """Positions in the record of the days that make up a new series (Lall and Sharma 1996, doi:10.1029/95WR02966).

    Every day is drawn from the k = sqrt(n) candidates whose p preceding days are nearest to the p days last drawn, the
    j-th nearest with a weight of 1/j.

    Parameters
    ----------
    model : NeighbourModel
        What is resampled.
    doy : array of int, shape (n,)
        Day of the year of every new day.
    rng : numpy.random.Generator
        Source of the choices.
    bias : array, shape (K,) or (K, n), optional
        Added to the days last drawn before neighbours are sought: a positive bias of temperature looks for the
        successors of warmer days.

    Returns
    -------
    array of int, shape (n,)
        The new series is `data[..., positions]`, for any data on the days of the record.

    Raises
    ------
    DataError
        If `bias` has another shape or `doy` is empty.
    """
    require_generator(rng)
    rows = np.asarray(doy, dtype=np.intp)
    if not rows.size:
        raise DataError("doy is empty, but resampling needs at least one day.")
    offsets = _daily_bias(bias, len(model.scores), rows.size)
    uniform = rng.random(rows.size)
    scale = np.sqrt(model.weights)[:, None]
    series = model.scores * scale
    pasts = _pasts(series, model.order)
    shares = _cumulative_weights(int(np.diff(model.bounds).max()))
    first = model.candidates[model.bounds[rows[0]] : model.bounds[rows[0] + 1]]
    chosen = [int(first[int(uniform[0] * first.size)])]
    recent = series[:, chosen[0] - model.order + 1 : chosen[0] + 1].T.ravel()
    for day in range(1, rows.size):
        wanted = recent + np.tile(offsets[:, day] * scale[:, 0], model.order)
        candidates = model.candidates[model.bounds[rows[day]] : model.bounds[rows[day] + 1]]
        distances = np.sum((pasts[candidates] - wanted) ** 2, axis=1)
        n_near = int(np.ceil(np.sqrt(candidates.size)))
        nearest = np.argpartition(distances, n_near - 1)[:n_near]
        nearest = nearest[np.argsort(distances[nearest])]
        rank = int(np.searchsorted(shares[n_near], uniform[day], side="right"))
        chosen.append(int(candidates[nearest[min(rank, n_near - 1)]]))
        recent = np.concatenate([recent[len(series) :], series[:, chosen[-1]]])
    return np.array(chosen, dtype=np.intp)


def _pasts(series: FloatArray, order: int) -> FloatArray:
    """The p days before each day, the oldest first, shape (T, p K); days without them hold NaN."""
    n_variables, n_days = series.shape
    pasts = np.full((n_days, order * n_variables), np.nan)
    lags = [series[:, order - lag : n_days - lag] for lag in range(order, 0, -1)]
    pasts[order:] = np.concatenate(lags).T
    return pasts


def _cumulative_weights(n_candidates: int) -> tuple[FloatArray, ...]:
    """Cumulative probabilities of the nearest, second nearest ... of k neighbours, for every k that may occur."""
    largest = int(np.ceil(np.sqrt(n_candidates)))
    harmonic = np.cumsum(1.0 / np.arange(1, largest + 1))
    return tuple(harmonic[:k] / harmonic[max(k, 1) - 1] for k in range(largest + 1))


def _daily_bias(bias: FloatArray | None, n_variables: int, n_days: int) -> FloatArray:
    if bias is None:
        return np.zeros((n_variables, n_days))
    offsets = np.asarray(bias, dtype=np.float64)
    if offsets.shape not in ((n_variables,), (n_variables, n_days)):
        raise DataError(f"bias has shape {offsets.shape}, but {(n_variables,)} or {(n_variables, n_days)} is expected.")
    return np.broadcast_to(offsets.reshape(n_variables, -1), (n_variables, n_days))
