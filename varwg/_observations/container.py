"""The one representation of observations inside the packages: a read-only array with names, places and times."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from varwg._arguments import require_storable
from varwg._arrays import FloatArray, IntArray, TimeArray, readonly, readonly_floats
from varwg._calendar import N_DOYS, doy_index, for_xarray, in_seconds
from varwg._variables import Variable, cf_attributes, place_coordinates, with_unit
from varwg.io._layout import positions
from varwg.meteo._sun import SUNRISE_ALTITUDE, day_length, potential_radiation

if TYPE_CHECKING:
    import xarray as xr


#: Variables, and stations, that a printed text names.
_MOST: Final = 15


@dataclass(frozen=True, eq=False)
class Observations:
    """Checked observations on a regular time axis.

    Attributes
    ----------
    values : array of float, shape (station, variable, time)
        In the units of `variables`; NaN is missing.
    times : array of datetime64[s], shape (time,)
        Days, or steps of equal length in `hourly`.
    stations : tuple of str
    variables : tuple of Variable
    latitude, longitude : array of float, shape (station,)
        Degrees, north and east positive; NaN where unknown.
    elevation : array of float, shape (station,)
        Metres; NaN where unknown.
    repairs : tuple of str
        One sentence for every repair that was made on reading.
    hourly : Observations or None
        The sub-daily values that the daily ones were made from, over the same days.
    grid : str
        The layout of the grid whose cells the stations are, as text; empty where they are none.
    """

    values: FloatArray
    times: TimeArray
    stations: tuple[str, ...]
    variables: tuple[Variable, ...]
    latitude: FloatArray
    longitude: FloatArray
    elevation: FloatArray
    repairs: tuple[str, ...] = ()
    hourly: Observations | None = None
    grid: str = ""

    def __post_init__(self) -> None:
        for name in ("values", "latitude", "longitude", "elevation"):
            object.__setattr__(self, name, readonly_floats(getattr(self, name)))
        object.__setattr__(self, "times", readonly(in_seconds(np.asarray(self.times))))
        for kind, names in (("station", self.stations), ("variable", self.names)):
            for label in names:
                require_storable(kind, label)

    def __repr__(self) -> str:
        steps = "days" if self.steps_per_day == 1 else f"steps ({self.steps_per_day} a day)"
        first, last = self.times[0].astype("datetime64[D]"), self.times[-1].astype("datetime64[D]")
        lines = [
            f"Observations: {len(self.stations)} stations, {len(self.variables)} variables, {self.times.size} {steps} from "
            f"{first} to {last}"
        ]
        columns = zip(self.variables, np.moveaxis(self.values, 1, 0), strict=True)
        for variable, values in itertools.islice(columns, _MOST):
            present = values[np.isfinite(values)]
            span = f"{present.min():.4g} to {with_unit(present.max(), variable)}" if present.size else "no values"
            lines.append(f"  {variable.name:12s} {span}, {1.0 - present.size / values.size:.1%} missing")
        places = zip(self.stations, self.latitude, self.longitude, self.elevation, strict=True)
        lines += [
            f"  {name}: {latitude:.2f} N, {longitude:.2f} E, {elevation:.0f} m"
            for name, latitude, longitude, elevation in itertools.islice(places, _MOST)
        ]
        lines += ["  ..."] * (len(self.stations) > _MOST)
        return "\n".join(lines)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    @property
    def doy(self) -> IntArray:
        """Row of a seasonal table for each time, shape (time,)."""
        return doy_index(self.times)

    @property
    def steps_per_day(self) -> int:
        """Number of values in a day: 1 for daily observations."""
        return int(np.timedelta64(1, "D") // (self.times[1] - self.times[0]))

    def upper_bounds(self) -> tuple[tuple[FloatArray | None, ...], ...]:
        """Seasonal upper bound of each series: `upper_bounds()[station][variable]`, shape (366,), or None.

        A bound by the sun needs the latitude. Without it sunshine is bounded by 24 h and radiation not at all.
        """
        return tuple(tuple(upper_bound(variable, float(latitude)) for variable in self.variables) for latitude in self.latitude)

    def select(self, stations: Sequence[str] | None = None, variables: Sequence[str] | None = None) -> Observations:
        """The named stations and variables, in the order given; None keeps all.

        Raises
        ------
        DataError
            If a name is not there.
        """
        rows = positions("station", self.stations if stations is None else stations, self.stations)
        columns = positions("variable", self.names if variables is None else variables, self.names)
        return Observations(
            values=self.values[np.ix_(rows, columns)],
            times=self.times,
            stations=tuple(self.stations[row] for row in rows),
            variables=tuple(self.variables[column] for column in columns),
            latitude=self.latitude[rows],
            longitude=self.longitude[rows],
            elevation=self.elevation[rows],
            repairs=self.repairs,
            hourly=None if self.hourly is None else self.hourly.select(stations, variables),
            grid=self.grid,
        )

    def to_dataset(self) -> xr.Dataset:
        """A tidy CF Dataset: one data variable per quantity with dimensions (station, time)."""
        import xarray as xr

        dims = ("station", "time")
        layout = {"grid": self.grid} if self.grid else {}
        data_vars = {
            variable.name: (dims, self.values[:, number].copy(), cf_attributes(variable))
            for number, variable in enumerate(self.variables)
        }
        coords = {
            "station": (
                "station",
                list(self.stations),
                {"cf_role": "timeseries_id", **layout},
            ),
            "time": ("time", for_xarray(self.times).copy(), {"standard_name": "time"}),
            **place_coordinates(self.latitude, self.longitude, self.elevation),
        }
        return xr.Dataset(data_vars, coords, {"Conventions": "CF-1.10", "featureType": "timeSeries"})


def upper_bound(variable: Variable, latitude: float) -> FloatArray | None:
    """Upper bound of a daily value for each row of a seasonal table, shape (366,), or None.

    The bounds by the sun never fall below a little more than nothing (0.1 h, 1 W m-2), so that the polar night leaves
    a distribution something to stand on.
    """
    rows = np.arange(N_DOYS)
    if variable.upper_bound == "none":
        return None
    if variable.upper_bound == "constant":
        return np.full(N_DOYS, variable.upper)
    if variable.upper_bound == "day_length":
        if np.isnan(latitude):
            return np.full(N_DOYS, 24.0)
        return np.maximum(day_length(latitude, rows, altitude=SUNRISE_ALTITUDE), 0.1)
    if np.isnan(latitude):
        return None
    return np.maximum(potential_radiation(latitude, rows), 1.0)


def largest_radiation() -> FloatArray:
    """The most radiation that a day of the year can have at any latitude, W m-2 at the top of the atmosphere, shape (366,)."""
    rows = np.arange(N_DOYS)
    return np.asarray(np.max([potential_radiation(latitude, rows) for latitude in np.arange(-90.0, 91.0, 5.0)], axis=0))
