"""Climate scenarios: what is asked of a primary variable, checked, as one immutable value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import numpy as np

from varwg._arrays import FloatArray, TimeArray, readonly_floats
from varwg._calendar import month_of_doy
from varwg.errors import ScenarioError
from varwg.scenarios._score_shift import daily_score_shift, score_shift
from varwg.scenarios._signals import checked_signal, episode_series, signal_on
from varwg.streams import Streams

__all__ = ["FixedVariables", "Increment", "Scenario", "daily_score_shift", "score_shift"]

#: What `theta_incr` may be: one number, one per station, 12 per month, or both (stations x 12).
Increment: TypeAlias = float | Sequence[float] | FloatArray | Mapping[str, float] | None
#: Names of variables that do not follow the primary.
FixedVariables: TypeAlias = str | Sequence[str]

_MONTHS: Final = 12


@dataclass(frozen=True, eq=False)
class Scenario:
    """A perturbation of the climate, checked against the stations it is meant for.

    All terms act on one primary variable; several primaries are several scenarios. `a + b` is the scenario that does
    what both do. A scenario that names a primary variable and has nothing for it keeps that as it is while others move.

    Attributes
    ----------
    theta_incr : array, shape (S, 12)
        Change of the mean of the primary variable in its own unit, per station and calendar month.
    theta_grad : array, shape (S,)
        Change of the mean that grows from nothing on the first simulated day to this on the last.
    mean_arrival : float
        Mean time in days between episodes above and below normal; 0 for none.
    disturbance_std : float
        Size of the episodes in the unit of the primary: the root mean square of their mean deviations.
    climate_signal : array, shape (1 or S, N)
        Change of the mean day by day; N is 0 where there is none.
    signal_start : str
        First day of the signal, ISO 8601; empty if it begins with the simulation.
    var_factor : float
        Factor of the standard deviation of the primary's scores about their mean.
    rain_factor : array, shape (12,)
        Factor of the amounts of precipitation, per calendar month.
    fixed_variables : tuple of str
        Variables whose scores do not follow the primary.
    primary_var : str
        The primary variable; empty for that of the model.
    """

    theta_incr: FloatArray
    theta_grad: FloatArray
    mean_arrival: float
    disturbance_std: float
    climate_signal: FloatArray
    signal_start: str
    var_factor: float
    rain_factor: FloatArray
    fixed_variables: tuple[str, ...]
    primary_var: str

    @classmethod
    def of(
        cls,
        stations: tuple[str, ...],
        *,
        theta_incr: Increment = None,
        theta_grad: Increment = None,
        mean_arrival: float | None = None,
        disturbance_std: float | None = None,
        climate_signal: Any = None,
        signal_start: str = "",
        var_factor: float = 1.0,
        rain_factor: float | Sequence[float] = 1.0,
        fixed_variables: FixedVariables = (),
        primary_var: str = "",
    ) -> Scenario:
        """A scenario for `stations`.

        Parameters
        ----------
        stations : tuple of str
            Names of the S stations of the model.
        theta_incr : float, sequence, mapping or array, optional
            Change of the primary variable's mean in its unit: one number for all; one per station (a sequence of S, or
            a mapping from every station's name); 12 values, one per month; or an array of shape (S, 12).
        theta_grad : float, sequence or mapping, optional
            Change of the mean that is reached linearly at the end of the simulation: one number, or one per station.
        mean_arrival, disturbance_std : float, optional
            Mean length in days and size, in the unit of the primary, of episodes above and below normal; both or none.
            All stations have the same.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day, shape (N,) or (S, N). With a calendar (a Series or DataArray indexed by
            time, or `signal_start`) the simulated days are looked up in it; without, N is the length of the simulation.
        signal_start : str
            First day of a signal that is a plain array.
        var_factor : float
            Factor of the standard deviation of the primary's deviations; the mean stays.
        rain_factor : float or sequence of 12
            Factor of the amounts of precipitation on wet days, which are as many as before.
        fixed_variables : sequence of str
            Variables that keep their scores whatever the primary does.
        primary_var : str
            The variable the terms are for; that of the model if it is not given.

        Raises
        ------
        ScenarioError
            If a shape fits neither stations nor months, fits both, or a value is not finite or out of its range.
        """
        episodes = _checked_episodes(mean_arrival, disturbance_std)
        signal, first_day = checked_signal(climate_signal, len(stations), signal_start)
        return cls(
            theta_incr=readonly_floats(_increments(theta_incr, stations)),
            theta_grad=readonly_floats(_gradients(theta_grad, stations)),
            mean_arrival=episodes[0],
            disturbance_std=episodes[1],
            climate_signal=signal,
            signal_start=first_day,
            var_factor=_checked_number("var_factor", var_factor, 0.0),
            rain_factor=readonly_floats(_monthly_factors(rain_factor)),
            fixed_variables=_names(fixed_variables),
            primary_var=primary_var,
        )

    @property
    def n_stations(self) -> int:
        """Number of stations it is made for."""
        return len(self.theta_incr)

    @property
    def moves_primary(self) -> tuple[str, ...]:
        """Names of the terms that change the mean of the primary."""
        present = {
            "theta_incr": bool(np.any(self.theta_incr)),
            "theta_grad": bool(np.any(self.theta_grad)),
            "disturbance_std": self.disturbance_std != 0.0,
            "climate_signal": bool(np.any(self.climate_signal)),
        }
        return tuple(name for name, there in present.items() if there)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of all terms that change anything."""
        factors = {"var_factor": self.var_factor != 1.0, "rain_factor": bool(np.any(self.rain_factor != 1.0))}
        return self.moves_primary + tuple(name for name, there in factors.items() if there)

    @property
    def neutral(self) -> bool:
        """Whether the scenario changes nothing."""
        return not self.terms

    @property
    def moves_scores(self) -> bool:
        """Whether it changes the scores of the primary and of those that follow it."""
        return bool(self.moves_primary) or self.var_factor != 1.0

    @property
    def seasonal(self) -> bool:
        """Whether the increments are the same in every year, so that `daily_increments` says all."""
        return set(self.moves_primary) <= {"theta_incr"}

    def require_only(self, supported: Sequence[str], what: str) -> None:
        """Refuse terms that `what` (as in "the resampling") does not support.

        Raises
        ------
        ScenarioError
            If the scenario has another term.
        """
        for name in self.terms:
            if name not in supported:
                raise ScenarioError(f"{name} is not supported by {what}, which knows {', '.join(supported)}: leave it out.")

    def daily_increments(self) -> FloatArray:
        """Change of the primary's mean by `theta_incr` per station and day of the year, shape (S, 366)."""
        return np.asarray(self.theta_incr[:, month_of_doy()], dtype=np.float64)

    def increments_on(self, times: TimeArray, *, streams: Streams) -> FloatArray:
        """Change of the primary's mean by all terms on simulated days.

        Parameters
        ----------
        times : array of datetime64, shape (T,)
            The consecutive days of a simulation.
        streams : Streams
            Streams of the call; episodes are drawn from those called "episodes".

        Returns
        -------
        array, shape (S, T)

        Raises
        ------
        ScenarioError
            If the climate signal does not cover the days.
        """
        months = np.asarray(times).astype("datetime64[M]").astype(np.int64) % _MONTHS
        increments = self.theta_incr[:, months]
        if np.any(self.theta_grad):
            increments = increments + self.theta_grad[:, None] * np.linspace(0.0, 1.0, times.size)
        if self.disturbance_std:
            episodes = episode_series(times.size, self.mean_arrival, streams=streams)
            increments = increments + self.disturbance_std * episodes
        if self.climate_signal.size:
            increments = increments + signal_on(times, self.climate_signal, self.signal_start)
        return np.asarray(increments, dtype=np.float64)

    def __add__(self, other: Scenario) -> Scenario:
        """The scenario that does what both do: increments add up, factors multiply.

        Raises
        ------
        ScenarioError
            If they are for other stations or primaries, both have episodes, or both have signals of other days.
        """
        if not isinstance(other, Scenario):
            return NotImplemented
        if self.n_stations != other.n_stations or len({self.primary_var, other.primary_var} - {""}) > 1:
            raise ScenarioError(
                "scenarios for other stations or primary variables cannot be added: pass scenarios for several primaries "
                "as a list."
            )
        if self.disturbance_std and other.disturbance_std:
            raise ScenarioError("both scenarios have episodes, which cannot be added: leave disturbance_std out of one.")
        episodes = self if self.disturbance_std else other
        signal, first_day = _added_signals(self, other)
        return replace(
            self,
            theta_incr=readonly_floats(self.theta_incr + other.theta_incr),
            theta_grad=readonly_floats(self.theta_grad + other.theta_grad),
            mean_arrival=episodes.mean_arrival,
            disturbance_std=episodes.disturbance_std,
            climate_signal=signal,
            signal_start=first_day,
            var_factor=self.var_factor * other.var_factor,
            rain_factor=readonly_floats(self.rain_factor * other.rain_factor),
            fixed_variables=tuple(dict.fromkeys(self.fixed_variables + other.fixed_variables)),
            primary_var=self.primary_var or other.primary_var,
        )

    def to_json(self) -> str:
        """Canonical text, equal for equal scenarios; its keys are those of `of`, terms without effect are left out."""
        terms: dict[str, Any] = {"theta_incr": self.theta_incr.tolist()}
        for name in self.terms:
            value = getattr(self, name)
            terms[name] = value.tolist() if isinstance(value, np.ndarray) else value
        if "disturbance_std" in terms:
            terms["mean_arrival"] = self.mean_arrival
        texts = {"signal_start": self.signal_start, "primary_var": self.primary_var}
        terms |= {name: text for name, text in texts.items() if text}
        if self.fixed_variables:
            terms["fixed_variables"] = list(self.fixed_variables)
        return json.dumps(terms, sort_keys=True)


def _increments(theta_incr: Any, stations: tuple[str, ...]) -> FloatArray:
    n_stations = len(stations)
    if theta_incr is None:
        return np.zeros((n_stations, _MONTHS))
    values = _numbers("theta_incr", theta_incr, stations)
    return np.broadcast_to(_per_station_and_month(values, n_stations), (n_stations, _MONTHS)).copy()


def _gradients(theta_grad: Any, stations: tuple[str, ...]) -> FloatArray:
    if theta_grad is None:
        return np.zeros(len(stations))
    values = _numbers("theta_grad", theta_grad, stations)
    if values.shape not in ((), (len(stations),)):
        raise ScenarioError(f"theta_grad has shape {values.shape}, but one value or {len(stations)} (stations) are expected.")
    return np.broadcast_to(values, (len(stations),)).copy()


def _numbers(name: str, values: Any, stations: tuple[str, ...]) -> FloatArray:
    """Finite numbers; a mapping from stations in their order."""
    if isinstance(values, Mapping):
        if set(values) != set(stations):
            raise ScenarioError(
                f"{name} names the stations {', '.join(map(str, values))}, but the model has "
                f"{', '.join(stations)}: give one value for each of these."
            )
        values = [values[station] for station in stations]
    try:
        numbers = np.asarray(values, dtype=np.float64)
        if np.asarray(values).dtype.kind in "bSU":
            raise TypeError(f"{name} is not made of numbers")
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{name} is {values!r}, which is not a number or an array of numbers.") from error
    if not np.all(np.isfinite(numbers)):
        raise ScenarioError(f"{name} holds {numbers[~np.isfinite(numbers)].flat[0]}; give finite changes of the mean.")
    return numbers


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


def _names(fixed_variables: FixedVariables) -> tuple[str, ...]:
    names = (fixed_variables,) if isinstance(fixed_variables, str) else fixed_variables
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ScenarioError(f"fixed_variables is {fixed_variables!r}, but the name of a variable is needed, or several.")
    return tuple(names)


def _checked_episodes(mean_arrival: float | None, disturbance_std: float | None) -> tuple[float, float]:
    """Both numbers, or zeros if the scenario has no episodes."""
    if disturbance_std is None and mean_arrival is None:
        return 0.0, 0.0
    if disturbance_std is None or mean_arrival is None:
        missing = "mean_arrival" if mean_arrival is None else "disturbance_std"
        raise ScenarioError(f"{missing} is missing: episodes need both their length (mean_arrival) and disturbance_std.")
    size = _checked_number("disturbance_std", disturbance_std, 0.0)
    length = _checked_number("mean_arrival", mean_arrival, 0.0)
    return (length, size) if size else (0.0, 0.0)


def _checked_number(name: str, value: Any, lowest: float) -> float:
    number = _numbers(name, value, ())
    if number.ndim or number < lowest:
        raise ScenarioError(f"{name} is {value!r}, but one number of at least {lowest:g} is expected.")
    return float(number)


def _monthly_factors(rain_factor: Any) -> FloatArray:
    factors = _numbers("rain_factor", rain_factor, ())
    if factors.shape not in ((), (_MONTHS,)) or np.any(factors <= 0.0):
        raise ScenarioError(f"rain_factor is {rain_factor!r}, but one factor above 0, or 12 monthly ones, are expected.")
    return np.broadcast_to(factors, (_MONTHS,)).copy()


def _added_signals(one: Scenario, other: Scenario) -> tuple[FloatArray, str]:
    present = [scenario for scenario in (one, other) if scenario.climate_signal.size]
    if len(present) < 2:
        scenario = present[0] if present else one
        return scenario.climate_signal, scenario.signal_start
    if one.signal_start != other.signal_start or one.climate_signal.shape[1] != other.climate_signal.shape[1]:
        raise ScenarioError("the climate signals of both scenarios have other days: cut them to the same days before adding.")
    return readonly_floats(one.climate_signal + other.climate_signal), one.signal_start
