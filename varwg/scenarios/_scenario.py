"""Climate scenarios: what is asked of primary variables, checked, as immutable values: one for each, those of one added."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import numpy as np

from varwg._arrays import FloatArray, TimeArray, brief, readonly_floats
from varwg._calendar import month_of_doy, months_of
from varwg.errors import ScenarioError
from varwg.scenarios._factors import ChangeFactors
from varwg.scenarios._score_shift import checked_signal, daily_score_shift, episode_series, score_shift, signal_on
from varwg.streams import Streams

__all__ = [
    "FixedVariables",
    "Increment",
    "Scenario",
    "as_json",
    "combined",
    "daily_score_shift",
    "scenario_values",
    "scenarios_of",
    "score_shift",
    "without_default",
]

#: What `theta_incr` may be: one number, one per station, 12 per month, or both (stations x 12).
Increment: TypeAlias = float | Sequence[float] | FloatArray | Mapping[str, float] | None
#: Names of variables that do not follow the primary.
FixedVariables: TypeAlias = str | Sequence[str]
#: The same, or values of variables, shape (T,), given which the others are drawn at one site.
Fixed: TypeAlias = FixedVariables | Mapping[str, Any] | None

_MONTHS: Final = 12
#: The longest mean length of episodes that is taken for one, in days.
_LONGEST_EPISODE: Final = 36_525.0
#: The smallest and the largest factor that are taken for one of a climate.
_SMALLEST_FACTOR: Final = 0.01
_LARGEST_FACTOR: Final = 10.0
#: Terms that a scenario has one of, whatever its primaries.
_COMMON: Final = ("rain_factor", "changes", "fixed_variables")


class Effect(Enum):
    """What a term of a scenario changes."""

    MEAN = "the mean of the primary"
    DEVIATIONS = "the deviations of the primary from its mean"
    AMOUNTS = "the amounts of precipitation"
    DISTRIBUTIONS = "the distributions of the variables it names"
    NOTHING = "nothing by itself"


@dataclass(frozen=True, eq=False)
class Term:
    """What a scenario does with one of its terms.

    Attributes
    ----------
    checked : callable
        The value that a scenario holds, from all terms as they were given, and the stations.
    added : callable
        The value of two scenarios together, from the two.
    neutral : float, str, tuple or None
        The value that changes nothing.
    effect : Effect
        What it changes.
    increments : callable, optional
        Of a term that changes the mean: the change (S or 1, T), from the scenario, the days, and the streams of the call.
    """

    checked: Callable[[Mapping[str, Any], tuple[str, ...]], Any]
    added: Callable[[Scenario, Scenario], Any]
    neutral: Any = 0.0
    effect: Effect = Effect.NOTHING
    increments: Callable[[Scenario, TimeArray, Streams], FloatArray] | None = None


def _term(
    checked: Callable[[Mapping[str, Any], tuple[str, ...]], Any],
    added: Callable[[Scenario, Scenario], Any],
    neutral: Any = 0.0,
    effect: Effect = Effect.NOTHING,
    increments: Callable[[Scenario, TimeArray, Streams], FloatArray] | None = None,
) -> Mapping[str, Term]:
    """What the field of a term knows about it."""
    return MappingProxyType({"term": Term(checked, added, neutral, effect, increments)})


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
    changes : ChangeFactors or None
        Changes of the distributions of any variables, by station and calendar month.
    fixed_variables : tuple of str
        Variables whose scores do not follow the primary.
    primary_var : str
        The primary variable; empty for that of the model.
    """

    theta_incr: FloatArray = field(
        metadata=_term(
            lambda given, stations: readonly_floats(_increments(given["theta_incr"], stations)),
            lambda one, other: readonly_floats(one.theta_incr + other.theta_incr),
            effect=Effect.MEAN,
            increments=lambda scenario, times, streams: scenario.theta_incr[:, months_of(times)],
        )
    )
    theta_grad: FloatArray = field(
        metadata=_term(
            lambda given, stations: readonly_floats(_gradients(given["theta_grad"], stations)),
            lambda one, other: readonly_floats(one.theta_grad + other.theta_grad),
            effect=Effect.MEAN,
            increments=lambda scenario, times, streams: scenario.theta_grad[:, None] * np.linspace(0.0, 1.0, times.size),
        )
    )
    mean_arrival: float = field(
        metadata=_term(
            lambda given, stations: _checked_episodes(given["mean_arrival"], given["disturbance_std"])[0],
            lambda one, other: _with_episodes(one, other).mean_arrival,
        )
    )
    disturbance_std: float = field(
        metadata=_term(
            lambda given, stations: _checked_episodes(given["mean_arrival"], given["disturbance_std"])[1],
            lambda one, other: _with_episodes(one, other).disturbance_std,
            effect=Effect.MEAN,
            increments=lambda scenario, times, streams: (
                scenario.disturbance_std * episode_series(times.size, scenario.mean_arrival, streams=streams)
            ),
        )
    )
    climate_signal: FloatArray = field(
        metadata=_term(
            lambda given, stations: _signal(given, stations)[0],
            lambda one, other: _added_signals(one, other)[0],
            effect=Effect.MEAN,
            increments=lambda scenario, times, streams: signal_on(times, scenario.climate_signal, scenario.signal_start),
        )
    )
    signal_start: str = field(
        metadata=_term(
            lambda given, stations: _signal(given, stations)[1], lambda one, other: _added_signals(one, other)[1], neutral=""
        )
    )
    var_factor: float = field(
        metadata=_term(
            lambda given, stations: _checked_number(
                "var_factor", _or_one(given["var_factor"]), _SMALLEST_FACTOR, _LARGEST_FACTOR
            ),
            lambda one, other: one.var_factor * other.var_factor,
            neutral=1.0,
            effect=Effect.DEVIATIONS,
        )
    )
    rain_factor: FloatArray = field(
        metadata=_term(
            lambda given, stations: readonly_floats(_monthly_factors(_or_one(given["rain_factor"]))),
            lambda one, other: readonly_floats(one.rain_factor * other.rain_factor),
            neutral=1.0,
            effect=Effect.AMOUNTS,
        )
    )
    changes: ChangeFactors | None = field(
        metadata=_term(
            lambda given, stations: ChangeFactors.of(given["changes"], stations),
            lambda one, other: one.changes + other.changes if one.changes and other.changes else one.changes or other.changes,
            neutral=None,
            effect=Effect.DISTRIBUTIONS,
        )
    )
    fixed_variables: tuple[str, ...] = field(
        metadata=_term(
            lambda given, stations: _names(given["fixed_variables"]),
            lambda one, other: tuple(dict.fromkeys(one.fixed_variables + other.fixed_variables)),
            neutral=(),
        )
    )
    primary_var: str = field(
        metadata=_term(
            lambda given, stations: _primary(given["primary_var"]),
            lambda one, other: one.primary_var or other.primary_var,
            neutral="",
        )
    )

    __repr__ = brief

    @classmethod
    def of(
        cls,
        stations: tuple[str, ...],
        *,
        # spelled out: terms signature
        theta_incr: Increment = None,
        theta_grad: Increment = None,
        mean_arrival: Increment = None,
        disturbance_std: Increment = None,
        climate_signal: Any = None,
        signal_start: str | None = None,
        var_factor: Increment = None,
        rain_factor: Increment = None,
        changes: Any = None,
        fixed_variables: Fixed = None,
        primary_var: str | Sequence[str] | None = None,
        # end
    ) -> Scenario:
        """A scenario for `stations`.

        Parameters
        ----------
        stations : tuple of str
            Names of the S stations of the model.
        theta_incr : float, sequence, mapping or array, optional
            Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations,
            12). Unit: that of the primary variable.
        theta_grad : float, sequence or mapping, optional
            Change of that mean that is reached linearly at the end: one number, or one per station. Unit: that of the
            primary variable.
        mean_arrival : float, optional
            Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`.
            Unit: d.
        disturbance_std : float, optional
            Size of these episodes; together with `mean_arrival`. Unit: that of the primary variable.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by
            date. Unit: that of the primary variable.
        signal_start : date, optional
            First day of a `climate_signal` that is a plain array.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation on wet days.
        changes : mapping, path or ChangeFactors, optional
            Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R':
            {'wet_day_factor': 0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path
            (`varwg.ChangeFactors`).
        fixed_variables : sequence of str, or mapping of str to array, optional
            Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.
        primary_var : str or sequence of str, optional
            Variables that the terms above act on, by default that of the generator. For several, a term is a mapping
            from their names or a sequence with one entry for each.

        Raises
        ------
        ScenarioError
            If a shape fits neither stations nor months, fits both, or a value is not finite or out of its range.
        """
        return cls.from_terms(
            stations,
            {
                # spelled out: terms mapping
                "theta_incr": theta_incr,
                "theta_grad": theta_grad,
                "mean_arrival": mean_arrival,
                "disturbance_std": disturbance_std,
                "climate_signal": climate_signal,
                "signal_start": signal_start,
                "var_factor": var_factor,
                "rain_factor": rain_factor,
                "changes": changes,
                "fixed_variables": fixed_variables,
                "primary_var": primary_var,
                # end
            },
        )

    @classmethod
    def from_terms(cls, stations: tuple[str, ...], terms: Mapping[str, Any]) -> Scenario:
        """A scenario for `stations` from the keywords of `of`.

        Raises
        ------
        ScenarioError
            If there is no such term, or as for `of`.
        """
        names = [field.name for field in fields(cls)]
        unknown = [str(name) for name in terms if name not in names]
        if unknown:
            raise ScenarioError(f"unknown term {unknown[0]!r}; the terms of a scenario are {', '.join(names)}.")
        values = dict.fromkeys(names) | dict(terms)
        return cls(**{field.name: field.metadata["term"].checked(values, stations) for field in fields(cls)})

    @classmethod
    def from_climate(
        cls, historical: Any, future: Any, model: Any, *, quantiles: Sequence[float] | int | None = None
    ) -> Scenario:
        """The scenario that changes a model's climate as a climate model changes between two periods.

        Parameters
        ----------
        historical, future : path, Dataset, or a sequence of such
            Daily CF files as CMIP has them, in any calendar; several, such as those of a directory or of a pattern, are pooled.
        model : MultisiteModel, SiteModel, VarWG or Multisite
            What is to be simulated with: its stations, which get the nearest cells, and its variables.
        quantiles : sequence of float or int, optional
            Probabilities, or how many, of which the changes are reached (quantile delta mapping, Cannon et al. 2015), in
            place of those of means, standard deviations, wet days and tails.

        Raises
        ------
        DataError
            If the files hold no variable of the model, a unit cannot be converted, or cells cannot be chosen.
        """
        from varwg.scenarios._climate import climate_factors

        fitted = getattr(model, "model", model)
        factors = climate_factors(
            historical,
            future,
            stations=fitted.stations,
            variables=fitted.variables,
            latitude=fitted.site_values("latitude"),
            longitude=fitted.site_values("longitude"),
            quantiles=quantiles,
        )
        return cls.of(fitted.stations, changes=factors)

    @property
    def n_stations(self) -> int:
        """Number of stations it is made for."""
        return len(self.theta_incr)

    def with_effect(self, *effects: Effect) -> tuple[str, ...]:
        """Names of the terms that change any of these."""
        return tuple(name for name, term in _TERMS.items() if term.effect in effects and not self._is_neutral(name))

    @property
    def moves_primary(self) -> tuple[str, ...]:
        """Names of the terms that change the mean of the primary."""
        return self.with_effect(Effect.MEAN)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of all terms that change anything."""
        return self.with_effect(Effect.MEAN, Effect.DEVIATIONS, Effect.AMOUNTS, Effect.DISTRIBUTIONS)

    @property
    def neutral(self) -> bool:
        """Whether the scenario changes nothing."""
        return not self.terms

    @property
    def moves_scores(self) -> bool:
        """Whether it changes the scores of the primary and of those that follow it."""
        return bool(self.with_effect(Effect.MEAN, Effect.DEVIATIONS))

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
        total = np.zeros((self.n_stations, times.size))
        for name in self._covering(self.moves_primary):
            increments = _TERMS[name].increments
            if increments is not None:
                total = total + increments(self, times, streams)
        return total

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
        return Scenario(**{name: term.added(self, other) for name, term in _TERMS.items()})

    def table(self) -> dict[str, Any]:
        """The terms that differ from those of no scenario, as plain values; its keys are those of `of`."""
        shown = {name: getattr(self, name) for name in _TERMS if name == "theta_incr" or not self._is_neutral(name)}
        return {name: _plain(value) for name, value in shown.items()}

    def to_json(self) -> str:
        """Canonical text, equal for equal scenarios; its keys are those of `of`, terms without effect are left out."""
        return json.dumps(self.table(), sort_keys=True)

    def _is_neutral(self, name: str) -> bool:
        value, neutral = getattr(self, name), _TERMS[name].neutral
        return not np.any(value != neutral) if isinstance(value, np.ndarray) else bool(value == neutral)

    def _covering(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """With the climate signal even where it is zero, as its days are looked up all the same."""
        return (*names, "climate_signal") if self.climate_signal.size and "climate_signal" not in names else names


_TERMS: Final[Mapping[str, Term]] = MappingProxyType({own.name: own.metadata["term"] for own in fields(Scenario)})


def _plain(value: Any) -> Any:
    if isinstance(value, ChangeFactors):
        return value.table()
    return value.tolist() if isinstance(value, np.ndarray) else list(value) if isinstance(value, tuple) else value


def _or_one(value: Any) -> Any:
    return 1.0 if value is None else value


def _primary(name: Any) -> str:
    if name is None or isinstance(name, str):
        return name or ""
    raise ScenarioError(f"primary_var is {name!r}, but a scenario has one primary variable: give its name.")


def _signal(given: Mapping[str, Any], stations: tuple[str, ...]) -> tuple[FloatArray, str]:
    return checked_signal(given["climate_signal"], len(stations), given["signal_start"] or "")


def _with_episodes(one: Scenario, other: Scenario) -> Scenario:
    """That of the two that has episodes."""
    if one.disturbance_std and other.disturbance_std:
        raise ScenarioError("both scenarios have episodes, which cannot be added: leave disturbance_std out of one.")
    return one if one.disturbance_std else other


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
        if not stations:
            raise ScenarioError(f"{name} is {dict(values)!r}, but numbers without names are needed: give one, or one a month.")
        if set(values) != set(stations):
            raise ScenarioError(
                f"{name} names {', '.join(map(str, values))}, but the stations of the model are {', '.join(stations)}: give one "
                "value for each of these; changes of several variables need their names in primary_var."
            )
        values = [values[station] for station in stations]
    try:
        numbers = np.asarray(values, dtype=np.float64)
        if np.asarray(values).dtype.kind in "bSUMm":
            raise TypeError(f"{name} is not made of numbers")
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{name} is {values!r}, which is not a number or an array of numbers.") from error
    if not np.all(np.isfinite(numbers)):
        raise ScenarioError(f"{name} holds {numbers[~np.isfinite(numbers)].flat[0]}; give finite numbers.")
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
    names = (fixed_variables,) if isinstance(fixed_variables, str) else () if fixed_variables is None else fixed_variables
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
    length = _checked_number("mean_arrival", mean_arrival, 1.0 if size else 0.0, _LONGEST_EPISODE)
    return (length, size) if size else (0.0, 0.0)


def _checked_number(name: str, value: Any, lowest: float, highest: float = np.inf) -> float:
    number = _numbers(name, value, ())
    if number.ndim or not lowest <= number <= highest:
        bounds = f"of at least {lowest:g}" if highest == np.inf else f"from {lowest:g} to {highest:g}"
        raise ScenarioError(f"{name} is {value!r}, which is not one number {bounds}: give one.")
    return float(number)


def _monthly_factors(rain_factor: Any) -> FloatArray:
    factors = _numbers("rain_factor", rain_factor, ())
    if factors.shape not in ((), (_MONTHS,)) or np.any(factors < _SMALLEST_FACTOR) or np.any(factors > _LARGEST_FACTOR):
        stated = f"of the shape {factors.shape}" if factors.ndim > 1 else repr(rain_factor)
        raise ScenarioError(
            f"rain_factor is {stated}, which is not one factor from {_SMALLEST_FACTOR:g} to {_LARGEST_FACTOR:g}, or 12: give "
            "such, or changes= for factors by station."
        )
    return np.broadcast_to(factors, (_MONTHS,)).copy()


def _added_signals(one: Scenario, other: Scenario) -> tuple[FloatArray, str]:
    present = [scenario for scenario in (one, other) if scenario.climate_signal.size]
    if len(present) < 2:
        scenario = present[0] if present else one
        return scenario.climate_signal, scenario.signal_start
    if one.signal_start != other.signal_start or one.climate_signal.shape[1] != other.climate_signal.shape[1]:
        raise ScenarioError("the climate signals of both scenarios have other days: cut them to the same days before adding.")
    return readonly_floats(one.climate_signal + other.climate_signal), one.signal_start


def scenarios_of(stations: tuple[str, ...], primaries: Sequence[str], terms: Mapping[str, Any]) -> tuple[Scenario, ...]:
    """One scenario for each primary variable; an empty name stands for the default.

    Parameters
    ----------
    stations : tuple of str
        Names of the stations.
    primaries : sequence of str
        The primary variables, or ("",).
    terms : mapping of str to value
        Keywords of `Scenario.of`. For several primaries a term is a mapping from their names or a sequence with one entry
        for each, while one is the primary's own whatever it is; `rain_factor`, `changes` and `fixed_variables` are for
        none in particular.

    Raises
    ------
    ScenarioError
        If a term does not say what it is for each primary, or cannot be used.
    """
    common = {name: terms[name] for name in _COMMON if name in terms}
    of_primary = {name: value for name, value in terms.items() if name not in _COMMON}
    return tuple(
        Scenario.from_terms(
            stations, {"primary_var": primary, **_terms_of(primary, primaries, of_primary), **(common if number == 0 else {})}
        )
        for number, primary in enumerate(primaries)
    )


def scenario_values(scenario: Any) -> tuple[Scenario, ...]:
    """One scenario or several of them, as a tuple.

    Raises
    ------
    ScenarioError
        If something else is among them.
    """
    listed = (scenario,) if isinstance(scenario, (Scenario, str)) or not isinstance(scenario, Iterable) else tuple(scenario)
    for item in listed:
        if not isinstance(item, Scenario):
            raise ScenarioError(f"scenario is {item!r}, but a varwg.Scenario, or several, is expected: make one by Scenario.of.")
    return listed


def combined(scenarios: Sequence[Scenario], default_primary: str) -> tuple[Scenario, ...]:
    """Scenarios with different primaries: those with the same are added; one that moves and names none has the default."""
    together: dict[str, Scenario] = {}
    for scenario in scenarios:
        nameless = scenario.moves_scores and not scenario.primary_var
        named = replace(scenario, primary_var=default_primary) if nameless else scenario
        before = together.get(named.primary_var)
        together[named.primary_var] = named if before is None else before + named
    return tuple(together.values())


def without_default(scenario: Scenario, default_primary: str) -> Scenario:
    """The scenario without the name of its primary where that goes without saying; one that holds a variable has to say so."""
    return replace(scenario, primary_var="") if scenario.moves_scores and scenario.primary_var == default_primary else scenario


def as_json(scenarios: Sequence[Scenario], stations: tuple[str, ...]) -> str:
    """Canonical text, equal for equal scenarios: that of `Scenario.to_json`, or a list of such where there are several."""
    texts = [scenario.to_json() for scenario in scenarios or [Scenario.from_terms(stations, {})]]
    return texts[0] if len(texts) == 1 else json.dumps([json.loads(text) for text in texts], sort_keys=True)


def _terms_of(primary: str, primaries: Sequence[str], terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of one of the primaries, without those that it has not."""
    chosen = {}
    for name, value in terms.items():
        if len(primaries) == 1 and not (isinstance(value, Mapping) and set(value) & set(primaries)):
            chosen[name] = value
        elif isinstance(value, Mapping):
            strangers = [str(key) for key in value if key not in primaries]
            if strangers:
                raise ScenarioError(f"{name} names {strangers[0]}, but the primary variables are {', '.join(primaries)}.")
            if primary in value:
                chosen[name] = value[primary]
        elif isinstance(value, (Sequence, np.ndarray)) and len(value) == len(primaries):
            chosen[name] = value[list(primaries).index(primary)]
        else:
            raise ScenarioError(
                f"{name} has to say what it is for each of the primary variables {', '.join(primaries)}: give a mapping "
                "from their names, or as many entries."
            )
    return chosen
