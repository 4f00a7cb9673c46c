"""Change factors: how the distributions of any variables change, month by month, as one immutable value."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from varwg._arrays import FloatArray, TimeArray, brief, readonly_floats
from varwg._persistence import FACTORS, write_dataset
from varwg._provenance import parsed_json
from varwg._variables import Variable, quantity_of, unit_in_words, with_unit
from varwg.errors import ScenarioError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ChangeFactors", "Course"]

#: How changes come about: at once, evenly until the last day, or a share of them for each year.
Course: TypeAlias = Literal["step", "ramp"] | Mapping[int, float] | Sequence[float]

_LOG: Final = logging.getLogger("varwg.scenarios")
_MONTHS: Final = 12
#: Between variable and entry, in names of a file.
_SEPARATOR: Final = "__"
#: Entries of a variable, and what changes nothing.
_ENTRIES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "mean": 0.0,
        "mean_factor": 1.0,
        "sd_factor": 1.0,
        "wet_day_factor": 1.0,
        "wet_mean_factor": 1.0,
        "tail_factor": 1.0,
        "tail_index_factor": 1.0,
        "quantile_changes": 0.0,
        "quantile_factors": 1.0,
    }
)
#: Entries with a last axis of quantiles, whose probabilities are in "quantiles".
BY_QUANTILE: Final = ("quantile_changes", "quantile_factors")
#: Entries that only precipitation has.
OF_RAIN: Final = ("wet_day_factor", "wet_mean_factor", "tail_factor", "tail_index_factor")
#: The smallest and the largest factor that are taken for one, and the largest change of a temperature in K.
_SMALLEST_FACTOR: Final = 0.01
_LARGEST_FACTOR: Final = 10.0
_MOST_WARMING: Final = 50.0


@dataclass(frozen=True, eq=False)
class ChangeFactors:
    """Changes of the distributions of variables by station and calendar month.

    Attributes
    ----------
    changes : mapping of str to mapping of str to array, shape (S, 12) or (S, 12, Q)
        By variable, what changes: "mean" (added, in the unit of the variable), "mean_factor", "sd_factor" (standard
        deviation of days), for precipitation "wet_day_factor" (frequency of days with 1 mm or more), "wet_mean_factor"
        (mean of these), "tail_factor" (their 99 % quantile) or "tail_index_factor" (the index of their tail, that is the
        exponent of what they have above 1 mm while the mean is held), and "quantile_changes" or "quantile_factors" at the
        probabilities "quantiles" (Q,): of all days, of precipitation on wet days. Where only a mean is asked, the standard
        deviation is held, or multiplied by a "mean_factor"; wet days and their mean are held where only the other is asked.
    course : str, mapping of int to float or tuple of float
        "step": from the first day; "ramp": from nothing on the first day to all on the last; a mapping from years to
        shares, linear between them; or the share of each simulated year.
    source : tuple of str
        What they were read from, a line for each variable.
    """

    changes: Mapping[str, Mapping[str, FloatArray]]
    course: Course = "step"
    source: tuple[str, ...] = ()

    __repr__ = brief

    @classmethod
    def of(cls, given: Any, stations: tuple[str, ...]) -> ChangeFactors | None:
        """Checked change factors; None if nothing is changed.

        Parameters
        ----------
        given : mapping of str to mapping, ChangeFactors, path, Dataset or None
            A file that `to_netcdf` wrote, such a Dataset, or entries by variable; each is a number, 12 monthly ones, one per
            station, a mapping from stations, or an array (stations, 12); for quantiles with their number as the last axis.
            An entry "course" says how they come about.
        stations : tuple of str
            The stations.

        Raises
        ------
        ScenarioError
            If an entry is unknown, its shape fits nothing, a value is not finite or no change of any climate, or entries
            exclude each other.
        """
        if isinstance(given, ChangeFactors):
            given = given.table()
        if isinstance(given, (str, Path)):
            given = _read(Path(given))
        if hasattr(given, "data_vars"):
            given = _entries_of(given, stations)
        if given is None or (isinstance(given, Mapping) and not given):
            return None
        entries = (
            {str(name): entry_table for name, entry_table in given.items() if name != "course"}
            if isinstance(given, Mapping)
            else {}
        )
        if not entries or not all(isinstance(entry_table, Mapping) for entry_table in entries.values()):
            raise ScenarioError(
                f"changes is {given!r}, but entries by variable are expected, such as "
                "{'theta': {'mean': 2.0}, 'R': {'wet_day_factor': 0.9}}."
            )
        course = _checked_course(given.get("course", "step"))
        changes = {name: _checked_entries(name, entry_table, stations) for name, entry_table in entries.items()}
        for name, entry_table in changes.items():
            _require_factors(name, entry_table, _ends_of(course))
        return cls(MappingProxyType(changes), course)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables that change."""
        return tuple(self.changes)

    def shares(self, times: TimeArray) -> FloatArray:
        """Share of the changes that each of the days (T,) has.

        Raises
        ------
        ScenarioError
            If the course names a share for another number of years than are simulated.
        """
        if isinstance(self.course, str):
            return np.ones(times.size) if self.course == "step" else np.linspace(0.0, 1.0, times.size)
        years = times.astype("datetime64[Y]").astype(np.intp) + 1970
        if isinstance(self.course, Mapping):
            named = sorted(self.course)
            shares = [self.course[year] for year in named]
            if len(named) > 1 and (years[-1] <= named[0] or years[0] >= named[-1]):
                _LOG.warning(
                    "course is for %d to %d, but %d to %d are simulated, which have a share of %g of the changes throughout: "
                    "should start= be another day?",
                    named[0],
                    named[-1],
                    years[0],
                    years[-1],
                    shares[0 if years[-1] <= named[0] else -1],
                )
            return np.interp(years, named, shares)
        n_years = int(years[-1] - years[0]) + 1
        if len(self.course) != n_years:
            raise ScenarioError(
                f"course has {len(self.course)} shares, but {n_years} calendar years are simulated: give one for each year."
            )
        return np.asarray(np.asarray(self.course, dtype=np.float64)[years - years[0]])

    def require_fits(self, variables: Sequence[Variable]) -> None:
        """Refuse changes that variables cannot have.

        Raises
        ------
        ScenarioError
            If a variable is unknown, is no precipitation and has its entries, or a factor is meant for what has no zero.
        """
        by_name = {variable.name: variable for variable in variables}
        for name, entries in self.changes.items():
            if name not in by_name:
                raise ScenarioError(f"changes names {name!r}, but the variables are {', '.join(by_name)}: name one of these.")
            _require_fits(by_name[name], entries, max(map(abs, _ends_of(self.course))))

    def table(self) -> dict[str, Any]:
        """The changes as plain values, which `of` reads."""
        changes: dict[str, Any] = {
            name: {entry: _shortest(values) for entry, values in entries.items()} for name, entries in self.changes.items()
        }
        return changes if self.course == "step" else {**changes, "course": self._plain_course()}

    def to_dataset(self, stations: tuple[str, ...]) -> xr.Dataset:
        """The factors as a Dataset (station, month[, quantile]), one variable for each entry; `of` reads it."""
        import xarray as xr

        dataset = xr.Dataset(coords={"station": list(stations), "month": np.arange(1, _MONTHS + 1)})
        for name, entries in self.changes.items():
            for entry, values in entries.items():
                axis = f"{name}{_SEPARATOR}quantiles"
                dims = [axis] if entry == "quantiles" else ["station", "month", *([axis] if entry in BY_QUANTILE else [])]
                dataset[f"{name}{_SEPARATOR}{entry}"] = (dims, values)
        about = {"source": "\n".join(self.source)} if self.source else {}
        return dataset.assign_attrs(title="change factors", course=json.dumps(self._plain_course()), **about)

    def to_netcdf(self, path: str | Path, stations: tuple[str, ...]) -> None:
        """Write `to_dataset` to a file, atomically.

        Raises
        ------
        DataError
            If it cannot be written.
        """
        write_dataset(path, self.to_dataset(stations), FACTORS)

    def _plain_course(self) -> Any:
        if isinstance(self.course, Mapping):
            return {str(year): share for year, share in self.course.items()}
        return self.course if isinstance(self.course, str) else list(self.course)

    def __add__(self, other: ChangeFactors) -> ChangeFactors:
        """Both, where they are for different variables and have one course.

        Raises
        ------
        ScenarioError
            If they are not.
        """
        both = set(self.changes) & set(other.changes)
        if both or self._plain_course() != other._plain_course():
            what = f"both change {sorted(both)[0]}" if both else "their courses differ"
            raise ScenarioError(f"two sets of change factors cannot be put together, as {what}: write them as one.")
        return ChangeFactors(MappingProxyType({**self.changes, **other.changes}), self.course)


def _read(path: Path) -> xr.Dataset:
    import xarray as xr

    if not path.exists():
        raise ScenarioError(f"changes is the path {path}, but there is no such file: check it.")
    try:
        return xr.load_dataset(path)
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path} is not a file of change factors ({error}): make one with `weathercop factors`.") from error


def _entries_of(dataset: xr.Dataset, stations: tuple[str, ...]) -> dict[str, Any]:
    """Entries by variable of a Dataset; factors of one station without a name of the model are for all."""
    held = [str(name) for name in np.atleast_1d(dataset["station"].values)] if "station" in dataset.coords else []
    missing = [name for name in stations if name not in held]
    if missing and len(held) != 1:
        raise ScenarioError(
            f"the change factors have the stations {', '.join(held)}, but {missing[0]} is needed: make them for it."
        )
    chosen = [0] * len(stations) if missing else [held.index(name) for name in stations]
    entries: dict[str, Any] = {}
    for label, array in dataset.variables.items():
        variable, separator, entry = str(label).rpartition(_SEPARATOR)
        if separator:
            values = np.asarray(array.values, dtype=np.float64)
            entries.setdefault(variable, {})[entry] = values if entry == "quantiles" else values[chosen]
    return {**entries, "course": parsed_json(str(dataset.attrs.get("course", '"step"')), "the course")}


def _checked_entries(variable: str, table: Mapping[str, Any], stations: tuple[str, ...]) -> Mapping[str, FloatArray]:
    valid = (*_ENTRIES, "quantiles")
    for name in table:
        if name not in valid:
            raise ScenarioError(f"changes has {name!r} for {variable}, but the entries are {', '.join(valid)}.")
    quantiles = _checked_quantiles(variable, table)
    entries = {
        name: _monthly(variable, name, value, stations, quantiles)
        for name, value in table.items()
        if name != "quantiles" and value is not None
    }
    _require_one_way(variable, tuple(entries))
    if quantiles is not None:
        entries["quantiles"] = readonly_floats(quantiles)
    if not entries:
        raise ScenarioError(f"changes names {variable} and no change of it: give one of {', '.join(_ENTRIES)}.")
    return MappingProxyType(entries)


def _ends_of(course: Course) -> tuple[float, float]:
    """The smallest and the largest share of the changes that any day has, with none and all."""
    shares = [0.0, 1.0, *(course.values() if isinstance(course, Mapping) else () if isinstance(course, str) else course)]
    return min(shares), max(shares)


def _require_factors(variable: str, entries: Mapping[str, FloatArray], ends: tuple[float, float]) -> None:
    """Refuse factors that no climate has at any share of the course."""
    for name, values in entries.items():
        if not name.endswith(("factor", "factors")):
            continue
        reached = np.concatenate([(1.0 + share * (values - 1.0)).ravel() for share in ends])
        if not np.all((reached >= _SMALLEST_FACTOR) & (reached <= _LARGEST_FACTOR)):
            worst = reached[np.abs(np.log(np.maximum(reached, 1e-12))).argmax()]
            raise ScenarioError(
                f"{name} of {variable} is {worst:g}, but a factor from {_SMALLEST_FACTOR:g} to {_LARGEST_FACTOR:g} is expected."
            )


def _require_one_way(variable: str, names: tuple[str, ...]) -> None:
    """Refuse entries that say the same thing twice."""
    pairs = (
        ("mean", "mean_factor"),
        ("quantile_changes", "quantile_factors"),
        ("wet_mean_factor", "mean_factor"),
        ("wet_mean_factor", "mean"),
        ("tail_factor", "sd_factor"),
        ("tail_index_factor", "sd_factor"),
        ("tail_index_factor", "tail_factor"),
    )
    by_quantile = [name for name in names if name in BY_QUANTILE]
    others = [name for name in names if name not in (*BY_QUANTILE, "wet_day_factor")]
    twice = [pair for pair in pairs if set(pair) <= set(names)]
    if by_quantile and others:
        twice.append((by_quantile[0], others[0]))
    if twice:
        raise ScenarioError(f"{twice[0][0]} and {twice[0][1]} of {variable} settle the same: give one of them.")


def _checked_quantiles(variable: str, table: Mapping[str, Any]) -> FloatArray | None:
    wanted = [name for name in BY_QUANTILE if name in table]
    if not wanted and "quantiles" not in table:
        return None
    if not wanted or "quantiles" not in table:
        missing = "quantiles" if wanted else "quantile_changes or quantile_factors"
        raise ScenarioError(f"{missing} of {variable} is missing: give probabilities (quantiles) and the changes at these.")
    quantiles = _finite(f"quantiles of {variable}", table["quantiles"])
    within = quantiles.ndim == 1 and quantiles.size > 1 and np.all((quantiles >= 0.0) & (quantiles <= 1.0))
    if not within or np.any(np.diff(quantiles) <= 0.0):
        raise ScenarioError(f"quantiles of {variable} is {table['quantiles']!r}, but rising ones from 0 to 1 are expected.")
    return quantiles


def _finite(what: str, value: Any) -> FloatArray:
    """Finite numbers; texts, dates and truths are none."""
    try:
        if np.asarray(value).dtype.kind not in "iufO":
            raise TypeError(f"{what} is not made of numbers")
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{what} is {value!r}, but numbers are expected.") from error
    if not np.isfinite(numbers).all():
        raise ScenarioError(f"{what} holds {numbers[~np.isfinite(numbers)].flat[0]}; give finite numbers.")
    return numbers


def _monthly(variable: str, name: str, value: Any, stations: tuple[str, ...], quantiles: FloatArray | None) -> FloatArray:
    """Values (S, 12), of quantiles (S, 12, Q)."""
    if isinstance(value, Mapping):
        if set(value) != set(stations):
            raise ScenarioError(
                f"{name} of {variable} names the stations {', '.join(map(str, value))}, but the model has {', '.join(stations)}."
            )
        by_station = [_finite(f"{name} of {variable} at {station}", value[station]) for station in stations]
        wrong = [station for station, values in zip(stations, by_station, strict=True) if values.shape not in ((), (_MONTHS,))]
        if wrong:
            raise ScenarioError(f"{name} of {variable} at {wrong[0]} is {value[wrong[0]]!r}, but one number or 12 are expected.")
        value = [np.broadcast_to(values, (_MONTHS,)) for values in by_station]
    numbers = _finite(f"{name} of {variable}", value)
    tail = () if name not in BY_QUANTILE or quantiles is None else (quantiles.size,)
    shape = (len(stations), _MONTHS, *tail)
    head = numbers.shape[: numbers.ndim - len(tail)] if numbers.shape[numbers.ndim - len(tail) :] == tail else None
    if head == (_MONTHS,) and len(stations) == _MONTHS:
        raise ScenarioError(f"{name} of {variable} has 12 values for 12 stations: give an array (12, 12), stations x months.")
    if head == (len(stations),) and head != (_MONTHS,):
        numbers = numbers[:, None]
    if head is None or head not in ((), (_MONTHS,), (len(stations),), (len(stations), _MONTHS)):
        raise ScenarioError(
            f"{name} of {variable} has shape {numbers.shape}, but one value, {len(stations)} (stations), 12 (months) or "
            f"{shape} are expected."
        )
    return readonly_floats(np.broadcast_to(numbers, shape))


def _checked_course(course: Any) -> Course:
    if course in ("step", "ramp") if isinstance(course, str) else False:
        return "step" if course == "step" else "ramp"
    try:
        if isinstance(course, Mapping):
            path = {int(year): float(share) for year, share in course.items()}
            if path and np.isfinite(list(path.values())).all() and all(float(year) == int(year) for year in course):
                return MappingProxyType(path)
        elif not isinstance(course, str):
            shares = tuple(float(share) for share in course)
            if shares and np.isfinite(shares).all():
                return shares
    except (TypeError, ValueError):
        pass
    raise ScenarioError(
        f"course is {course!r}, but 'step', 'ramp', a share of the changes for each simulated year, or a mapping from years to "
        "shares is expected."
    )


def _require_fits(variable: Variable, entries: Mapping[str, FloatArray], share: float) -> None:
    name, units = variable.name, variable.units
    rain = [entry for entry in entries if entry in OF_RAIN]
    if rain and not variable.is_precipitation:
        raise ScenarioError(
            f"{rain[0]} is asked of {name} in {unit_in_words(units)}, but only precipitation has wet days: use mean or sd_factor."
        )
    relative = [entry for entry in ("mean_factor", "quantile_factors") if entry in entries]
    if relative and not (variable.lower >= 0.0 or variable.possible_min >= 0.0):
        raise ScenarioError(
            f"{relative[0]} is asked of {name} in {unit_in_words(units)}, whose zero is arbitrary: give the change, as mean."
        )
    limit = _MOST_WARMING if quantity_of(units) == "temperature" else variable.possible_max - variable.possible_min
    for entry in ("mean", "quantile_changes"):
        changes = share * entries.get(entry, np.zeros(1)).ravel()
        worst = float(changes[np.abs(changes).argmax()])
        if abs(worst) > limit:
            raise ScenarioError(
                f"{entry} of {name} is {with_unit(worst, variable)}, but a change of at most {with_unit(limit, variable)} is "
                "expected."
            )


def _shortest(values: FloatArray) -> Any:
    """One number where all are the same, 12 where all stations are the same, else all."""
    if values.ndim == 1:
        return values.tolist()
    if values.ndim == 2 and np.all(values == values.flat[0]):
        return float(values.flat[0])
    return (
        values[0].tolist() if len(values) == 1 or (np.all(values == values[:1]) and len(values) != _MONTHS) else values.tolist()
    )
