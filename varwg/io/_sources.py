"""Where text comes from: plain files, gzip files, and the members of zip files, whatever their encoding."""

from __future__ import annotations

import codecs
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeAlias

from varwg._persistence import DAMAGE, NETCDF_STARTS, WIDE_CLASSIC, first_bytes, netcdf_engine
from varwg.errors import DataError, VarwgError

if TYPE_CHECKING:
    import xarray as xr

PathLike: TypeAlias = str | Path

_HEAD_BYTES: Final = 8192
#: The most that is read of what is packed, and the most files in a zip.
_LARGEST: Final = 2**31
_MOST_MEMBERS: Final = 1000
#: The most lines of a text; the most rows of a sheet and cells of a workbook, with the empty ones before others; and the most
#: marks of its XML, of which a cell with a number has four.
_MOST_LINES: Final = 2**26
_MOST_ROWS: Final = 2**20
_MOST_CELLS: Final = 2**22
_MOST_MARKS: Final = 2**24
#: What `str.splitlines` parts lines at.
_LINE_ENDS: Final = b"\n\r\v\f\x1c\x1d\x1e\x85"
#: What any bytes are, and what texts of weather in other encodings are known by, as they have no mark of their own.
_ANY: Final = "latin-1"
_WORDS: Final = (
    ("cp932", ("年月日", "気温", "降水量", "観測所", "地点", "日時")),
    ("cp949", ("일시", "날짜", "기온", "강수량", "지점")),
    ("gb18030", ("日期", "时间", "气温", "降水", "站点", "站名")),
    ("big5", ("日期", "時間", "氣溫", "降水", "雨量", "測站", "站名")),
    ("cp1251", ("дата", "время", "температура", "осадки", "станция", "год")),
    ("koi8-r", ("дата", "время", "температура", "осадки", "станция")),
)  # fmt: skip
#: Bytes above those of English letters, alone and one after the other, and how many of these differ, and their share of all such
#: bytes, in texts that are not Western.
_ABOVE: Final = re.compile(rb"[\x80-\xff]")
_TOGETHER: Final = re.compile(rb"[\x80-\xff]{2}")
_DIFFERENT: Final = 4
_SHARE_TOGETHER: Final = 0.8

#: What the libraries raise of packed files that are damaged, encrypted, or packed in a way that they do not know.
_DAMAGE: Final = (
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True)
class Member:
    """A text: a file, or a member of a zip file."""

    path: Path
    inner: str = ""

    @property
    def name(self) -> str:
        """Name of the file or of the member, without directories and without ".gz"."""
        return (self.inner or self.path.name).rsplit("/", 1)[-1].removesuffix(".gz")

    def text(self) -> str:
        """The whole text.

        Raises
        ------
        DataError
            If it is in no encoding that is known by its words, or larger than anything that can be read.
        """
        raw = self._bytes(-1)
        if sum(raw.count(end) for end in (_LINE_ENDS[at : at + 1] for at in range(len(_LINE_ENDS)))) > _MOST_LINES:
            raise DataError(f"{self} has more than {_MOST_LINES} lines, which are the most that are read: split it.")
        if _encoding(raw[:_HEAD_BYTES]) == _ANY and _is_no_western(raw):
            raise DataError(
                f"{self} is a text whose encoding is not known, so that its names would be wrong: save it as UTF-8, in a "
                "spreadsheet as CSV UTF-8."
            )
        return _decoded(raw)

    def head(self) -> str:
        """The first 8 kB, for a look at what it is."""
        return _decoded(self._bytes(_HEAD_BYTES), cut=True)

    def _bytes(self, size: int) -> bytes:
        try:
            if self.inner:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.inner) as stream:
                    return _bounded(stream, size, str(self))
            if self.path.suffix == ".gz":
                with gzip.open(self.path, "rb") as stream:
                    return _bounded(stream, size, str(self))
            with self.path.open("rb") as stream:
                return stream.read(size)
        except DataError:
            raise
        except _DAMAGE as error:
            raise DataError(f"{self} cannot be read ({error}): get the file again, or unpack it.") from error

    def __str__(self) -> str:
        return f"{self.path}:{self.inner}" if self.inner else str(self.path)


def sheets_of(path: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of the sheets of a workbook, with tabs between their cells.

    Raises
    ------
    DataError
        If openpyxl is not installed, or the workbook is damaged or holds more than can be read.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise DataError(
            f"{path} is a workbook, which openpyxl reads: run pip install openpyxl, or save the sheet as CSV."
        ) from error
    n_cells = 0
    try:
        _refuse_large_parts(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                # What it says of its size need not be so.
                sheet.reset_dimensions()
                lines: list[list[str]] = []
                width = 0
                for row in sheet.values:
                    width = max(width, len(row))
                    if len(lines) == _MOST_ROWS or n_cells + (len(lines) + 1) * (width + 1) > _MOST_CELLS:
                        raise DataError(
                            f"{path} has more than {_MOST_ROWS} rows in a sheet or {_MOST_CELLS} cells, with the empty ones "
                            "before others, which are the most that are read: save its sheets as CSV."
                        )
                    lines.append(["" if cell is None else _text_of_cell(cell) for cell in row])
                n_cells += len(lines) * (width + 1)
                yield sheet.title, "\n".join("\t".join(cells) + "\t" * (width - len(cells)) for cells in lines)
        finally:
            book.close()
    except DataError:
        raise
    except (*_DAMAGE, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, SyntaxError, MemoryError) as error:
        raise DataError(f"{path} cannot be read as a workbook ({error}): get the file again, or save it as CSV.") from error


def _refuse_large_parts(path: Path) -> None:
    """Refuse a workbook by what its parts are said to unpack to, more than which nobody unpacks, and by the marks in them."""
    n_marks = 0
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if len(parts) > _MOST_MEMBERS or size > _LARGEST // 2:
            raise DataError(
                f"{path} has {len(parts)} parts of {size // 2**20} MiB when they are unpacked, but at most {_MOST_MEMBERS} of "
                f"{_LARGEST // 2**21} MiB are read: save its sheets as CSV."
            )
        for part in parts:
            with archive.open(part) as stream:
                while block := stream.read(2**20):
                    n_marks += block.count(b"<")
                    if n_marks > _MOST_MARKS:
                        raise DataError(
                            f"{path} has more than {_MOST_MARKS} marks of XML, which are the most that are read: save its sheets "
                            "as CSV."
                        )


def _text_of_cell(cell: Any) -> str:
    """A cell of a workbook as text: a date as ISO 8601."""
    if isinstance(cell, datetime):
        # Times are days as floats there, which miss whole seconds by parts of them.
        return (cell + timedelta(milliseconds=500)).isoformat(" ", "seconds")
    return re.sub(r"[\t\r\n]+", " ", str(cell))


#: The first version of the NetCDF library whose reader of wide classic files does not crash on damaged ones.
_SAFE_LIBRARY: Final = (4, 9, 3)


def open_netcdf(path: PathLike, what: str = "NetCDF", **options: Any) -> xr.Dataset:
    """A NetCDF file of anybody, opened lazily; `options` are those of `xarray.open_dataset`.

    Raises
    ------
    DataError
        If it cannot be read or netCDF4 is needed and not installed, naming `what` was expected.
    """
    import xarray as xr

    file = as_paths(path)[0]
    with readable(f"{file} cannot be read as {what}"):
        first = first_bytes(file)
        if not first.startswith(NETCDF_STARTS):
            raise ValueError("it does not begin as one")
        engine = netcdf_engine(file)
        if first.startswith(WIDE_CLASSIC) and _library_version() < _SAFE_LIBRARY:
            raise DataError(
                f"{file} is a wide classic NetCDF file (CDF-5), on which the library of this netCDF4 may crash: update netCDF4, "
                "or convert the file with nccopy -k nc4."
            )
        return xr.open_dataset(file, engine=engine, **options)


def _library_version() -> tuple[int, ...]:
    """Version of the NetCDF library."""
    import netCDF4

    return tuple(int(part) for part in re.findall(r"\d+", netCDF4.__netcdf4libversion__)[:3])


@contextmanager
def readable(what: str) -> Iterator[None]:
    """What the libraries say of a damaged file while it is read, as a DataError that begins with `what`."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, VarwgError):
            raise
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise DataError(f"{what} ({reason[:200]}): it is damaged or something else, get it again.") from error


def as_paths(paths: PathLike | Sequence[PathLike]) -> tuple[Path, ...]:
    """One or several paths as a tuple, each of a file that is there.

    Raises
    ------
    DataError
        If there is none, or no such file.
    """
    listed = (paths,) if isinstance(paths, (str, Path)) else tuple(paths)
    if not listed:
        raise DataError("no file was given: name at least one.")
    for path in listed:
        if not Path(path).is_file():
            raise DataError(f"{path} is not a file: check the path.")
    return tuple(Path(path) for path in listed)


def members(path: PathLike) -> Iterator[Member]:
    """The texts in a file: itself, or the files in a zip.

    Raises
    ------
    DataError
        If it is a broken zip file.
    """
    path = Path(path)
    if path.suffix.lower() != ".zip":
        yield Member(path)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except _DAMAGE as error:
        raise DataError(f"{path} is not a readable zip file ({error}): get it again.") from error
    if len(names) > _MOST_MEMBERS:
        raise DataError(f"{path} holds {len(names)} files, but at most {_MOST_MEMBERS} are read from a zip: unpack it.")
    for name in names:
        yield Member(path, name)


def _bounded(stream: IO[bytes] | gzip.GzipFile, size: int, name: str) -> bytes:
    """At most `size` bytes, all for -1, and never more than memory has room for, whatever a packed file says of itself.

    Raises
    ------
    DataError
        If there are more.
    """
    raw = stream.read(_LARGEST + 1 if size < 0 else size)
    if len(raw) > _LARGEST:
        raise DataError(f"{name} holds more than {_LARGEST // 2**20} MiB when it is unpacked: unpack it and split it.")
    return bytes(raw)


def siblings(path: Path, pattern: str) -> tuple[Member, ...]:
    """Other files of the same directory that match a pattern, such as lists of stations."""
    return tuple(Member(beside) for beside in sorted(path.parent.glob(pattern)) if beside.is_file())


def _is_no_western(raw: bytes) -> bool:
    """Whether bytes above those of English letters stand together, and not only in a word or two such as Größe."""
    together = _TOGETHER.findall(raw)
    return len(set(together)) >= _DIFFERENT and 2 * len(together) > _SHARE_TOGETHER * len(_ABOVE.findall(raw))


def _encoding(head: bytes) -> str:
    """The encoding of the beginning of a text: UTF-16, UTF-8, one in which it has words of weather, or else Latin-1."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(head) >= 40 and not any(head[1:40:2]) and all(head[0:40:2]):
        return "utf-16-le"
    for name, words in (("utf-8-sig", ("",)), *_WORDS):
        try:
            text = codecs.getincrementaldecoder(name)().decode(head).lower()
        except UnicodeDecodeError:
            continue
        if any(word in text for word in words):
            return name
    return _ANY


def _decoded(raw: bytes, *, cut: bool = False) -> str:
    """Text of bytes, UTF-8 if they are all through; `cut` allows for a last character that is not whole."""
    encoding = _encoding(raw[:_HEAD_BYTES])
    if encoding != "utf-8-sig":
        return raw.decode(encoding, errors="replace")
    try:
        return codecs.getincrementaldecoder(encoding)().decode(raw, final=not cut)
    except UnicodeDecodeError:
        return raw.decode(_ANY)
