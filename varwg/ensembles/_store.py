"""The directory of an ensemble: its manifest, who may write, and which members are finished."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
import xarray as xr
from numpy.random import SeedSequence

from varwg._arrays import FloatArray
from varwg._persistence import CONTENT_HASH, MEMBER, Engine, flush, locked, remove_left, replacing, write_text
from varwg._provenance import parsed_json, seed_from_text
from varwg.ensembles._integrity import (
    INDEX,
    MANIFEST_ENTRY,
    PART_OF_INDEX,
    Entry,
    add_to_index,
    append_line,
    file_hash,
    read_index,
)
from varwg.ensembles._memberfile import MemberWriter, Precision, read_checked, read_member
from varwg.errors import StoreError

__all__ = [
    "DISAGGREGATION",
    "LOCK",
    "MANIFEST",
    "MERGING",
    "STEPS",
    "Manifest",
    "MemberStore",
    "Step",
    "digits_for",
    "end_runs",
    "member_files",
    "member_name",
    "read_member",
    "remove_left_of",
]

MANIFEST: Final = "manifest.json"
#: The manifest of a directory until all members that are merged into it are there.
MERGING: Final = ".merging.json"
FORMAT: Final = "varwg-weathercop ensemble"
FORMAT_VERSION: Final = 1
#: Fields of a manifest in which runs of one directory may differ.
_FREE: Final = ("request", "digits")
#: Attributes of the files of a member that say what it was made with besides the scenario, where there was anything.
OPTIONS: Final = ("phases", "conditions", "heat_waves", "inputs")
#: Attribute of the files of a member whose days became hours: how.
DISAGGREGATION: Final = "disaggregation"


@dataclass(frozen=True)
class Manifest:
    """What all members of a directory share; a run with anything else may not write there.

    Attributes
    ----------
    model, scenario, seed : str
        Fingerprint of the model, the scenario as JSON, and the seed of the ensemble as text.
    first_day, n_days : str, int
        The simulated days.
    dtype, engine, compression : str, str, int
        How members are stored.
    phases_from : str
        What the source of the phases was, for a derived scenario; empty for any other ensemble.
    options : str
        What members are made with besides the scenario (phases, conditions, heat waves) as JSON; empty where nothing is.
    hourly : str
        How days became hours (`varwg._disaggregation.HourlyOptions`), empty where members have no file of hours.
    request : str
        What was asked for, as the text of a scenario file; two texts may ask for the same.
    digits : int
        Digits of the numbers in the names of files, at least; 0 in a directory of an earlier version.
    """

    model: str
    scenario: str
    seed: str
    first_day: str
    n_days: int
    dtype: Precision = "float64"
    engine: Engine = "netcdf4"
    compression: int = 0
    phases_from: str = ""
    options: str = ""
    hourly: str = ""
    request: str = ""
    digits: int = 0

    @property
    def seed_sequence(self) -> SeedSequence | None:
        """Seed of the ensemble; None where member i has the seed i."""
        return seed_from_text(self.seed)

    def to_json(self) -> str:
        """The text of the manifest file."""
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def read(cls, directory: Path, *, name: str = MANIFEST) -> Manifest:
        """The manifest of a directory, in the file of that name.

        Raises
        ------
        StoreError
            If there is none, or it is not one that this version reads.
        """
        path = directory / name
        try:
            content = parsed_json(path.read_text(encoding="utf-8"), "it")
            if content.pop("format") != FORMAT or content.pop("format_version") > FORMAT_VERSION:
                raise StoreError(f"{path} was written by other software or a newer version: update, or use another directory.")
            return cls(**content)._checked()
        except FileNotFoundError as error:
            raise StoreError(f"{directory} holds no ensemble (there is no {MANIFEST}): check the path.") from error
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{path} cannot be read as a manifest ({error}): use another directory.") from error

    def _checked(self) -> Manifest:
        """Itself, if all fields are of their types, which files that somebody has edited need not be."""
        for name, value in asdict(self).items():
            expected = int if name in ("n_days", "compression", "digits") else str
            if not isinstance(value, expected) or isinstance(value, bool):
                raise ValueError(f"{name} is {value!r}")
        if self.dtype not in get_args(Precision) or self.engine not in get_args(Engine) or self.n_days < 1:
            raise ValueError(f"dtype {self.dtype}, engine {self.engine}, {self.n_days} days")
        if not all(isinstance(text, str) for text in self.member_attributes().values()):
            raise ValueError(f"options are {self.options}")
        # Neither is needed here, but a text that is no seed or no day says so now.
        seed_from_text(self.seed)
        if np.isnat(np.datetime64(self.first_day, "D")) or not 0 <= self.digits <= _MOST_DIGITS:
            raise ValueError(f"the first day is {self.first_day!r}, names have {self.digits} digits")
        return self

    def member_attributes(self) -> dict[str, str]:
        """What every file of a member says if it belongs to this ensemble, or must not say: then it is empty."""
        others: dict[str, str] = parsed_json(self.options, "options") if self.options else {}
        own = {"model": self.model, "scenario": self.scenario, DISAGGREGATION: self.hourly}
        return {**dict.fromkeys(OPTIONS, ""), **own, **others}

    def first_difference(self, other: Manifest) -> tuple[str, Any, Any] | None:
        """Name and both values of the first field in which two manifests differ, or None."""
        mine, others = asdict(self), asdict(other)
        for name in mine:
            if name not in _FREE and mine[name] != others[name]:
                return name, mine[name], others[name]
        return None


#: Lock of all that is done to a directory besides writing members; each run holds one of its own for its members.
LOCK: Final = ".lock"
_LOCK_OF_RUN: Final = re.compile(rf"{re.escape(LOCK)}\.(\d+)-(\d+)")
#: Seconds that a run waits for others that begin or end in the same directory, which takes them moments.
_PATIENCE: Final = 300.0
#: What a member has a file of.
Step: TypeAlias = Literal["daily", "hourly"]
STEPS: Final[tuple[Step, ...]] = ("daily", "hourly")
#: Attribute of a file of days: the content hash of the file of hours that belongs to it.
_HOURLY_HASH: Final = "hourly_sha256"
_LOG: Final = logging.getLogger(__name__)
_MIN_DIGITS: Final = 4
_MOST_DIGITS: Final = 19
_SUFFIX_OF_HOURS: Final = "_hourly"
_DAILY_NAME: Final = re.compile(r"real_(\d{4,})\.nc")
_HOURLY_NAME: Final = re.compile(rf"real_(\d{{4,}}){_SUFFIX_OF_HOURS}\.nc")
#: What a run that was killed leaves behind.
_TEMPORARY_NAME: Final = re.compile(
    rf"\.(real_(?P<member>\d{{4,}})({_SUFFIX_OF_HOURS})?\.nc|{re.escape(MANIFEST)})\.([-.\w]+\.)?tmp"
)


def remove_left_of(directory: Path, numbers: range) -> None:
    """Remove what runs that were killed have left: of the members with these numbers, which nobody writes now, and of others."""
    remove_left(directory)
    with os.scandir(directory) as entries:
        left = [match for entry in entries if (match := _TEMPORARY_NAME.fullmatch(entry.name))]
    for match in left:
        if match["member"] is None or int(match["member"]) in numbers:
            (directory / match.group()).unlink(missing_ok=True)


class MemberStore:
    """Member files of one ensemble in one directory: `real_0000.nc` of days, and `real_0000_hourly.nc` where hours are wanted.

    A member counts when its daily file is there, is intact, and names the hash of the intact hourly file beside it. The
    daily file is written last, so that a run may be killed at any moment. Runs of any processes and machines may write
    different members at the same time.

    Parameters
    ----------
    directory : Path
        Where the files are.
    manifest : Manifest
        What the members have in common.
    numbers : range
        Numbers of the members of this run.
    layout : xarray.Dataset
        A member without its values.
    hourly_layout : xarray.Dataset, optional
        The same for its hours; needed if and only if the manifest says how days are disaggregated.
    """

    def __init__(
        self,
        directory: Path,
        manifest: Manifest,
        numbers: range,
        layout: xr.Dataset,
        hourly_layout: xr.Dataset | None = None,
    ) -> None:
        if bool(manifest.hourly) != (hourly_layout is not None):
            raise StoreError("a layout of hourly files and the options of disaggregation need each other: give both or none.")
        # Absolute, so that members stay where they are when the program changes its working directory.
        self.directory = directory.absolute()
        self.manifest = manifest
        self.numbers = numbers
        self.digits = manifest.digits or digits_for(numbers.stop)
        self._writer = _writer(layout, manifest)
        self._hourly_writer = None if hourly_layout is None else _writer(hourly_layout, manifest)
        self._index: dict[tuple[int, str], Entry] = {}

    def path(self, member: int) -> Path:
        """File of a member's days."""
        return self.directory / self._name(member, "daily")

    def hourly_path(self, member: int) -> Path:
        """File of a member's hours."""
        return self.directory / self._name(member, "hourly")

    @contextmanager
    def open_for_writing(self) -> Iterator[None]:
        """Create or check the directory and hold the lock of these members; a second run of one of them is refused.

        Raises
        ------
        StoreError
            If the directory cannot be written, belongs to another run, or holds files that no manifest explains, or if one of
            the members is being computed by another run.
        """
        if self.directory == Path(self.directory.anchor):
            raise StoreError(f"out_dir is {self.directory}, the root of all files: name a directory in it.")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.directory} cannot be created ({error.strerror}): choose another out_dir.") from error
        with ExitStack() as held:
            with locked(self.directory / LOCK, patience=_PATIENCE):
                end_runs(self.directory, self.numbers)
                self._index = read_index(self.directory) or {}
                self._claim()
                bounds = f"{self.numbers.start}-{self.numbers.stop}"
                held.enter_context(locked(self.directory / f"{LOCK}.{bounds}"))
            try:
                yield
                # Only the names are at stake: a member whose name a power failure takes back is computed again.
                flush(self.directory)
            finally:
                held.close()
                # Where that fails, the next run does it.
                with suppress(StoreError, OSError), locked(self.directory / LOCK, patience=_PATIENCE):
                    end_runs(self.directory, range(0))

    def write(self, member: int, values: FloatArray, attributes: Mapping[str, str], hourly: FloatArray | None = None) -> Path:
        """Write one member: temporary name, flushed to disk, renamed; hours before days.

        Parameters
        ----------
        member : int
            Its number.
        values : array, shape (S, K, T)
            Its days.
        attributes : mapping of str to str
            What its files say besides the attributes of the layouts.
        hourly : array, shape (S, K, T n), optional
            Its hours, in an ensemble that has them.

        Returns
        -------
        Path
            The daily file.

        Raises
        ------
        StoreError
            If the disk is full or the directory cannot be written; no half-written member is left.
        """
        if (self._hourly_writer is None) != (hourly is None):
            there, missing = ("no hours", "some") if hourly is None else ("hours", "none")
            raise StoreError(f"member {member} comes with {there}, but the ensemble in {self.directory} has {missing}.")
        said = dict(attributes)
        if self._hourly_writer is not None and hourly is not None:
            said[DISAGGREGATION] = self.manifest.hourly
            said[_HOURLY_HASH] = self._write_file(self._hourly_writer, self.hourly_path(member), member, hourly, said)
        self._write_file(self._writer, self.path(member), member, values, said)
        for step in ("daily",) if hourly is None else STEPS:
            self._index[member, step] = add_to_index(self._part, member, step, self.directory / self._name(member, step))
        _LOG.debug("wrote %s", self.path(member))
        return self.path(member)

    def present(self) -> list[int]:
        """Numbers of the members of this run that have a file of days, whatever is in it."""
        return [member for member in _member_names(self.directory, "daily") if member in self.numbers]

    def finished(self, member: int, identity: Mapping[str, str]) -> bool:
        """Whether a member is complete and belongs to this run, as told by attributes and content hashes of its files.

        Raises
        ------
        StoreError
            If a file is intact but is another member, or of another run.
        """
        expected = {**self.manifest.member_attributes(), **identity}
        daily = self._checked(self.path(member), member, "daily", expected)
        if daily is None or not self.manifest.hourly:
            return daily is not None
        hourly = self._checked(self.hourly_path(member), member, "hourly", expected)
        if hourly is not None and hourly[CONTENT_HASH] != daily.get(_HOURLY_HASH):
            _LOG.warning("%s does not belong to the days beside it; the member is computed again.", self.hourly_path(member))
            return False
        return hourly is not None

    def _checked(self, path: Path, member: int, step: Step, expected: Mapping[str, str]) -> dict[str, Any] | None:
        """Attributes of an intact file, or None if it is missing or damaged; refuses one that is not of this run."""
        entry = self._index.get((member, step))
        attributes = read_checked(path)
        if attributes is None:
            _LOG.warning("%s is missing, truncated or damaged; the member is computed again.", path)
            return None
        if CONTENT_HASH not in attributes:
            raise StoreError(f"{path} is not a member file of this software: move it away or use another out_dir.")
        for name, value in expected.items():
            stored = attributes.get(name, "")
            if stored != value:
                raise StoreError(
                    f"{path} has {name} {stored!r}, but member {member} of this run has {value!r}: it was not written "
                    "by this run; move it away or use another out_dir."
                )
        if entry is not None and file_hash(path) != entry.sha256:
            _LOG.warning("%s has other bytes than were written; the member is computed again.", path)
            return None
        if entry is None or not entry.unchanged(path.stat()):
            self._index[member, step] = add_to_index(self._part, member, step, path)
        return attributes

    def _write_file(
        self, writer: MemberWriter, target: Path, member: int, values: FloatArray, attributes: Mapping[str, str]
    ) -> str:
        try:
            with replacing(target, error=StoreError, kind=MEMBER, of_ensemble=True, one_of_many=True) as temporary:
                return writer.write(temporary, member, values, attributes)
        except StoreError as error:
            raise StoreError(
                f"member {member} cannot be written to {target} ({error.__cause__}): make room or choose another out_dir; the "
                "members before it are complete, and the same call resumes after them."
            ) from error.__cause__

    def _name(self, member: int, step: Step) -> str:
        return member_name(member, step, self.digits)

    @property
    def _part(self) -> Path:
        """The index of this run."""
        return self.directory / PART_OF_INDEX.format(self.numbers.start, self.numbers.stop)

    def _claim(self) -> None:
        path = self.directory / MANIFEST
        remove_left_of(self.directory, self.numbers)
        if path.exists():
            there = Manifest.read(self.directory)
            difference = self.manifest.first_difference(there)
            if difference:
                raise StoreError(f"{self.directory} holds {_described(*difference)}: use another out_dir, or delete that one.")
            # Names of an earlier version have as many digits as its largest number of members needed.
            self.digits = there.digits or max(
                map(_digits_in, _member_names(self.directory, "daily").values()), default=self.digits
            )
            entry = self._index.get(MANIFEST_ENTRY)
            if entry is None or entry.sha256 != file_hash(path):
                _LOG.warning("%s has no line in %s, or other bytes than were written; it is written again.", path, INDEX)
                self._write_manifest()
        elif any(_member_names(self.directory, step) for step in STEPS):
            raise StoreError(
                f"{self.directory} holds member files but no {MANIFEST}, so nobody can tell what they are: use another out_dir."
            )
        else:
            self._write_manifest()
        self._adopt_names()

    def _write_manifest(self) -> None:
        path = self.directory / MANIFEST
        write_text(path, replace(self.manifest, digits=self.digits).to_json(), error=StoreError, of_ensemble=True)
        add_to_index(self.directory / INDEX, *MANIFEST_ENTRY, path)

    def _adopt_names(self) -> None:
        """Rename the members of this run that have another number of digits than the manifest says."""
        for step in STEPS:
            for member, name in _member_names(self.directory, step).items():
                if member in self.numbers and name != self._name(member, step):
                    (self.directory / name).replace(self.directory / self._name(member, step))


def _writer(layout: xr.Dataset, manifest: Manifest) -> MemberWriter:
    return MemberWriter(layout, engine=manifest.engine, dtype=manifest.dtype, compression=manifest.compression)


def _described(name: str, mine: Any, stored: Any) -> str:
    """What the ensemble in a directory has that the one to be written has not."""
    if name == "hourly" and not (mine and stored):
        return "an ensemble with hourly files" if stored else "an ensemble without hourly files"
    return f"an ensemble with another {name} ({stored}, not {mine})"


def member_name(member: int, step: Step, digits: int) -> str:
    """Name of the file of a member."""
    return f"real_{member:0{digits}d}{_SUFFIX_OF_HOURS if step == 'hourly' else ''}.nc"


def _digits_in(name: str) -> int:
    return len(name.removeprefix("real_").partition(".")[0])


def end_runs(directory: Path, numbers: range = range(sys.maxsize)) -> None:
    """Put the lines of runs that have ended, or were killed, into the index; the caller holds the lock of the directory.

    Raises
    ------
    StoreError
        If a run that goes on computes one of the members with these numbers.
    """
    with os.scandir(directory) as entries:
        locks = [match for entry in entries if (match := _LOCK_OF_RUN.fullmatch(entry.name))]
    for match in locks:
        first, stop = map(int, match.groups())
        part = directory / PART_OF_INDEX.format(first, stop)
        try:
            with locked(directory / match.group()):
                if part.exists():
                    append_line(directory / INDEX, part.read_text(encoding="utf-8", errors="replace").strip())
                    part.unlink()
        except StoreError as error:
            if max(first, numbers.start) < min(stop, numbers.stop):
                raise StoreError(f"the members {first} to {stop - 1} are being computed by another run: {error}") from error
            continue
        (directory / match.group()).unlink(missing_ok=True)


def digits_for(n_members: int) -> int:
    """Digits in the names of so many members."""
    return max(_MIN_DIGITS, len(str(n_members - 1)))


def member_files(directory: Path, *, step: Step = "daily") -> dict[int, Path]:
    """Files of days, or of hours, of the members in a directory by number, in ascending order."""
    folder = directory.absolute()
    return {member: folder / name for member, name in _member_names(folder, step).items()}


def _member_names(directory: Path, step: Step) -> dict[int, str]:
    """The same as names, which are made much faster than paths: there may be very many members."""
    pattern = _HOURLY_NAME if step == "hourly" else _DAILY_NAME
    with os.scandir(directory) as entries:
        matches = [match for entry in entries if (match := pattern.fullmatch(entry.name))]
    return dict(sorted((int(match.group(1)), match.group()) for match in matches))
