"""Where stations are: their coordinates, from the data or given by the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from varwg.arrays import FloatArray
from varwg.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

#: A number for all stations, one per station in their order, or numbers by name of station.
PerStation: TypeAlias = float | Sequence[float] | Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Places:
    """Where the stations are."""

    stations: tuple[str, ...]
    latitude: FloatArray
    longitude: FloatArray
    elevation: FloatArray

    @classmethod
    def of(
        cls,
        dataset: xr.Dataset,
        latitude: PerStation | None,
        longitude: PerStation | None,
        elevation: PerStation | None,
    ) -> Places:
        """The caller's coordinates, else those of the data."""
        stations = tuple(str(name) for name in dataset["station"].values)
        given = {"latitude": latitude, "longitude": longitude, "elevation": elevation}
        found = {
            name: dataset[name].values if value is None else _per_station(name, value, stations) for name, value in given.items()
        }
        for name, limit in (("latitude", 90.0), ("longitude", 360.0)):
            wrong = np.abs(found[name]) > limit
            if wrong.any():
                raise DataError(
                    f"{name} of {stations[int(wrong.argmax())]} is {found[name][wrong][0]:g}, but degrees between "
                    f"{-limit:g} and {limit:g} were expected."
                )
        return cls(stations, **found)


def _per_station(name: str, value: PerStation, stations: tuple[str, ...]) -> FloatArray:
    """The caller's coordinate as one number per station."""
    if isinstance(value, Mapping):
        missing = [station for station in stations if station not in value]
        if missing:
            raise DataError(f"{name} is given by station, but not for {missing[0]}: add it.")
        value = [value[station] for station in stations]
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is {value!r}, but a number, or one for each station, was expected.") from error
    if numbers.ndim > 1 or numbers.size not in (1, len(stations)):
        raise DataError(f"{name} has {numbers.size} values, but one or one for each of {len(stations)} stations are needed.")
    return np.broadcast_to(numbers, (len(stations),)).copy()
