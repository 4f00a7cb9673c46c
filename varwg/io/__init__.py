"""Weather files in and out: met files, CSV, NetCDF, station data as people download them, forcing of lake models."""

from varwg.io._dwd import read_dwd
from varwg.io._dyresm import read_dyresm, write_dyresm
from varwg.io._ecad import read_ecad
from varwg.io._formats import FORMATS, Format, read_weather, write_weather
from varwg.io._ghcn import read_ghcn
from varwg.io._glm import read_glm, write_glm
from varwg.io._gotm import read_gotm, write_gotm
from varwg.io._grid import as_grid
from varwg.io._standard import read_netcdf, write_netcdf
from varwg.io._table import read_csv, read_met, write_csv, write_met

__all__ = [
    "FORMATS",
    "Format",
    "as_grid",
    "read_csv",
    "read_dwd",
    "read_dyresm",
    "read_ecad",
    "read_ghcn",
    "read_glm",
    "read_gotm",
    "read_met",
    "read_netcdf",
    "read_weather",
    "write_csv",
    "write_dyresm",
    "write_glm",
    "write_gotm",
    "write_met",
    "write_netcdf",
    "write_weather",
]


def __dir__() -> list[str]:
    return sorted(__all__)
