"""NetCDF files, in any of the layouts that observations come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from varwg.errors import DataError
from varwg.io.atomic import replacing
from varwg.io.sources import PathLike, as_paths
from varwg.io.standard import tidy_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

#: What a NetCDF file begins with: classic, or HDF5.
_MAGIC: Final = ("CDF\x01", "CDF\x02", "CDF\x05", "\x89HDF")


def read_netcdf(path: PathLike) -> xr.Dataset:
    """Read a NetCDF file as a tidy Dataset with dims (station, time).

    Raises
    ------
    DataError
        If it is not a NetCDF file or of none of the layouts that `varwg.read_observations` knows.
    """
    import xarray as xr

    found = as_paths(path)[0]
    try:
        with xr.open_dataset(found) as dataset:
            return tidy_dataset(dataset).load()
    except OSError as error:
        raise DataError(f"{found} cannot be read as NetCDF ({str(error).splitlines()[0]}): get the file again.") from error


def write_netcdf(data: Any, path: PathLike) -> None:
    """Write weather as a CF-compliant NetCDF file.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, Observations or Simulation
        Weather of one or several stations.
    path : path
        Where to; an existing file is replaced in one step.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    dataset = tidy_dataset(data)
    dataset.attrs.setdefault("Conventions", "CF-1.10")
    dataset.attrs.setdefault("featureType", "timeSeries")
    compressed = {str(name): {"zlib": True, "complevel": 1} for name in dataset.data_vars}
    with replacing(path) as temporary:
        dataset.to_netcdf(temporary, engine="netcdf4", encoding=compressed)


def is_netcdf(name: str, head: str) -> bool:
    """Whether a file is NetCDF, by its first bytes."""
    return head.startswith(_MAGIC)


def is_netcdf_file(path: Path) -> bool:
    """Whether there is a NetCDF file at `path`."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_netcdf(path.name, file.read(4).decode("latin-1"))
