"""Ensembles on disk: member files, the manifest that guards them, the lock, and what a resumed run may keep."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import xarray as xr

from varwg.arrays import FloatArray
from varwg.errors import StoreError
from varwg.locking import locked
from weathercop.memberfile import CONTENT_HASH, Engine, MemberWriter, Precision, flush, read_checked, read_member

__all__ = ["LOCK", "MANIFEST", "Manifest", "MemberStore", "digits_for", "member_files", "read_member"]

MANIFEST: Final = "manifest.json"
LOCK: Final = ".lock"
FORMAT: Final = "varwg-weathercop ensemble"
FORMAT_VERSION: Final = 1
_LOG: Final = logging.getLogger(__name__)
_MIN_DIGITS: Final = 4
_MEMBER_NAME: Final = re.compile(r"real_(\d{4,})\.nc")


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

    def to_json(self) -> str:
        """The text of the manifest file."""
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """The manifest of a directory.

        Raises
        ------
        StoreError
            If there is none, or it is not one that this version reads.
        """
        path = directory / MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("format") != FORMAT or content.pop("format_version") > FORMAT_VERSION:
                raise StoreError(f"{path} was written by other software or a newer version: update, or use another directory.")
            return cls(**content)
        except FileNotFoundError as error:
            raise StoreError(f"{directory} holds no ensemble (there is no {MANIFEST}): check the path.") from error
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{path} cannot be read as a manifest ({error}): use another directory.") from error

    def first_difference(self, other: Manifest) -> tuple[str, Any, Any] | None:
        """Name and both values of the first field in which two manifests differ, or None."""
        mine, others = asdict(self), asdict(other)
        for name in mine:
            if mine[name] != others[name]:
                return name, mine[name], others[name]
        return None


class MemberStore:
    """Member files of one ensemble in one directory.

    Parameters
    ----------
    directory : Path
        Where the files are.
    manifest : Manifest
        What the members have in common.
    n_members : int
        Size of the ensemble, for the number of digits in the names.
    layout : xarray.Dataset
        A member without its values.
    """

    def __init__(self, directory: Path, manifest: Manifest, n_members: int, layout: xr.Dataset) -> None:
        self.directory = directory
        self._writer = MemberWriter(layout, engine=manifest.engine, dtype=manifest.dtype, compression=manifest.compression)
        self.manifest = manifest
        self.n_members = n_members
        self.digits = digits_for(n_members)

    def path(self, member: int) -> Path:
        """File of a member."""
        return self.directory / f"real_{member:0{self.digits}d}.nc"

    @contextmanager
    def open_for_writing(self) -> Iterator[None]:
        """Create or check the directory and hold its lock; a second process is refused.

        Raises
        ------
        StoreError
            If the directory cannot be written, belongs to another run, or holds files that no manifest explains.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.directory} cannot be created ({error.strerror}): choose another out_dir.") from error
        with locked(self.directory / LOCK):
            self._claim()
            yield
            # Only the names are at stake: a member whose name a power failure takes back is computed again.
            flush(self.directory)

    def write(self, member: int, values: FloatArray, attributes: Mapping[str, str]) -> Path:
        """Write one member: temporary name, flushed to disk, renamed.

        Raises
        ------
        StoreError
            If the disk is full or the directory cannot be written; no half-written member is left.
        """
        target = self.path(member)
        temporary = target.with_name(f".{target.name}.tmp")
        try:
            self._writer.write(temporary, member, values, attributes)
            temporary.replace(target)
        except (OSError, RuntimeError) as error:
            raise StoreError(
                f"member {member} cannot be written to {target} ({error}): make room or choose another out_dir; the "
                "members before it are complete, and the same call resumes after them."
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        _LOG.debug("wrote %s", target)
        return target

    def present(self) -> list[int]:
        """Numbers of the members of this run that have a file, whatever is in it."""
        return [member for member in member_files(self.directory) if member < self.n_members]

    def finished(self, member: int, identity: dict[str, str]) -> bool:
        """Whether a member's file is complete and belongs to this run, as told by its attributes and content hash.

        Raises
        ------
        StoreError
            If the file is intact but is another member, or of another run.
        """
        path = self.path(member)
        attributes = read_checked(path)
        if attributes is None:
            _LOG.warning("%s is truncated or damaged; the member is computed again.", path)
            return False
        if CONTENT_HASH not in attributes:
            raise StoreError(f"{path} is not a member file of this software: move it away or use another out_dir.")
        for name, expected in identity.items():
            found = attributes.get(name)
            if found != expected:
                raise StoreError(
                    f"{path} has {name} {found!r}, but member {member} of this run has {expected!r}: it was not written "
                    "by this run; move it away or use another out_dir."
                )
        return True

    def _claim(self) -> None:
        path = self.directory / MANIFEST
        for leftover in self.directory.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)
        if path.exists():
            difference = self.manifest.first_difference(Manifest.read(self.directory))
            if difference:
                name, mine, found = difference
                raise StoreError(
                    f"{self.directory} holds an ensemble with another {name} ({found}, not {mine}): use another out_dir, "
                    "or delete that one."
                )
        elif member_files(self.directory):
            raise StoreError(
                f"{self.directory} holds member files but no {MANIFEST}, so nobody can tell what they are: use another out_dir."
            )
        else:
            write_text(path, self.manifest.to_json())
        self._adopt_names()

    def _adopt_names(self) -> None:
        """Rename the members of a smaller ensemble if this one needs more digits."""
        for member, path in member_files(self.directory).items():
            if path != self.path(member):
                path.replace(self.path(member))


def digits_for(n_members: int) -> int:
    """Digits in the names of so many members."""
    return max(_MIN_DIGITS, len(str(n_members - 1)))


def member_files(directory: Path) -> dict[int, Path]:
    """Member files of a directory by number, in ascending order."""
    matches = ((_MEMBER_NAME.fullmatch(path.name), path) for path in directory.glob("real_*.nc"))
    found = {int(match.group(1)): path for match, path in matches if match}
    return dict(sorted(found.items()))


def write_text(path: Path, text: str) -> None:
    """Write a small text file under a temporary name and rename it.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        flush(temporary)
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): make room or choose another out_dir.") from error
    finally:
        temporary.unlink(missing_ok=True)
