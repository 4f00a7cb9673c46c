"""Ensembles: simulated member by member on any executor, in files or in memory, opened, exported and computed again."""

from varwg.ensembles._ensemble import iter_members, simulate_ensemble
from varwg.ensembles._export import to_csv, to_dataset, to_netcdf, to_zarr
from varwg.ensembles._integrity import merge_ensembles
from varwg.ensembles._opening import open_ensemble
from varwg.ensembles._reproduction import reproduce
from varwg.ensembles._stress import stress

__all__ = [
    "iter_members",
    "merge_ensembles",
    "open_ensemble",
    "reproduce",
    "simulate_ensemble",
    "stress",
    "to_csv",
    "to_dataset",
    "to_netcdf",
    "to_zarr",
]


def __dir__() -> list[str]:
    return sorted(__all__)
