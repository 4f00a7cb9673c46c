"""Everything a simulation can be asked for, declared once: keywords, help, command line and scenario files come from here."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

import numpy as np

from varwg._arguments import unknown_option
from varwg._arrays import FloatArray, TimeArray, brief
from varwg._calendar import consecutive_days, daily_times
from varwg._disaggregation.archive import HourlyArchive
from varwg._observations import Observations
from varwg._trend import TrendCourse, checked_course
from varwg._variables import ORDERED, WIND, Variable, quantity_of, roles_of, unit_in_words, with_unit
from varwg.errors import DataError, ScenarioError
from varwg.scenarios._factors import ChangeFactors
from varwg.scenarios._scenario import Fixed, Increment, Scenario, combined, scenario_values, scenarios_of
from varwg.scenarios._score_shift import signal_and_first_day

__all__ = ["ALIASES", "Asked", "Request", "asked_for", "plain"]

_LOGGER: Final = logging.getLogger("varwg.scenarios")

#: A date in any of the forms that NumPy, pandas and the standard library have for it.
Date: TypeAlias = str | datetime.date | np.datetime64 | None
#: Bands of periods in days.
Bands: TypeAlias = Sequence[tuple[float, float]]


#: Hours that courses of days come from: an archive, observations, their file, or "formula".
Archive: TypeAlias = HourlyArchive | Observations | str | Path | None


class ConditionLike(Protocol):
    """What a realisation has to meet (`weathercop.conditions`)."""

    def quantities(self, weather: Any) -> Any:
        """The numbers that are to be within bounds."""


class ConditioningLike(Protocol):
    """Conditions and how hard to try (`weathercop.conditions.Conditioning`)."""

    @property
    def budget(self) -> int:
        """Realisations that the search may take."""


class HeatWavesLike(Protocol):
    """What is done to heat waves (`weathercop.heatwaves.HotterHeatWaves`)."""

    @property
    def increment(self) -> float:
        """How much hotter they get."""


#: Conditions as objects, or as tables of a scenario file.
Conditions: TypeAlias = ConditionLike | ConditioningLike | Mapping[str, Any] | Sequence[ConditionLike | Mapping[str, Any]] | None
#: Hotter heat waves as an object, or as a table of a scenario file.
HeatWaves: TypeAlias = HeatWavesLike | Mapping[str, Any] | None
#: How members of an ensemble differ.
Spread: TypeAlias = Literal["record", "climate", "sampling"]
#: Whether what nothing is asked of follows.
Others: TypeAlias = Literal["follow", "keep"]
#: How an option is written on a command line; None where only a scenario file has it.
Flag: TypeAlias = Literal["number", "numbers", "count", "date", "name", "names", "switch"] | None


@dataclass(frozen=True)
class Asked:
    """What is said about one keyword.

    Attributes
    ----------
    shown : str
        Its type in words.
    sentence : str
        What it does.
    unit : str
        Its unit, in words; empty where it has none.
    flag : str or None
        How it is given on a command line.
    ensembles_only : bool
        Whether single simulations do without it.
    """

    shown: str
    sentence: str
    unit: str = ""
    flag: Flag = None
    ensembles_only: bool = False


def _asked(shown: str, sentence: str, *, unit: str = "", flag: Flag = None, ensembles_only: bool = False) -> Mapping[str, Asked]:
    """What the field of a keyword knows about it."""
    return MappingProxyType({"asked": Asked(shown, sentence, unit, flag, ensembles_only)})


_PRIMARY: Final = "that of the primary variable"


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """Everything a simulation can be asked for; each keyword of `simulate` is declared here and nowhere else."""

    n_days: int | None = field(
        default=None,
        metadata=_asked("int, optional", "Number of days; by default the length of the record.", unit="d", flag="count"),
    )
    start: Date = field(default=None, metadata=_asked("date, optional", "First day; by default that of the record.", flag="date"))
    times: TimeArray | Sequence[Any] | None = field(
        default=None,
        metadata=_asked("array of dates, optional", "Consecutive days to simulate, in place of `start` and `n_days`."),
    )
    theta_incr: Increment = field(
        default=None,
        metadata=_asked(
            "float, sequence, mapping or array, optional",
            "Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations, 12).",
            unit=_PRIMARY,
            flag="numbers",
        ),
    )
    theta_grad: Increment = field(
        default=None,
        metadata=_asked(
            "float, sequence or mapping, optional",
            "Change of that mean that is reached linearly at the end: one number, or one per station.",
            unit=_PRIMARY,
            flag="numbers",
        ),
    )
    mean_arrival: Increment = field(
        default=None,
        metadata=_asked(
            "float, optional",
            "Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`.",
            unit="d",
            flag="number",
        ),
    )
    disturbance_std: Increment = field(
        default=None,
        metadata=_asked("float, optional", "Size of these episodes; together with `mean_arrival`.", unit=_PRIMARY, flag="number"),
    )
    climate_signal: Any = field(
        default=None,
        metadata=_asked(
            "array, Series or DataArray, optional",
            "Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by date.",
            unit=_PRIMARY,
        ),
    )
    signal_start: str | None = field(
        default=None, metadata=_asked("date, optional", "First day of a `climate_signal` that is a plain array.", flag="date")
    )
    var_factor: Increment = field(
        default=None,
        metadata=_asked("float, optional", "Factor of the primary's deviations from its mean.", unit="1", flag="number"),
    )
    rain_factor: Increment = field(
        default=None,
        metadata=_asked(
            "float or sequence of 12, optional", "Factor of the amounts of precipitation on wet days.", unit="1", flag="numbers"
        ),
    )
    changes: Any = field(
        default=None,
        metadata=_asked(
            "mapping, path or ChangeFactors, optional",
            "Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R': {'wet_day_factor': "
            "0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path (`varwg.ChangeFactors`).",
            flag="name",
        ),
    )
    others: Others = field(
        default="follow",
        metadata=_asked(
            "str",
            "Whether variables that nothing is asked of follow by their dependence ('follow') or stay as they are ('keep').",
            flag="name",
        ),
    )
    fixed_variables: Fixed = field(
        default=None,
        metadata=_asked(
            "sequence of str, or mapping of str to array, optional",
            "Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.",
            flag="names",
        ),
    )
    primary_var: str | Sequence[str] | None = field(
        default=None,
        metadata=_asked(
            "str or sequence of str, optional",
            "Variables that the terms above act on, by default that of the generator. For several, a term is a mapping from "
            "their names or a sequence with one entry for each.",
            flag="names",
        ),
    )
    scenario: Scenario | Sequence[Scenario] | None = field(
        default=None,
        metadata=_asked(
            "Scenario or sequence of Scenario, optional",
            "The same terms as values; those given as keywords come on top, and several for one primary add up.",
        ),
    )
    keep_periods: Bands = field(
        default=(),
        metadata=_asked(
            "sequence of (shortest, longest), optional",
            "Bands of periods that keep the phases of the record.",
            unit="d",
        ),
    )
    spread: Spread = field(
        default="record",
        metadata=_asked(
            "str",
            "At many sites: how members differ: 'record' (all have the amplitudes of the record, and with its length its means), "
            "'climate' (as records of their length do), or 'sampling' (each has a climate that the record may come from, as it "
            "is too short to tell).",
            flag="name",
        ),
    )
    amplitude_width: int = field(
        default=0,
        metadata=_asked(
            "int",
            "Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the record.",
            flag="count",
        ),
    )
    stretch: int = field(
        default=1,
        metadata=_asked(
            "int",
            "Cut the realisation from one that is as many times as long; with 2 or more, means over all days vary freely.",
            flag="count",
        ),
    )
    phase_randomize: bool = field(
        default=False,
        metadata=_asked(
            "bool",
            "At one site: drive the simulation by the residuals of the record with random phases.",
            flag="switch",
        ),
    )
    trend: TrendCourse = field(
        default="record",
        metadata=_asked(
            "str, int or mapping of int to float",
            "For a model fitted with a trend: 'record' (that of the record, held beyond it), 'continue', 'none' (the mean "
            "climate of the record), a year whose climate all days have, or values of the covariate by year.",
            flag="name",
        ),
    )
    residuals: FloatArray | None = field(
        default=None,
        metadata=_asked(
            "array, optional", "At one site: what drives the simulation; `model.residuals` gives the record back.", unit="1"
        ),
    )
    ex: Any = field(
        default=None,
        metadata=_asked(
            "array, mapping, Series, DataFrame, DataArray or callable, optional",
            "At one site: external variables on the simulated days, if the model was fitted with some.",
        ),
    )
    conditions: Conditions = field(
        default=None,
        metadata=_asked(
            "Condition, several, or Conditioning, optional",
            "At many sites: what the realisation has to meet, such as `weathercop.conditions.YearlyBounds`.",
        ),
    )
    heat_waves: HeatWaves = field(
        default=None,
        metadata=_asked(
            "HotterHeatWaves, optional", "At many sites: what is done to heat waves (`weathercop.heatwaves.HotterHeatWaves`)."
        ),
    )
    disaggregate: bool | Mapping[str, int] = field(
        default=False,
        metadata=_asked(
            "bool or mapping",
            "Write hours as well, with the courses of observed days up to {'window': days} apart in the year (15 for True).",
            flag="switch",
            ensembles_only=True,
        ),
    )
    archive: Archive = field(
        default=None,
        metadata=_asked(
            "HourlyArchive, Observations, path or 'formula', optional",
            "Write hours with the courses of days of other stations: of those with the same names, or of one for all. Variables "
            "that they lack, or with 'formula' all, get courses by formula (see `varwg.HourlyArchive`).",
            ensembles_only=True,
        ),
    )

    __repr__ = brief

    def __post_init__(self) -> None:
        if self.spread not in get_args(Spread):
            raise ScenarioError(f"spread is {self.spread!r}, but one of {', '.join(get_args(Spread))} is expected.")
        object.__setattr__(self, "trend", checked_course(self.trend))
        if self.others not in ("follow", "keep"):
            raise ScenarioError(f"others is {self.others!r}, but 'follow' or 'keep' is expected.")
        if not isinstance(self.keep_periods, (Sequence, np.ndarray)) or isinstance(self.keep_periods, str):
            raise ScenarioError(
                f"keep_periods is {self.keep_periods!r}, which is not a sequence of bands: give such as [(300, 400)], in days."
            )
        if isinstance(self.primary_var, (str, type(None))):
            return
        if not isinstance(self.primary_var, Sequence) or not all(isinstance(name, str) for name in self.primary_var):
            raise ScenarioError(f"primary_var is {self.primary_var!r}, which is not the name of a variable or several.")
        twice = [name for name in self.primary_var if list(self.primary_var).count(name) > 1]
        if twice:
            raise ScenarioError(f"primary_var names {twice[0]} twice: name each primary variable once.")

    @classmethod
    def of(cls, **keywords: Any) -> Request:
        """A request from the keywords of `simulate`, old names among them.

        Raises
        ------
        TypeError
            If there is no such keyword.
        DataError
            If a keyword is given under two names.
        """
        chosen = {name: value for name, value in keywords.items() if name not in ALIASES}
        for alias, name in ALIASES.items():
            value = keywords.get(alias)
            if value is None:
                continue
            if chosen.get(name) is not None:
                raise DataError(f"{name} ({chosen[name]}) and {alias} ({value}) are two names of one thing: give one of them.")
            chosen[name] = value
        require_known(chosen)
        return cls(**chosen)

    def asks_for(self, *names: str) -> tuple[str, ...]:
        """Those of some keywords that differ from their defaults."""
        defaults = {entry.name: entry.default for entry in fields(self)}
        return tuple(name for name in names if not _same(getattr(self, name), defaults[name]))

    @property
    def names_days(self) -> bool:
        """Whether it says which days to simulate."""
        return bool(self.asks_for("n_days", "start", "times"))

    def days(self, first_day: str, n_days: int) -> TimeArray:
        """The days to simulate; by default as many as the record has, from its first day.

        Raises
        ------
        DataError
            If days are given in two ways, or are not consecutive.
        """
        if self.times is not None:
            if self.start is not None or self.n_days is not None:
                raise DataError("times are given together with start or n_days: give either the days, or start and length.")
            return consecutive_days(self.times)
        if self.residuals is not None and self.n_days is None:
            n_days = np.shape(self.residuals)[-1]
        return daily_times(first_day if self.start is None else self.start, n_days if self.n_days is None else self.n_days)

    def on_days(self, times: TimeArray) -> Request:
        """The same for certain days."""
        return replace(self, times=None, start=str(times[0].astype("datetime64[D]")), n_days=int(times.size))

    def scenarios(self, stations: tuple[str, ...], variables: Sequence[Variable], primary: int) -> tuple[Scenario, ...]:
        """The scenarios of all primary variables, those of `scenario` and those of the keywords together.

        Parameters
        ----------
        stations : tuple of str
            Names of the stations of the model.
        variables : sequence of Variable
            Its variables.
        primary : int
            Index of its primary variable.

        Raises
        ------
        ScenarioError
            If a term cannot be used, or is meant for a temperature and the primary variable, which nobody named, is none.
        """
        names = [variable.name for variable in variables]
        chosen = (self.primary_var,) if isinstance(self.primary_var, str) else tuple(self.primary_var or ("",))
        unknown = [name for name in chosen if name and name not in names]
        if unknown:
            raise ScenarioError(f"primary_var names {unknown[0]!r}, but the variables are {', '.join(names)}: name one of these.")
        terms = {name: getattr(self, name) for name in self.asks_for(*_TERMS)}
        if isinstance(terms.get("fixed_variables"), Mapping):
            del terms["fixed_variables"]
        several = (*scenarios_of(stations, chosen, terms), *_scenarios_in(self.scenario, stations))
        for scenario in several:
            _require_temperature(scenario, variables[primary])
        together = combined(several, names[primary])
        for scenario in together:
            if scenario.primary_var in names:
                _require_climate(scenario, variables[names.index(scenario.primary_var)])
            if scenario.changes is not None:
                scenario.changes.require_fits(variables)
                _require_one_way(together, scenario.changes)
        together = _with_kept(together, names) if self.others == "keep" else together
        _tell_of_order(together, variables)
        return together

    def naming(self, primary_var: str | None) -> Request:
        """The same with the primary variable that somebody chose for the generator, if terms need one and none is named."""
        moving = self.asks_for(*(name for name in _TERMS if name not in ("rain_factor", "changes", "fixed_variables")))
        return self if primary_var is None or self.primary_var or not moving else replace(self, primary_var=primary_var)

    @property
    def given(self) -> Mapping[str, Any]:
        """Values of variables that are not simulated."""
        return self.fixed_variables if isinstance(self.fixed_variables, Mapping) else MappingProxyType({})

    def require_only(self, supported: Sequence[str], who: str, hint: str) -> None:
        """Refuse keywords that a kind of generator has no use for.

        Raises
        ------
        ScenarioError
            If one is asked for.
        """
        others = self.asks_for(*(entry.name for entry in fields(self) if entry.name not in supported))
        if others:
            raise ScenarioError(f"{others[0]} is asked for, but {who} has no such thing: {hint}, or leave {others[0]} out.")

    def table(self) -> dict[str, Any]:
        """What differs from the defaults, as plain values that a scenario file can hold.

        Raises
        ------
        ScenarioError
            If something is a function, which no file holds.
        """
        asked = {name: getattr(self, name) for name in self.asks_for(*(entry.name for entry in fields(self)))}
        if "climate_signal" in asked and not isinstance(self.climate_signal, Mapping):
            values, first_day = signal_and_first_day(self.climate_signal, self.signal_start or "")
            asked |= {"climate_signal": values} | ({"signal_start": first_day} if first_day else {})
        return {name: plain(name, value) for name, value in asked.items()}

    def to_toml(self) -> str:
        """The text of a scenario file; `Request.from_toml` reads it.

        Raises
        ------
        ScenarioError
            If something is a function, which no file holds.
        """
        return "".join(_toml_lines(self.table()))

    def described(self) -> str:
        """The text of a scenario file, with a comment in place of what no file can hold."""
        remarks, held = [], self
        for name in self.asks_for(*(entry.name for entry in fields(self) if entry.name != "climate_signal")):
            try:
                plain(name, getattr(self, name))
            except ScenarioError as error:
                remarks.append(f"# {' '.join(str(error).split())}\n")
                held = replace(held, **{name: getattr(Request(), name)})
        return "".join(remarks) + held.to_toml()

    @classmethod
    def from_toml(cls, text: str, *, source: str = "the scenario") -> Request:
        """The request that a scenario file describes: keywords of `simulate`, tables for scenarios, conditions and heat waves.

        Raises
        ------
        ScenarioError
            If it is not TOML or has a keyword that `simulate` has not.
        """
        if len(text) > _LONGEST_FILE:
            raise ScenarioError(f"{source} has {len(text)} characters, but at most {_LONGEST_FILE} are read: shorten it.")
        # The parser takes time and memory with the square of the parts of a name.
        names = re.split(r"[,=\[\]{}\n\r]", text.replace(" ", "").replace("\t", ""))
        if any(name.count(".") > _MOST_PARTS for name in names):
            raise ScenarioError(f"{source} has a name of more than {_MOST_PARTS} parts with points between: write it as a table.")
        try:
            content = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            # Numbers of thousands of digits and nesting without end are errors of Python's own.
            why = "it is nested too deep" if isinstance(error, RecursionError) else error
            raise ScenarioError(f"{source} is not TOML ({why}): write lines such as theta_incr = 2.0.") from error
        try:
            return cls.of(**content)
        except TypeError as error:
            raise ScenarioError(f"{source} has an {error}") from error

    @classmethod
    def read(cls, path: str | Path) -> Request:
        """The request in a scenario file; see `from_toml`.

        Raises
        ------
        ScenarioError
            If the file cannot be read.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScenarioError(f"the scenario {path} cannot be read ({error}): check the path.") from error
        return cls.from_toml(text, source=str(path))


#: Characters of a scenario file, and parts of a name in it, which are the most that are read.
_LONGEST_FILE: Final = 2**22
_MOST_PARTS: Final = 100
#: Names that users of the predecessors know, and what they are called now.
ALIASES: Final[Mapping[str, str]] = MappingProxyType({"T": "n_days", "start_str": "start", "sim_times": "times"})
#: Keywords that make up a scenario.
_TERMS: Final = tuple(own.name for own in fields(Scenario) if own.name != "primary_var")
#: Largest change of a mean temperature that is taken for one, in K.
_MOST_WARMING: Final = 50.0


def asked_for() -> dict[str, Asked]:
    """What is said about each keyword, by name."""
    return {entry.name: entry.metadata["asked"] for entry in fields(Request)}


def require_known(keywords: Mapping[str, Any]) -> None:
    """Refuse a keyword that `simulate` has not.

    Raises
    ------
    TypeError
        If there is one.
    """
    names = [entry.name for entry in fields(Request)]
    for name in keywords:
        if name not in names:
            raise unknown_option(name, names)


def _require_temperature(scenario: Scenario, primary: Variable) -> None:
    """Refuse changes of degrees for what is no temperature, if nobody said which variable they are for."""
    moves = scenario.moves_primary
    if moves and not scenario.primary_var and quantity_of(primary.units) != "temperature":
        raise ScenarioError(
            f"{moves[0]} changes the primary variable, which is {primary.name} in {unit_in_words(primary.units)} and no "
            f"temperature: name the variable that is meant, with primary_var='{primary.name}' or another."
        )


def _require_climate(scenario: Scenario, primary: Variable) -> None:
    """Refuse changes of the mean that no climate has seen."""
    limit = _MOST_WARMING if quantity_of(primary.units) == "temperature" else primary.possible_max - primary.possible_min
    for name in scenario.moves_primary:
        changes = np.atleast_1d(getattr(scenario, name))
        worst = float(changes.flat[np.abs(changes).argmax()])
        if abs(worst) > limit:
            raise ScenarioError(
                f"{name} is {with_unit(worst, primary)} for {primary.name}, which is not a change that a climate has: ask for at "
                f"most {with_unit(limit, primary)}."
            )


def _require_one_way(scenarios: tuple[Scenario, ...], changes: ChangeFactors) -> None:
    """Refuse a variable that is moved as a primary and has change factors too."""
    for scenario in scenarios:
        if scenario.moves_scores and scenario.primary_var in changes.variables:
            raise ScenarioError(
                f"{scenario.primary_var} is changed by {(*scenario.moves_primary, 'var_factor')[0]} and by changes: ask for both "
                "in one of them."
            )


def _tell_of_order(scenarios: tuple[Scenario, ...], variables: Sequence[Variable]) -> None:
    """Log which kept variables have to make way for those that change, as temperatures and winds of a day have an order."""
    changed = {scenario.primary_var for scenario in scenarios if scenario.moves_scores}
    changed |= {name for scenario in scenarios if scenario.changes is not None for name in scenario.changes.variables}
    kept = {name for scenario in scenarios for name in scenario.fixed_variables} - changed
    roles = dict(zip((variable.name for variable in variables), roles_of(variables), strict=True))
    winds = WIND if set(WIND) <= set(roles.values()) else ()
    for group in (set(ORDERED) - set(WIND), winds):
        # Which of them change, and which are kept.
        moving, still = ([name for name, role in roles.items() if role in group and name in names] for names in (changed, kept))
        if moving and still:
            _LOGGER.warning(
                "%s %s kept while %s %s: on days on which they would be out of order, what is kept makes way and changes too; "
                "weathercop.validation.reached, or weathercop validate --base, says by how much.",
                " and ".join(still),
                "are" if len(still) > 1 else "is",
                " and ".join(moving),
                "change" if len(moving) > 1 else "changes",
            )


def _with_kept(scenarios: tuple[Scenario, ...], names: Sequence[str]) -> tuple[Scenario, ...]:
    """Scenarios in which all variables that nothing is asked of are fixed."""
    if all(scenario.neutral for scenario in scenarios):
        return scenarios
    asked = {scenario.primary_var for scenario in scenarios}
    asked |= {name for scenario in scenarios if scenario.changes is not None for name in scenario.changes.variables}
    first, *rest = scenarios
    kept = dict.fromkeys((*first.fixed_variables, *(name for name in names if name not in asked)))
    return (replace(first, fixed_variables=tuple(kept)), *rest)


def _scenarios_in(scenario: Any, stations: tuple[str, ...]) -> tuple[Scenario, ...]:
    """Scenarios as values, from values or from the tables of a scenario file."""
    several = () if scenario is None else [scenario] if isinstance(scenario, (Mapping, str)) else scenario
    if isinstance(several, Sequence):
        several = [Scenario.from_terms(stations, one) if isinstance(one, Mapping) else one for one in several]
    return scenario_values(several)


def _same(value: Any, default: Any) -> bool:
    """Whether a value is the default, which an empty sequence in place of another is too."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value is default or (type(value) is type(default) and value == default)
    return default in ((), None) and isinstance(value, (tuple, list, dict)) and not value


def plain(name: str, value: Any) -> Any:
    """A value made of numbers, texts, lists and tables."""
    if isinstance(value, Scenario):
        return value.table()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (HourlyArchive, Observations)):
        raise ScenarioError(
            f"{name} has hours of {', '.join(value.stations)}, which a scenario file cannot hold: name their file."
        )
    if value is None or isinstance(value, (bool, int, float, str, datetime.date)):
        return value
    if isinstance(value, (np.generic, np.ndarray)):
        return np.asarray(value).astype(str).tolist() if value.dtype.kind == "M" else value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(f"{name}.{key}", item) for key, item in value.items()}
    if isinstance(value, (Sequence, np.ndarray)):
        return [plain(name, item) for item in value]
    if dataclasses.is_dataclass(value):
        parts = {part.name: getattr(value, part.name) for part in fields(value)}
        return {"kind": type(value).__name__} | {part: plain(f"{name}.{part}", item) for part, item in parts.items()}
    if hasattr(value, "to_numpy") and not _has_calendar(value):
        return plain(name, value.to_numpy())
    raise ScenarioError(f"{name} is {value!r}, which a scenario file cannot hold: give it in Python.")


def _has_calendar(series: Any) -> bool:
    """Whether a Series or DataArray is indexed by time, which plain numbers are not."""
    index = getattr(series, "index", ())
    return "time" in getattr(series, "dims", ()) or np.asarray(index).dtype.kind == "M"


def _toml_lines(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Lines of TOML: values first, then tables, then arrays of tables."""
    tables = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    arrays = {name: value for name, value in table.items() if _is_tables(value)}
    for name, value in table.items():
        if name not in tables and name not in arrays and value is not None:
            yield f"{_toml_key(name)} = {_toml(value)}\n"
    for name, value in tables.items():
        yield f"\n[{prefix}{_toml_key(name)}]\n"
        yield from _toml_lines(value, f"{prefix}{_toml_key(name)}.")
    for name, several in arrays.items():
        for value in several:
            yield f"\n[[{prefix}{_toml_key(name)}]]\n"
            yield from _toml_lines(value, f"{prefix}{_toml_key(name)}.")


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _toml_key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _toml(name)


def _toml(value: Any) -> str:
    import json

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return repr(value)
    return str(value)
