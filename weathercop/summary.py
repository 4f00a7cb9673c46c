"""A short table of observed against simulated statistics, for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from varwg.arrays import FloatArray, IntArray
from varwg.calendar import doy_index
from varwg.observations import Observations
from varwg.statistics import anomalies

#: A day is wet from this much precipitation on, in mm; the convention of the World Meteorological Organization.
WET_DAY: Final = 1.0


_HEADER: Final = (
    "station       variable  unit    |       mean        |         sd        |  wet fraction   |  lag-1 correl.  |"
    "  inter-station\n"
    "                                |     obs      sim  |     obs      sim  |    obs     sim  |    obs     sim  |"
    "    obs     sim"
)


@dataclass(frozen=True)
class Statistics:
    """Statistics of one variable at one station; NaN where one does not apply."""

    mean: float
    sd: float
    wet_fraction: float
    lag1: float
    inter_station: float


def statistics(values: FloatArray, doy: IntArray, *, wet: bool) -> list[Statistics]:
    """Statistics of one variable at all stations.

    Parameters
    ----------
    values : array, shape (S, T)
        Daily values, NaN where missing.
    doy : array of int, shape (T,)
        Day of the year of each value.
    wet : bool
        Whether a wet fraction (share of days with at least 1 mm) makes sense.

    Returns
    -------
    list of Statistics
        One per station. Correlations are those of anomalies from the mean annual cycle; the inter-station one is the
        mean over all other stations.
    """
    departures = anomalies(values, doy)
    correlations = _correlations(departures)
    np.fill_diagonal(correlations, np.nan)
    rows = []
    for station, row in enumerate(values):
        known = row[np.isfinite(row)]
        others = correlations[station][np.isfinite(correlations[station])]
        rows.append(
            Statistics(
                float(known.mean()) if known.size else np.nan,
                float(known.std()) if known.size else np.nan,
                float((known >= WET_DAY).mean()) if wet and known.size else np.nan,
                _correlation(departures[station, :-1], departures[station, 1:]),
                float(others.mean()) if others.size else np.nan,
            )
        )
    return rows


def comparison_table(observations: Observations, members: Iterable[xr.DataArray]) -> str:
    """Observed statistics beside the mean of those of the members, one line per station and variable."""
    doy = doy_index(observations.times)
    simulated: list[list[list[Statistics]]] = []
    for member in members:
        member_doy = doy_index(member["time"].values)
        values = member.values
        simulated.append([statistics(values[:, k], member_doy, wet=v.name == "R") for k, v in enumerate(observations.variables)])
    lines = [_HEADER]
    for k, variable in enumerate(observations.variables):
        observed = statistics(observations.values[:, k], doy, wet=variable.name == "R")
        for s, station in enumerate(observations.stations):
            lines.append(_line(station, variable.name, variable.units, observed[s], [run[k][s] for run in simulated]))
    return "\n".join(lines)


def _line(station: str, variable: str, units: str, observed: Statistics, simulated: list[Statistics]) -> str:
    cells = []
    for name, width in (("mean", 8), ("sd", 8), ("wet_fraction", 7), ("lag1", 7), ("inter_station", 7)):
        mean = float(np.mean([getattr(member, name) for member in simulated]))
        cells.append(f"{_number(getattr(observed, name), width)} {_number(mean, width)}")
    return f"{station[:13]:13s} {variable[:9]:9s} {units[:7]:7s} | " + " | ".join(cells)


def _number(value: float, width: int) -> str:
    return f"{'-':>{width}}" if np.isnan(value) else f"{value:{width}.3g}" if abs(value) >= 100 else f"{value:{width}.3f}"


def _correlations(series: FloatArray) -> FloatArray:
    n = len(series)
    matrix = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i + 1, n):
            matrix[i, j] = matrix[j, i] = _correlation(series[i], series[j])
    return matrix


def _correlation(x: FloatArray, y: FloatArray) -> float:
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return float("nan")
    return float(np.corrcoef(x[both], y[both])[0, 1])
