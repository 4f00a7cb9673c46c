"""Simulated arrays as labelled xarray objects: dims, coordinates, units and CF attributes."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr

from varwg.arrays import FloatArray, TimeArray
from varwg.variables import cf_attributes
from weathercop.model import MultisiteModel

_SITE_ATTRIBUTES: Final = (
    ("latitude", "degrees_north", "latitude"),
    ("longitude", "degrees_east", "longitude"),
    ("elevation", "m", "surface_altitude"),
)


def station_coordinates(model: MultisiteModel) -> dict[str, xr.Variable]:
    """Coordinates along the dimension `station`: names, and positions as far as they are known."""
    coordinates = {
        "station": xr.Variable("station", np.array(model.stations), {"cf_role": "timeseries_id", "long_name": "station"})
    }
    for name, units, standard_name in _SITE_ATTRIBUTES:
        values = model.site_values(name)
        if not np.all(np.isnan(values)):
            coordinates[name] = xr.Variable("station", values, {"units": units, "standard_name": standard_name})
    return coordinates


def member_coordinates(model: MultisiteModel, times: TimeArray) -> dict[str, xr.Variable]:
    """Coordinates of an array with dims (station, variable, time)."""
    return {
        **station_coordinates(model),
        "variable": xr.Variable("variable", np.array(model.variable_names)),
        "units": xr.Variable("variable", np.array([variable.units for variable in model.variables])),
        "time": xr.Variable("time", times, {"standard_name": "time", "axis": "T"}),
    }


def member_array(model: MultisiteModel, times: TimeArray, values: FloatArray, name: str) -> xr.DataArray:
    """One realisation, dims (station, variable, time)."""
    return xr.DataArray(values, member_coordinates(model, times), ("station", "variable", "time"), name=name)


def member_dataset(model: MultisiteModel, times: TimeArray, values: FloatArray) -> xr.Dataset:
    """One realisation in the tidy CF layout: one data variable per weather variable, dims (station, time)."""
    data = {}
    for number, variable in enumerate(model.variables):
        data[variable.name] = xr.Variable(("station", "time"), values[:, number], cf_attributes(variable))
    time = xr.Variable("time", times, {"standard_name": "time", "axis": "T"})
    return xr.Dataset(data, {**station_coordinates(model), "time": time}, {"Conventions": "CF-1.10", "featureType": "timeSeries"})
