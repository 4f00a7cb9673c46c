"""Courses of rain that fit the amount of a day: lent where there is none, with wet steps neither too weak nor too strong."""

from __future__ import annotations

from typing import Final

import numpy as np

from varwg.arrays import FloatArray, IntArray
from varwg.disaggregation.archive import HourlyArchive
from varwg.streams import require_generator

#: Wet days of a station, nearest in the year, among which a course is drawn where the observed day has none.
_LENDERS: Final = 10

#: Times that too strong a course is smoothed at most; after that rain is nearly the same at all steps.
_SMOOTHINGS: Final = 100


def courses(
    archive: HourlyArchive,
    place: tuple[int, int],
    amounts: FloatArray,
    days: IntArray,
    doy: IntArray,
    *,
    rng: np.random.Generator,
) -> tuple[FloatArray, int]:
    """Courses of rain of one series.

    Parameters
    ----------
    archive : HourlyArchive
    place : tuple of int
        Station and variable.
    amounts : array, shape (T,)
        Of the simulated days.
    days : array of int, shape (T,)
        Position of the observed day of each.
    doy : array of int, shape (T,)
        Row 0 to 365 of each simulated day.
    rng : numpy.random.Generator
        Source of the choices where neither the station nor another one was wet on the observed day.

    Returns
    -------
    array, shape (T, n)
        Only the proportions within a day matter.
    int
        Wet days whose course is not that of the station on the observed day.
    """
    require_generator(rng)
    station, column = place
    observed = archive.patterns[station, column]
    pattern = observed[days].astype(np.float64)
    lacking = np.flatnonzero((amounts > 0.0) & ~pattern.any(axis=1))
    if lacking.size:
        pattern[lacking] = _lent(archive, place, days[lacking], doy[lacking], rng)
    if observed.any():
        # A gauge that counts in tenths of a millimetre records nothing below half a tenth.
        pattern = _without_traces(pattern, amounts, 0.5 * float(observed[observed > 0.0].min()))
        everywhere = archive.patterns[:, column]
        pattern = _without_torrents(pattern, amounts, float(everywhere.max()), float(everywhere.sum(axis=-1).max()))
    return pattern, int(lacking.size)


def _lent(archive: HourlyArchive, place: tuple[int, int], days: IntArray, doy: IntArray, rng: np.random.Generator) -> FloatArray:
    """Courses of the same observed day at other stations, or drawn from the wet days nearest in the year, or steady rain."""
    station, column = place
    pattern = np.asarray(archive.patterns[:, column, days].sum(axis=0, dtype=np.float64))
    still = np.flatnonzero(~pattern.any(axis=1))
    if not still.size:
        return pattern
    lender = archive.patterns[station, column]
    lender = lender if lender.any() else archive.patterns[:, column].sum(axis=0)
    wet = np.flatnonzero(lender.any(axis=1))
    if not wet.size:
        pattern[still] = 1.0
        return pattern
    wet = wet[np.argsort(archive.doy[wet], kind="stable")]
    place_in_year = np.searchsorted(archive.doy[wet], doy[still])
    drawn = place_in_year + rng.integers(-(_LENDERS // 2), _LENDERS // 2, size=still.size)
    pattern[still] = lender[wet[drawn % wet.size]]
    return pattern


def _without_traces(pattern: FloatArray, amounts: FloatArray, least: float) -> FloatArray:
    """Courses without the steps that would get less than `least`; the strongest step stays."""
    totals = pattern.sum(axis=1)
    scaled = pattern * (amounts / np.where(totals > 0.0, totals, 1.0))[:, None]
    weak = np.flatnonzero(((scaled > 0.0) & (scaled < least)).any(axis=1))
    order = np.argsort(-pattern[weak], axis=1, kind="stable")
    falling = np.take_along_axis(pattern[weak], order, axis=1)
    # What the weakest of the j strongest steps gets if only these j get rain; it falls with j.
    shares = falling / np.cumsum(falling, axis=1)
    n_strong = np.maximum((amounts[weak, None] * shares >= least).sum(axis=1), 1)
    kept = np.where(np.arange(pattern.shape[1]) < n_strong[:, None], falling, 0.0)
    strong = np.empty_like(kept)
    np.put_along_axis(strong, order, kept, axis=1)
    out = pattern.copy()
    out[weak] = strong
    return out


def _without_torrents(pattern: FloatArray, amounts: FloatArray, strongest: float, largest: float) -> FloatArray:
    """Courses smoothed until no step gets more than the strongest recorded one.

    On days with more rain than any recorded one that limit grows with the root of their amount: they are taken to be as
    much longer as they are stronger.
    """
    limit = strongest * np.sqrt(np.maximum(1.0, amounts / largest))
    out = pattern.copy()
    for _ in range(_SMOOTHINGS):
        totals = out.sum(axis=1)
        strong = np.flatnonzero(amounts * out.max(axis=1) > limit * totals * (1.0 + 1e-6))
        if not strong.size:
            break
        padded = np.pad(out[strong], ((0, 0), (1, 1)), mode="edge")
        out[strong] = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return out
