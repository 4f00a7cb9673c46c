"""What a single-site simulation returns: a value that knows its days, its data and where its randomness came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from varwg.arrays import FloatArray, IntArray, TimeArray
from varwg.errors import DataError
from varwg.provenance import Provenance, versions
from varwg.variables import Variable, cf_attributes

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: What a table can be made of: physical values or normal scores.
Kind: TypeAlias = Literal["data", "scores"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated weather at one station; unpacks as `times, data = simulation`.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
        The days.
    data : array, shape (K, T)
        Physical values in the units of the observations.
    scores : array, shape (K, T)
        The same as standard-normal scores, before a factor of precipitation.
    station : str
        Name of the station.
    variables : tuple of Variable
        The variables along the first axis.
    provenance : Provenance
        Seed of the generator that was given.
    scenario : str
        The scenario as JSON; empty without one.
    rphases : array, shape (B, F)
        The random phases of B blocks of residuals; empty without phase randomisation. Hand them to another simulation
        to change the scenario but not the randomness.
    positions : array of int, shape (T,)
        The day of the record that each day is; empty unless days were resampled.
    """

    times: TimeArray
    data: FloatArray
    scores: FloatArray
    station: str
    variables: tuple[Variable, ...]
    provenance: Provenance
    scenario: str = ""
    rphases: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    positions: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def __iter__(self) -> Iterator[Any]:
        return iter((self.times, self.data))

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables along the first axis of `data`."""
        return tuple(variable.name for variable in self.variables)

    def to_dataset(self) -> xr.Dataset:
        """A tidy CF Dataset: one data variable per weather variable, dims (station, time), provenance as attributes."""
        import xarray as xr

        data = {
            variable.name: (("station", "time"), row[None, :].copy(), cf_attributes(variable))
            for variable, row in zip(self.variables, self.data, strict=True)
        }
        attributes = {"Conventions": "CF-1.10", "featureType": "timeSeries", **self.provenance.attributes(), **versions()}
        if self.scenario:
            attributes["scenario"] = self.scenario
        coordinates = {"station": [self.station], "time": ("time", self.times.copy(), {"standard_name": "time", "axis": "T"})}
        return xr.Dataset(data, coordinates, attributes)

    def to_df(self, kind: Kind = "data") -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time: physical values ("data") or "scores".

        Raises
        ------
        DataError
            If `kind` is neither.
        """
        if kind not in ("data", "scores"):
            raise DataError(f"kind is {kind!r}, but a simulation has tables of 'data' and of 'scores'.")
        return frame(self.times, self.data if kind == "data" else self.scores, self.var_names)


def frame(times: TimeArray, rows: FloatArray, names: tuple[str, ...]) -> pd.DataFrame:
    """A DataFrame of variables (K, T), one column each, indexed by time."""
    import xarray as xr

    columns = {name: ("time", row.copy()) for name, row in zip(names, rows, strict=True)}
    return xr.Dataset(columns, {"time": ("time", times.copy())}).to_dataframe()
