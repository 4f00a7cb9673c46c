"""A fitted value as a NetCDF file: JSON for its structure, one variable per array, a hash over all, no pickle."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg.errors import ModelFileError
from varwg.persistence import codec
from varwg.persistence.provenance import versions

FORMAT: Final = "varwg-weathercop model"
FORMAT_VERSION: Final = 1


def write(path: str | Path, value: Any, *, kind: str) -> None:
    """Write a frozen dataclass to `path`, under a temporary name first."""
    target = Path(path)
    if not target.name:
        raise ModelFileError(f"the model cannot be written to {str(path)!r}, which is not the name of a file.")
    text, arrays = codec.encode(value)
    dataset = xr.Dataset({name: _variable(name, array) for name, array in arrays.items()})
    dataset.attrs = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "structure": text,
        "sha256": codec.digest(value),
        **versions(),
    }
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        dataset.to_netcdf(temporary, engine="netcdf4")
        temporary.replace(target)
    except OSError as error:
        raise ModelFileError(f"the model cannot be written to {target} ({error.strerror or error}).") from error
    finally:
        # A name that is too long cannot even be removed; what went wrong has been said by then.
        with suppress(OSError):
            temporary.unlink()


def read(path: str | Path, classes: Iterable[type]) -> Any:
    """The value that `write` put into the file at `path`; `classes` are the dataclasses it may consist of.

    Raises
    ------
    ModelFileError
        If the file is missing, foreign, newer than this version, or damaged.
    """
    dataset = _load(Path(path))
    attributes = dataset.attrs
    if attributes.get("format") != FORMAT:
        raise ModelFileError(f"{path} is not a model file: save one with model.save(), or pass observations instead.")
    try:
        if int(attributes["format_version"]) > FORMAT_VERSION:
            raise ModelFileError(
                f"{path} has format {attributes['format_version']}, but this version reads up to {FORMAT_VERSION}: "
                "update varwg-weathercop or fit the model again."
            )
        arrays = {str(name): _array(variable) for name, variable in dataset.data_vars.items()}
        value = codec.decode(str(attributes["structure"]), arrays, classes)
        intact = codec.digest(value) == attributes["sha256"]
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, ModelFileError):
            raise
        reason = f"{type(error).__name__}: {error}"
        raise ModelFileError(f"{path} is damaged or was not written by model.save() ({reason}); fit it again.") from error
    if not intact:
        raise ModelFileError(f"{path} is damaged: its contents do not have the hash it was saved with; fit it again.")
    return value


def is_model_file(path: str | Path) -> bool:
    """Whether `path` is a NetCDF file written by `write`."""
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            return dataset.attrs.get("format") == FORMAT
    except (OSError, ValueError):
        return False


def _load(path: Path) -> xr.Dataset:
    if not path.is_file():
        raise ModelFileError(f"there is no model file {path}: check the path.")
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_cf=False) as dataset:
            return dataset.load()
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelFileError(f"{path} cannot be read as NetCDF ({error}); it is damaged or not a model file.") from error


def _variable(name: str, array: NDArray[Any]) -> xr.Variable:
    """NetCDF has no complex numbers and no zero-length arrays worth relying on: the shape is kept as text."""
    attributes = {"dtype": array.dtype.str, "shape": " ".join(map(str, array.shape))}
    flat = np.ascontiguousarray(array).ravel()
    if np.iscomplexobj(flat):
        flat = flat.view(np.float64)
    if flat.size == 0:
        flat = np.zeros(1)
    return xr.Variable((f"{name}.length",), flat.astype(np.int8) if flat.dtype == np.bool_ else flat, attributes)


def _array(variable: xr.DataArray) -> NDArray[Any]:
    dtype = np.dtype(variable.attrs["dtype"])
    if dtype.kind not in "fiubc":
        raise ValueError(f"an array of type {dtype}")
    shape = tuple(int(part) for part in str(variable.attrs["shape"]).split())
    flat = np.ascontiguousarray(variable.values)
    if np.prod(shape, dtype=int) == 0:
        return np.zeros(shape, dtype=dtype)
    if dtype.kind == "c":
        flat = flat.view(dtype)
    return flat.astype(dtype, copy=False).reshape(shape)
