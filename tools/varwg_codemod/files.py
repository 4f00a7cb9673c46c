"""Reading and writing files: encodings, byte-order marks, atomic replacement, and what is refused."""

import os
import platform
import re
import stat
import tempfile
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from glob import glob
from io import BytesIO
from pathlib import Path

MAX_BYTES = 4_000_000
SUFFIXES = frozenset({".py", ".pyw", ".pyi", ".pyx", ".pxd", ".pxi", ".ipynb"})
#: How the names of temporary files begin, before those of the machine and the process.
_TEMPORARY = ".varwg-codemod-"
_SKIPPED_FOLDERS = frozenset(
    [
        ".git",
        ".hg",
        ".svn",
        ".tox",
        ".nox",
        ".venv",
        "venv",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "__pycache__",
        ".ipynb_checkpoints",
        "build",
        "dist",
        ".eggs",
        "node_modules",
        "site-packages",
    ]
)


class FileError(Exception):
    """A file that cannot be read, or must not be written."""


@dataclass(frozen=True)
class SourceFile:
    """A file's text without byte-order mark, and what is needed to write it back the same way."""

    path: Path
    text: str
    encoding: str
    mark: bytes
    raw: bytes


def find_files(paths: Iterable[str], exclude: Iterable[str]) -> Iterator[Path]:
    """The files that are meant by files, directories and patterns; each once.

    Raises
    ------
    FileError
        If a path does not exist or a pattern matches nothing.
    """
    seen: set[Path] = set()
    patterns = tuple(exclude)
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found = sorted(_walk(path))
        elif path.exists() or path.is_symlink():
            found = [path]
        else:
            found = [Path(match) for match in sorted(glob(name, recursive=True))]  # noqa: PTH207 - Path.glob refuses absolute patterns
            if not found:
                raise FileError(f"{name}: there is no such file or directory")
            found = [f for m in found for f in (sorted(_walk(m)) if m.is_dir() else [m])]
        for one in found:
            if one not in seen and not _excluded(one, patterns):
                seen.add(one)
                yield one


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED_FOLDERS)
        for name in names:
            if Path(name).suffix in SUFFIXES:
                yield Path(root) / name


def _excluded(path: Path, patterns: tuple[str, ...]) -> bool:
    whole = path.as_posix()
    return any(
        fnmatch(whole, pattern)
        or fnmatch(whole, f"*/{pattern}")
        or any(fnmatch(part, pattern.rstrip("/")) for part in path.parts)
        for pattern in patterns
    )


def read_file(path: Path, for_writing: bool) -> SourceFile:
    """Read a source file.

    Raises
    ------
    FileError
        With the reason, if the file is a symbolic link, too large, read-only although it is to be
        written, or not text in its declared encoding.
    """
    try:
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode):
            raise FileError("is a symbolic link; run the codemod on the file it points to")
        if not stat.S_ISREG(about.st_mode):
            raise FileError("is not a regular file")
        if about.st_size > MAX_BYTES:
            raise FileError(f"is larger than {MAX_BYTES} bytes ({about.st_size}); split it first")
        if for_writing and not os.access(path, os.W_OK):
            raise FileError("is read-only; make it writable first")
        raw = path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror}") from error
    return decode(path, raw)


def decode(path: Path, raw: bytes) -> SourceFile:
    """Text from bytes, in the encoding that Python would use."""
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(raw).readline)
    except SyntaxError as error:
        raise FileError(f"is not UTF-8, and declares no other encoding ({error})") from error
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    plain = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        text = raw[len(mark) :].decode(plain)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileError(f"is not {plain.upper()}: line {line} has the byte {raw[error.start]:#04x}") from error
    except (LookupError, ValueError, AssertionError) as error:  # codings that make no text of bytes, such as rot13
        raise FileError(f"declares the coding {plain}, which is not an encoding of text; write it as UTF-8") from error
    if "\0" in text:
        raise FileError("has null bytes in it")
    return SourceFile(path, text, plain, mark, raw)


def encode(source: SourceFile, text: str) -> bytes:
    """Bytes of a new text in the encoding of the old one."""
    try:
        return source.mark + text.encode(source.encoding)
    except UnicodeEncodeError as error:
        raise FileError(f"the new text cannot be written as {source.encoding}") from error


def write_file(source: SourceFile, text: str) -> None:
    """Replace one file; see `write_files`."""
    write_files([(source, text)])


def write_files(contents: Sequence[tuple[SourceFile, str]]) -> None:
    """Replace files, keeping their modes: all new texts are written beside the old ones before the first is replaced.

    Raises
    ------
    FileError
        If a file has changed since it was read, or a new text cannot be written; then none is replaced.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for folder in {source.path.parent for source, _ in contents}:
            _remove_left(folder)
        for source, text in contents:
            ready.append((_written_beside(source, encode(source, text)), source.path))
        for (temporary, path), (source, _) in zip(ready, contents, strict=True):
            if path.is_symlink() or path.read_bytes() != source.raw:
                raise FileError(f"{path.as_posix()}: has changed since it was read; run again")
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        while ready:
            temporary, path = ready[0]
            temporary.replace(path)
            del ready[0]
    except OSError as error:
        raise FileError(f"cannot be written: {error.strerror}") from error
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def _host() -> str:
    return re.sub(r"\W", "_", platform.node())


def _remove_left(folder: Path) -> None:
    """Remove temporary files that processes of this machine have left when they were killed."""
    if os.name != "posix":
        return  # where looking for a process by a signal would end it
    for path in folder.glob(f"{_TEMPORARY}{_host()}-*"):
        process = path.name.removeprefix(f"{_TEMPORARY}{_host()}-").partition("-")[0]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except (ValueError, OSError):
            continue


def _written_beside(source: SourceFile, new: bytes) -> Path:
    """A temporary file with the new bytes, in the folder of the old one."""
    handle, name = tempfile.mkstemp(dir=source.path.parent, prefix=f"{_TEMPORARY}{_host()}-{os.getpid()}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)
