"""Ensembles, under the name that programs for many stations have for them; see `varwg.ensembles`."""

from varwg.ensembles import (
    iter_members,
    merge_ensembles,
    open_ensemble,
    reproduce,
    simulate_ensemble,
    stress,
    to_csv,
    to_dataset,
    to_netcdf,
    to_zarr,
)

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
