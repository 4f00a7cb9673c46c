"""Days from finer steps: means, sums and extremes of the values present, missing where too few are."""

from __future__ import annotations

import numpy as np

from varwg._arrays import FloatArray
from varwg._variables import Aggregation


def to_days(values: FloatArray, steps_per_day: int, how: Aggregation, min_coverage: float) -> tuple[FloatArray, int]:
    """Daily values of one variable, and how many of them come from an incomplete day.

    Parameters
    ----------
    values : array of float, shape (..., steps)
        Whole days of regular steps; NaN is missing.
    steps_per_day : int
    how : str
        "mean", "sum", "min" or "max". The sum of an incomplete day is its mean step times the number of steps: a
        missing hour is never a zero.
    min_coverage : float
        Share of the steps that a day must have; a day with fewer is missing.

    Returns
    -------
    daily : array of float, shape (..., steps / steps_per_day)
    n_incomplete : int
        Days that have a value although some of their steps are missing.
    """
    steps = values.reshape(*values.shape[:-1], -1, steps_per_day)
    present = np.isfinite(steps)
    count = present.sum(axis=-1)
    enough = (count >= min_coverage * steps_per_day) & (count > 0)
    if how in ("min", "max"):
        empty = np.inf if how == "min" else -np.inf
        filled = np.where(present, steps, empty)
        daily = filled.min(axis=-1) if how == "min" else filled.max(axis=-1)
    else:
        scale = steps_per_day if how == "sum" else 1.0
        daily = np.where(present, steps, 0.0).sum(axis=-1) * scale / np.maximum(count, 1)
    return np.where(enough, daily, np.nan), int((enough & (count < steps_per_day)).sum())
