"""Climate scenarios: what is asked of the primary variable, and the shift of its scores that does it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from scipy import special

from varwg.arrays import FloatArray, readonly_floats
from varwg.calendar import N_DOYS, month_of_doy
from varwg.errors import ScenarioError
from varwg.marginals.base import SeasonalMarginal
from varwg.marginals.normal import Normal

#: What `theta_incr` may be: one number, one per station, 12 per month, or both (stations x 12).
Increment: TypeAlias = float | Sequence[float] | FloatArray | Mapping[str, float] | None

_MONTHS: Final = 12


@dataclass(frozen=True, eq=False)
class Scenario:
    """A perturbation of the climate, checked against the stations it is meant for.

    Attributes
    ----------
    theta_incr : array, shape (S, 12)
        Change of the mean of the primary variable in its own unit, per station and calendar month.
    """

    theta_incr: FloatArray

    @classmethod
    def of(cls, stations: tuple[str, ...], *, theta_incr: Increment = None) -> Scenario:
        """A scenario for `stations`.

        Parameters
        ----------
        stations : tuple of str
            Names of the S stations of the model.
        theta_incr : float, sequence, mapping or array, optional
            Change of the primary variable's mean in its unit: one number for all; one per station (a sequence of S, or
            a mapping from every station's name); 12 values, one per month; or an array of shape (S, 12).

        Raises
        ------
        ScenarioError
            If the shape fits neither stations nor months, fits both, or a value is not finite.
        """
        return cls(readonly_floats(_increments(theta_incr, stations)))

    @property
    def neutral(self) -> bool:
        """Whether the scenario changes nothing."""
        return not np.any(self.theta_incr)

    def daily_increments(self) -> FloatArray:
        """Change of the primary's mean per station and day of the year, shape (S, 366)."""
        return np.asarray(self.theta_incr[:, month_of_doy()], dtype=np.float64)

    def to_json(self) -> str:
        """Canonical text: equal for equal scenarios."""
        return json.dumps({"theta_incr": self.theta_incr.tolist()}, sort_keys=True)


def _increments(theta_incr: Any, stations: tuple[str, ...]) -> FloatArray:
    n_stations = len(stations)
    if theta_incr is None:
        return np.zeros((n_stations, _MONTHS))
    if isinstance(theta_incr, Mapping):
        if set(theta_incr) != set(stations):
            raise ScenarioError(
                f"theta_incr names the stations {', '.join(map(str, theta_incr))}, but the model has "
                f"{', '.join(stations)}: give one value for each of these."
            )
        theta_incr = [theta_incr[station] for station in stations]
    try:
        values = np.asarray(theta_incr, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"theta_incr is {theta_incr!r}, which is not a number or an array of numbers.") from error
    if not np.all(np.isfinite(values)):
        raise ScenarioError(f"theta_incr holds {values[~np.isfinite(values)].flat[0]}; give finite changes of the mean.")
    return np.broadcast_to(_per_station_and_month(values, n_stations), (n_stations, _MONTHS)).copy()


def _per_station_and_month(values: FloatArray, n_stations: int) -> FloatArray:
    if values.ndim == 0 or values.shape == (n_stations, _MONTHS):
        return values
    if values.shape == (_MONTHS,) and n_stations == _MONTHS:
        raise ScenarioError(
            "theta_incr has 12 values for 12 stations, which could mean stations or months: give an array of shape "
            "(12, 12), stations x months."
        )
    if values.shape == (n_stations,):
        return values[:, None]
    if values.shape == (_MONTHS,):
        return values[None, :]
    raise ScenarioError(
        f"theta_incr has shape {values.shape}, but one value, {n_stations} (stations), 12 (months) or "
        f"({n_stations}, 12) are expected."
    )


def score_shift(marginal: SeasonalMarginal, increments: FloatArray, *, variable: str, station: str) -> FloatArray:
    """Shift of the standard-normal scores that changes the mean of each day of the year by what is asked.

    Solves E[F_d^-1(Phi(Z + shift_d))] = mean_d + increment_d for all 366 days at once; for the normal family that is
    increment / standard deviation.

    Parameters
    ----------
    marginal : SeasonalMarginal
        Distribution of the primary variable at the station.
    increments : array, shape (366,)
        Change of the mean per day of the year, in the variable's unit.
    variable, station : str
        For the error message.

    Returns
    -------
    array, shape (366,)

    Raises
    ------
    ScenarioError
        If no shift reaches the change, because the variable's bounds are in the way.
    """
    if type(marginal) is Normal:
        return np.asarray(increments / marginal.scale, dtype=np.float64)
    return _solve_shift(marginal, increments, variable, station)


def _solve_shift(marginal: SeasonalMarginal, increments: FloatArray, variable: str, station: str) -> FloatArray:
    rows = np.arange(N_DOYS)[:, None]
    nodes = np.linspace(-6.0, 6.0, 241)
    weights = np.diff(special.ndtr(np.concatenate([[-np.inf], (nodes[1:] + nodes[:-1]) / 2, [np.inf]])))

    def mean_of(shift: FloatArray) -> FloatArray:
        return np.asarray(marginal.from_scores(nodes + shift[:, None], rows) @ weights)

    target = mean_of(np.zeros(N_DOYS)) + increments
    low, high = np.full(N_DOYS, -5.0), np.full(N_DOYS, 5.0)
    reachable = (mean_of(low) < target) & (target < mean_of(high))
    if not np.all(reachable):
        row = int(np.argmin(reachable))
        raise ScenarioError(
            f"theta_incr of {increments[row]:g} would bring the mean of {variable} at {station} to {target[row]:g} on "
            f"day {row + 1} of the year, beyond what its distribution allows: ask for a smaller change."
        )
    for _ in range(45):
        middle = (low + high) / 2
        above = mean_of(middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(increments == 0.0, 0.0, (low + high) / 2)
