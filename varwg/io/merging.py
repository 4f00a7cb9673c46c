"""Several tidy data sets as one: stations, variables and periods side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from varwg.io.series import Place, Series, to_dataset
from varwg.io.standard import in_package_units

if TYPE_CHECKING:
    import xarray as xr


def merged(datasets: Sequence[xr.Dataset], sources: Sequence[str]) -> xr.Dataset:
    """One tidy Dataset of several; where two have a value for the same station, variable and time, the first wins.

    Parameters
    ----------
    datasets : sequence of xarray.Dataset
        Tidy ones. A single one is returned as it is; several are brought to the units of the packages.
    sources : sequence of str
        Where each comes from, for messages.

    Raises
    ------
    DataError
        If their steps differ, or the unit of one is not known.
    """
    if len(datasets) == 1:
        return datasets[0]
    converted = [in_package_units(dataset) for dataset in datasets]
    places: dict[str, Place] = {}
    for dataset in converted:
        for station, place in _places(dataset):
            if station not in places or np.isnan(places[station].latitude):
                places[station] = place
    series = [one for dataset, source in zip(converted, sources, strict=True) for one in _series(dataset, source)]
    whole = to_dataset(series, places, "; ".join(dict.fromkeys(sources)))
    for dataset in reversed(converted):
        for name, array in dataset.data_vars.items():
            whole[name].attrs.update(array.attrs)
    return whole


def _series(dataset: xr.Dataset, source: str) -> Iterator[Series]:
    times = dataset["time"].values
    for row, station in enumerate(dataset["station"].values):
        for name, array in dataset.data_vars.items():
            yield Series(str(station), str(name), times, np.asarray(array.values[row], dtype=np.float64), source)


def _places(dataset: xr.Dataset) -> Iterator[tuple[str, Place]]:
    names = dataset["station_name"].values if "station_name" in dataset.coords else [""] * dataset.sizes["station"]
    for row, station in enumerate(dataset["station"].values):
        latitude, longitude, elevation = (float(dataset[key].values[row]) for key in ("latitude", "longitude", "elevation"))
        yield str(station), Place(str(names[row]), latitude, longitude, elevation)
