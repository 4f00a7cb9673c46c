"""Values on disk: atomic writing, locks, and fitted models as NetCDF files of plain JSON and arrays, without pickle."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import os
import platform
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from varwg._arrays import readonly
from varwg._provenance import parsed_json, versions
from varwg.errors import DataError, ModelFileError, StoreError, VarwgError

FORMAT: Final = "varwg-weathercop model"
#: Attribute of a member file that holds the hash of its values and times.
CONTENT_HASH: Final = "content_sha256"
#: What writes and reads NetCDF: version 4 by netCDF4, classic files by SciPy.
Engine = Literal["netcdf4", "scipy"]
#: How variables are stored, by their names, as xarray takes it.
Encoding: TypeAlias = Mapping[Any, dict[str, Any]]
#: What NetCDF files begin with: classic ones, wide classic ones, which SciPy does not read, and those of version 4 (HDF5).
_CLASSIC: Final = (b"CDF\x01", b"CDF\x02")
WIDE_CLASSIC: Final = b"CDF\x05"
NETCDF_STARTS: Final = (*_CLASSIC, WIDE_CLASSIC, b"\x89HDF\r\n\x1a\n")
#: What classic files know of how a variable is encoded.
_OF_CLASSIC: Final = ("dtype", "_FillValue", "units", "calendar")
#: What the libraries raise of files that are truncated, damaged or something else, or when the disk is full.
DAMAGE: Final = (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError)
#: Kinds of files, none of which replaces another.
MODEL: Final = "a fitted model"
MEMBER: Final = "a member of an ensemble"
WEATHER: Final = "weather"
EXPORT: Final = "an exported ensemble"
FACTORS: Final = "change factors"
STRESS: Final = "responses to changes"
COMPARISON: Final = "a comparison with observations"
EXAMPLE: Final = "example data"
REPORT: Final = "a report"
PICTURE: Final = "a picture"
TEXT: Final = "a text file"
#: Kinds that are NetCDF files, which say so in this attribute.
_IN_NETCDF: Final = (WEATHER, EXPORT, FACTORS, STRESS, COMPARISON, EXAMPLE)
CONTENT: Final = "content"
#: Bytes that the structure and the attributes of a NetCDF-4 file take at most besides its data.
_ROOM_FOR_STRUCTURE: Final = 2**18
#: What ends the first word of a text.
_AFTER_WORD: Final = re.compile(r"[\s,;]")
#: Names of the files that make up an ensemble, which no other output replaces.
_OF_ENSEMBLES: Final = re.compile(r"real_\d{4,}(_hourly)?\.nc|manifest\.json|index(\.\d+-\d+)?\.jsonl")
#: What is left of an output whose process is gone: name of the target, host, process and its start, and a random part.
_LEFT: Final = "tmp"
#: Age in seconds from which on what another machine has left is taken to be left for good.
_OLD: Final = 86_400.0
#: Seconds between two tries to take a lock that another process holds.
_PAUSE: Final = 0.05


@contextmanager
def replacing(
    path: str | Path,
    *,
    error: type[VarwgError] = DataError,
    kind: str,
    of_ensemble: bool = False,
    folder: bool = False,
    one_of_many: bool = False,
) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and vanishes otherwise.

    The temporary file is new and its name cannot be guessed, so that no link leads elsewhere; it is on the disk before it gets
    its name. What a killed process has left of the same target is removed.

    Parameters
    ----------
    path : str or Path
        The file to be made or replaced.
    error : type
        What is raised if that fails.
    kind : str
        What is written, one of the kinds above. A file of another kind is not replaced, nor a text that begins with another word
        (in a table, with the name of another column).
    of_ensemble : bool
        Whether it is a file of an ensemble, which nothing else replaces.
    folder : bool
        Whether a folder is made, which must not exist yet, in place of a file.
    one_of_many : bool
        Whether the caller itself looks after what is left of others, and flushes the folder.

    Raises
    ------
    DataError, or `error`
        If it cannot be written, or would replace a file of an ensemble or of another kind.
    """
    target = Path(path)
    temporary = target.with_name(f"{_left_name(target)}{secrets.token_hex(6)}.{_LEFT}") if target.name else target
    try:
        if of_ensemble:
            _require_file(target, error)
        else:
            require_replaceable(target, kind, error)
        if not one_of_many:
            remove_left(target.parent, target.name)
        if not folder:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o666))
        yield temporary
        if not folder:
            flush(temporary)
        if kind == TEXT and not of_ensemble:
            _require_same_text(temporary, target, error)
        temporary.replace(target)
        if not one_of_many:
            flush(target.parent)
    except (OSError, RuntimeError) as reason:
        # RuntimeError is what the NetCDF library says of a full disk.
        if isinstance(reason, RuntimeError) and not str(reason).startswith("NetCDF"):
            raise
        why = getattr(reason, "strerror", None) or reason
        other = "out_dir" if of_ensemble else "path"
        raise error(f"{target} cannot be written ({why}): make room or choose another {other}.") from reason
    finally:
        # Where nothing could be written there is nothing to remove, and the error above is the one to tell.
        with suppress(OSError):
            if temporary != target:
                shutil.rmtree(temporary) if folder else temporary.unlink()


def require_replaceable(target: Path, kind: str, error: type[VarwgError] = DataError) -> None:
    """Refuse a path that is no file, one of an ensemble's own files, or a file of another kind than what is to be written."""
    _require_file(target, error)
    if _OF_ENSEMBLES.fullmatch(target.name) and (target.parent / "manifest.json").exists():
        raise error(f"{target} cannot be written, because it is a file of the ensemble in {target.parent}: choose another path.")
    present = _kind_of_output(target)
    if present not in ("", kind):
        raise error(f"{target} exists and is {present}, which {kind} does not replace: choose another path, or remove it.")


def _require_file(target: Path, error: type[VarwgError]) -> None:
    if not target.name:
        raise error("the output cannot be written to '', which is not the name of a file: give one.")
    if target.is_dir():
        raise error(f"{target} cannot be written, because it exists already and is a directory: choose another path.")


def _kind_of_output(path: Path) -> str:
    """What kind of file there is, by what is in it; empty where there is none, or nothing in it."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(NETCDF_STARTS):
        try:
            with xr.open_dataset(path, engine=netcdf_engine(path), decode_cf=False) as dataset:
                if dataset.attrs.get("format") == FORMAT or CONTENT_HASH in dataset.attrs:
                    return MODEL if CONTENT_HASH not in dataset.attrs else MEMBER
                content = dataset.attrs.get(CONTENT)
                return str(content) if content in _IN_NETCDF else "a NetCDF file from elsewhere"
        except DAMAGE:
            return "a NetCDF file that cannot be read"
    if head.startswith(b"\x89PNG"):
        return PICTURE
    if head.lstrip().lower().startswith(b"<!doctype html"):
        return REPORT
    return "something else" if b"\0" in head else TEXT if head else ""


def _require_same_text(written: Path, target: Path, error: type[VarwgError]) -> None:
    """Refuse a text that begins with another word than the one it would replace: observations are no statistics."""
    if target.is_file():
        first, other = (_first_word(path) for path in (target, written))
        if first and other != first:
            raise error(
                f"{target} exists and is another text, which begins with {first!r} and not with {other!r}: choose another path, "
                "or remove it."
            )


def _first_word(path: Path) -> str:
    with path.open("rb") as file:
        text = file.read(512).decode("utf-8-sig", errors="replace").lstrip()
    return _AFTER_WORD.split(text, maxsplit=1)[0].strip('"')[:40]


def write_dataset(
    path: str | Path, dataset: xr.Dataset, kind: str, *, error: type[VarwgError] = DataError, encoding: Encoding | None = None
) -> None:
    """Write a dataset as a NetCDF file of a kind, which it says in an attribute, atomically."""
    with replacing(path, error=error, kind=kind) as temporary:
        _save(dataset.assign_attrs({CONTENT: kind}), temporary, encoding or {})


def _save(dataset: xr.Dataset, path: Path, encoding: Encoding) -> None:
    """Write NetCDF-4, or where netCDF4 is not installed a classic file with the same values, which cannot be compressed."""
    # What a classic file called the letters of its texts, of which there may be others now.
    dataset = dataset.copy()
    for variable in dataset.variables.values():
        variable.encoding.pop("char_dim_name", None)
    if has_netcdf4():
        reserve(path, dataset.nbytes + len(repr(dataset.attrs)))
        dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
        return
    kept = {name: {key: value for key, value in of.items() if key in _OF_CLASSIC} for name, of in encoding.items()}
    dataset.to_netcdf(path, engine="scipy", encoding=kept)


def reserve(path: Path, n_bytes: int) -> None:
    """Give a file room on the disk for so many bytes more, which a NetCDF-4 file that is written into it uses and cuts off.

    So that a full disk says so here, in Python: the library HDF5 is in ruins once it cannot finish a file, and ends the process
    at some later call, or when the process exits.

    Parameters
    ----------
    path : Path
        The file; made where there is none.
    n_bytes : int
        Bytes of the data to be added; what structure and attributes may take comes on top.

    Raises
    ------
    OSError
        If there is no room.
    """
    needed = n_bytes + n_bytes // 64 + _ROOM_FOR_STRUCTURE
    with path.open("ab") as file:
        size = file.seek(0, os.SEEK_END)
        try:
            os.posix_fallocate(file.fileno(), size, needed)
        except (AttributeError, OSError) as error:
            # Systems and file systems that cannot reserve room have zeros written.
            if isinstance(error, OSError) and error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
            for start in range(0, needed, _ROOM_FOR_STRUCTURE):
                file.write(bytes(min(_ROOM_FOR_STRUCTURE, needed - start)))


def first_bytes(path: Path) -> bytes:
    """The first eight bytes of a file, which say of what kind it is."""
    with path.open("rb") as file:
        return file.read(8)


def is_netcdf_file(path: Path) -> bool:
    """Whether there is a NetCDF file at `path`, by its first bytes."""
    return path.is_file() and first_bytes(path).startswith(NETCDF_STARTS)


def netcdf_engine(path: Path) -> Engine:
    """What reads a NetCDF file: SciPy where it is classic, which a damaged one cannot crash, else netCDF4.

    Raises
    ------
    DataError
        If netCDF4 is needed and not installed.
    """
    if first_bytes(path).startswith(_CLASSIC):
        return "scipy"
    if not has_netcdf4():
        raise DataError(
            f"{path} is not a classic NetCDF file, so netCDF4 has to read it, which is not installed: install netCDF4, or "
            "convert the file elsewhere with nccopy -k classic."
        )
    return "netcdf4"


def has_netcdf4() -> bool:
    """Whether netCDF4 is installed; it is not where it has no wheels, as for free-threaded Python."""
    return find_spec("netCDF4") is not None


def flush(path: Path) -> None:
    """Force a file or a directory entry to the disk; directories cannot be opened for that on Windows."""
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _left_name(target: Path) -> str:
    """How the names of temporary files of this process for a target begin."""
    return f".{target.name[:150]}.{_process()}-"


def _process() -> str:
    """What tells this process from all others: host, number, start."""
    return f"{_host()}-{os.getpid()}-{_started(os.getpid())}"


def shared_file() -> tuple[int, str, bool]:
    """A file for other processes of this machine that goes with this one, and its path.

    Where the system has files in memory without a name (Linux), it is one of these, which vanish with the process. Elsewhere it
    is a temporary file; those of processes that are gone are removed first.

    Returns
    -------
    int, str, bool
        Descriptor, path, and whether the descriptor has to stay open for the path to lead anywhere.
    """
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").exists():
        descriptor = os.memfd_create("weathercop")
        return descriptor, f"/proc/{os.getpid()}/fd/{descriptor}", True
    target = Path(tempfile.gettempdir()) / "weathercop"
    remove_left(target.parent, target.name)
    path = target.with_name(f"{_left_name(target)}{secrets.token_hex(6)}.{_LEFT}")
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600), str(path), False


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _started(process: int) -> str:
    """When a process began, which tells it from another of the same number; empty if it is gone, "0" where nobody knows."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if sys.platform == "win32" or Path("/proc/self/stat").exists():
        return "0" if sys.platform == "win32" else ""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "0"
    return "0"


def remove_left(folder: Path, name: str = "") -> None:
    """Remove temporary files in a folder whose process is gone, those of the file that is called so or of all."""
    of_file = re.escape(name[:150]) or ".+"
    left = re.compile(rf"\.{of_file}\.([0-9a-f]{{8}})-(\d+)-(\d*)-[0-9a-f]{{12}}\.{_LEFT}")
    with os.scandir(folder) as entries:
        leftovers = [(entry, match) for entry in entries if (match := left.fullmatch(entry.name))]
    for entry, (host, process, started) in ((entry, match.groups()) for entry, match in leftovers):
        gone = _started(int(process)) != started if host == _host() else time.time() - entry.stat().st_mtime > _OLD
        if gone:
            with suppress(OSError):
                shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else Path(entry.path).unlink()


def write_text(
    path: str | Path, text: str, *, error: type[VarwgError] = DataError, kind: str = TEXT, of_ensemble: bool = False
) -> None:
    """Write a text file in UTF-8 and with line feeds, atomically."""
    with replacing(path, error=error, kind=kind, of_ensemble=of_ensemble) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def memory_limit() -> float:
    """Bytes that this process can have at most: those of the machine, of its control group, and of its own limit."""
    limits = []
    with suppress(AttributeError, ValueError, OSError):
        limits.append(float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES"))
    with suppress(ValueError, OSError):
        limits.append(float(Path("/sys/fs/cgroup/memory.max").read_text(encoding="utf-8")))
    if sys.platform != "win32":
        import resource

        of_process = resource.getrlimit(resource.RLIMIT_AS)[0]
        limits += [float(of_process)] * (of_process != resource.RLIM_INFINITY)
    return min(limits, default=float("inf"))


@contextmanager
def locked(path: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`, which is created if needed and stays behind, empty.

    Parameters
    ----------
    path : Path
        The file.
    patience : float
        Seconds to wait for others who hold it.

    Raises
    ------
    StoreError
        If another process (or another call in this one) holds it, or the file cannot be created.
    """
    try:
        # A link would make a file wherever it leads to.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except OSError as error:
        raise StoreError(f"{path.parent} cannot be written ({error.strerror}): choose another directory.") from error
    held, until = None, time.monotonic() + patience
    try:
        while True:
            try:
                held = _acquired(descriptor, path)
                break
            except StoreError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)
        yield
    finally:
        if held is not None:
            held.unlink(missing_ok=True)
        # Not by closing alone: processes that were forked meanwhile have copies of the descriptor, which would keep the lock.
        with suppress(OSError):
            _release(descriptor)
        os.close(descriptor)


def _acquired(descriptor: int, path: Path) -> Path | None:
    """Take the lock; where the file system has none, a file beside it whose name is taken by one process only.

    Raises
    ------
    StoreError
        If another process holds it.
    """
    busy = f"{path.parent} is being written by another process: wait for it to end, or use another directory."
    try:
        _acquire(descriptor)
        return None
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN):
            raise StoreError(busy) from error
    taken = path.with_name(f"{path.name}.taken")
    holder = _process()
    for _ in range(2):
        try:
            created = os.open(taken, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            os.write(created, holder.encode())
            os.close(created)
            return taken
        except FileExistsError as error:
            with suppress(FileNotFoundError):
                host, _, rest = taken.read_text(encoding="utf-8").partition("-")
                process, _, started = rest.partition("-")
                if host != _host() or not process.isdigit() or _started(int(process)) == started:
                    raise StoreError(f"{busy[:-1]}, or remove {taken} if there is none.") from error
                taken.unlink()
    raise StoreError(busy)


def _acquire(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _release(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_UN)


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
        return _decode(parsed_json(text, "it"), arrays, allowed)
    except ModelFileError:
        raise
    except (KeyError, TypeError, ValueError) as error:
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
    # A part that was added since would get its default, and the model would not be the one that was saved.
    expected = {field.name for field in dataclasses.fields(cls)}
    if strange := sorted(expected.symmetric_difference(tree["fields"])):
        raise ModelFileError(
            f"the file is damaged or of another version of varwg-weathercop, whose {cls.__name__} differs in "
            f"{', '.join(strange)}: fit the model again, or read it with the version that the file's attributes name."
        )
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


FORMAT_VERSION: Final = 1
#: More bytes are no model, but a file that unpacks to more than memory has room for.
_LARGEST_MODEL: Final = 2**34


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
    with replacing(target, error=ModelFileError, kind=MODEL) as temporary:
        _save(dataset, temporary, {})


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
        if not is_netcdf_file(Path(path)):
            return ""
        with xr.open_dataset(path, engine=netcdf_engine(Path(path)), decode_cf=False) as dataset:
            return str(dataset.attrs.get("kind", "?")) if dataset.attrs.get("format") == FORMAT else ""
    except DAMAGE:
        return ""


def _load(path: Path) -> xr.Dataset:
    if not path.is_file():
        raise ModelFileError(f"there is no model file {path}: check the path.")
    try:
        if not is_netcdf_file(path):
            raise ValueError("it does not begin as one")
        with xr.open_dataset(path, engine=netcdf_engine(path), decode_cf=False) as dataset:
            if dataset.nbytes > _LARGEST_MODEL:
                raise ValueError(f"it says that it holds {dataset.nbytes // 2**30} GiB")
            return dataset.load()
    except DAMAGE as error:
        if isinstance(error, VarwgError):
            raise
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
