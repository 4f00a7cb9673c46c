"""Weather files in and out: met files, CSV, NetCDF, station data as people download them, forcing of lake models."""

from varwg.io._dwd import read_dwd
from varwg.io._ecad import read_ecad
from varwg.io._formats import FORMATS, Format, read_weather, write_weather
from varwg.io._ghcn import read_ghcn
from varwg.io._grid import as_grid
from varwg.io._lake_models import read_dyresm, read_glm, read_gotm, write_dyresm, write_glm, write_gotm
from varwg.io._models import (
    read_epw,
    read_hbv,
    read_mhm,
    reference_evaporation,
    write_epw,
    write_hbv,
    write_mhm,
)
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
    "read_epw",
    "read_ghcn",
    "read_glm",
    "read_gotm",
    "read_hbv",
    "read_met",
    "read_mhm",
    "read_netcdf",
    "read_weather",
    "reference_evaporation",
    "write_csv",
    "write_dyresm",
    "write_epw",
    "write_glm",
    "write_gotm",
    "write_hbv",
    "write_met",
    "write_mhm",
    "write_netcdf",
    "write_weather",
]


def __dir__() -> list[str]:
    return sorted(__all__)
