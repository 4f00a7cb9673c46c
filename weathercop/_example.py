"""The bundled example data, so that a newcomer needs no file."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr


def example_dataset() -> xr.Dataset:
    """Ten years of SYNTHETIC daily weather at three places, in memory.

    Made from climate normals of Bern, Munich and Zurich by a Richardson-type weather generator (not by this package);
    nothing in it was observed. See the attributes of the Dataset and `tools/make_example_data.py`.

    Returns
    -------
    xarray.Dataset
        Dims station (3) and time (3652 days from 2001-01-01); theta (degC), R (mm d-1), rh (1), Qsw (W m-2) and
        U (m s-1); a new object at every call.
    """
    import xarray as xr

    with as_file(files("weathercop") / "data" / "example_daily.nc") as path, xr.open_dataset(path) as dataset:
        return dataset.load()
