"""Values on disk: atomic writing, locks, and fitted models as NetCDF files of plain JSON and arrays, without pickle."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg._arrays import readonly
from varwg._provenance import versions
from varwg.errors import DataError, ModelFileError, StoreError


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and vanishes otherwise.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise DataError(f"{target} cannot be written ({error.strerror or error}): check the directory.") from error
    finally:
        # Where nothing could be written there is nothing to remove, and the error above is the one to tell.
        with suppress(OSError):
            temporary.unlink()


def write_text(path: str | Path, text: str) -> None:
    """Write a text file in UTF-8 and with line feeds, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`, which is created if needed and stays behind, empty.

    Raises
    ------
    StoreError
        If another process (or another call in this one) holds it, or the file cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be written ({error.strerror}): choose another directory.") from error
    try:
        try:
            _acquire(descriptor)
        except OSError as error:
            raise StoreError(
                f"{path.parent} is being written by another process: wait for it to end, or use another directory."
            ) from error
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_TYPE: Final = "type"
_ARRAY: Final = "array"
_T = TypeVar("_T")


def encode(value: Any) -> tuple[str, dict[str, NDArray[Any]]]:
    """A frozen dataclass as canonical JSON text and the arrays that the text refers to by name.

    Raises
    ------
    TypeError
        If a field holds something that has no place in a file.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = _encode(value, "model", arrays)
    return json.dumps(tree, sort_keys=True, separators=(",", ":")), arrays


def decode(text: str, arrays: Mapping[str, NDArray[Any]], classes: Iterable[type]) -> Any:
    """The value that `encode` turned into `text` and `arrays`.

    Parameters
    ----------
    text : str
        JSON made by `encode`.
    arrays : mapping of str to array
        The arrays by name.
    classes : iterable of type
        The dataclasses that may occur; anything else in the text is refused.

    Raises
    ------
    ModelFileError
        If the text is not JSON, names an unknown class, or its fields do not fit.
    """
    allowed = {cls.__name__: cls for cls in classes}
    try:
        return _decode(json.loads(text), arrays, allowed)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ModelFileError(
            f"the description of the model cannot be read ({type(error).__name__}: {error}); the file is damaged or "
            "was written by a version with other parts: fit the model again."
        ) from error


def digest(value: Any) -> str:
    """SHA-256 of a fitted value as hexadecimal text: equal for equal bits, whatever the process or machine."""
    text, arrays = encode(value)
    state = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        state.update(f"{name}|{array.dtype.str}|{array.shape}".encode())
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def _encode(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return {"float": float(value).hex()}
    if isinstance(value, np.ndarray):
        arrays[name] = value
        return {_ARRAY: name}
    if isinstance(value, tuple):
        return [_encode(item, f"{name}.{number}", arrays) for number, item in enumerate(value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        tree = {f.name: _encode(getattr(value, f.name), f"{name}.{f.name}", arrays) for f in dataclasses.fields(value)}
        return {_TYPE: type(value).__name__, "fields": tree}
    raise TypeError(f"{name} is a {type(value).__name__}, which has no place in a model file")


def _decode(tree: Any, arrays: Mapping[str, NDArray[Any]], allowed: Mapping[str, type]) -> Any:
    if isinstance(tree, list):
        return tuple(_decode(item, arrays, allowed) for item in tree)
    if not isinstance(tree, dict):
        return tree
    if "float" in tree:
        return float.fromhex(tree["float"])
    if _ARRAY in tree:
        return readonly(np.asarray(arrays[tree[_ARRAY]]))
    cls = allowed[tree[_TYPE]]
    return cls(**{name: _decode(item, arrays, allowed) for name, item in tree["fields"].items()})


def expect(value: Any, cls: type[_T]) -> _T:
    """`value` if it is a `cls`.

    Raises
    ------
    ModelFileError
        If the file held something else.
    """
    if isinstance(value, cls):
        return value
    raise ModelFileError(f"the file holds a {type(value).__name__}, but a {cls.__name__} was expected: check the path.")


FORMAT: Final = "varwg-weathercop model"
FORMAT_VERSION: Final = 1


def write(path: str | Path, value: Any, *, kind: str) -> None:
    """Write a frozen dataclass to `path`, under a temporary name first."""
    target = Path(path)
    if not target.name:
        raise ModelFileError(f"the model cannot be written to {str(path)!r}, which is not the name of a file.")
    text, arrays = encode(value)
    dataset = xr.Dataset({name: _variable(name, array) for name, array in arrays.items()})
    dataset.attrs = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "structure": text,
        "sha256": digest(value),
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
        value = decode(str(attributes["structure"]), arrays, classes)
        intact = digest(value) == attributes["sha256"]
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
    return kind_of(path) != ""


def kind_of(path: str | Path) -> str:
    """Which kind of model the file at `path` holds; empty if it is no model file."""
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            return str(dataset.attrs.get("kind", "?")) if dataset.attrs.get("format") == FORMAT else ""
    except (OSError, ValueError):
        return ""


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
