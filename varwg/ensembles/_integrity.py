"""Whether the files of an ensemble are what the run that wrote them left: an index of hashes, and a check of all of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from varwg._provenance import parsed_json
from varwg.errors import StoreError

if TYPE_CHECKING:
    from varwg._simulation import WeatherModel

#: One line for each file: what it is of, its hash, and its size and time of change when that was taken.
INDEX: Final = "index.jsonl"
#: Number and step under which the index holds the manifest.
MANIFEST_ENTRY: Final = (-1, "manifest")
_CHUNK: Final = 2**20
_LONGEST_LINE: Final = 1000


class Entry(NamedTuple):
    """What the index says of a file: SHA-256 of all its bytes, and how large and old it was."""

    sha256: str
    size: int
    mtime_ns: int

    def unchanged(self, stat: os.stat_result) -> bool:
        """Whether a file has the size and the time of change that it was hashed with."""
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a file.

    Attributes
    ----------
    path : Path
        The file.
    said : str
        What is wrong, as a sentence.
    member : int
        Its number; -1 if it is not a member's.
    """

    path: Path
    said: str
    member: int = -1


def read_index(directory: Path) -> dict[tuple[int, str], Entry] | None:
    """Entries by member and step, the last of each; None in a directory of an earlier version, which has no index."""
    path = directory / INDEX
    if not path.exists():
        return None
    entries = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            # A line that a killed run has not finished is one that says nothing.
            try:
                held = parsed_json(line, "a line") if len(line) <= _LONGEST_LINE else {}
                key = int(held["member"]), str(held["step"])
                entries[key] = Entry(str(held["sha256"]), int(held["size"]), int(held["mtime_ns"]))
            except (ValueError, KeyError, TypeError):
                continue
    return entries


def add_to_index(directory: Path, member: int, step: str, path: Path) -> Entry:
    """Hash a file and write it down."""
    stat = path.stat()
    entry = Entry(file_hash(path), stat.st_size, stat.st_mtime_ns)
    line = json.dumps({"member": member, "step": step, **entry._asdict()}) + "\n"
    descriptor = os.open(directory / INDEX, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    try:
        # A line break before it ends one that a killed run has left unfinished.
        os.write(descriptor, b"\n" + line.encode())
    finally:
        os.close(descriptor)
    return entry


def file_hash(path: Path) -> str:
    """SHA-256 of all bytes of a file."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            state.update(part)
    return state.hexdigest()


def check_ensemble(directory: str | Path, model: WeatherModel | None = None) -> list[Finding]:
    """What is wrong with the files of an ensemble; nothing is read but by its hash, and nothing is changed.

    Parameters
    ----------
    directory : str or Path
        What `simulate_ensemble(out_dir=...)` wrote.
    model : SiteModel or MultisiteModel, optional
        What it should have been simulated with.

    Returns
    -------
    list of Finding
        Empty if all files are what they were written as.

    Raises
    ------
    StoreError
        If there is no ensemble.
    """
    from varwg.ensembles._store import Manifest, member_files

    folder = Path(directory).absolute()
    manifest = Manifest.read(folder)
    findings = []
    if model is not None and model.fingerprint() != manifest.model:
        said = f"names the model {manifest.model[:12]}, but this one is {model.fingerprint()[:12]}"
        findings.append(Finding(folder / "manifest.json", said))
    index = read_index(folder)
    written = None if index is None else index.get(MANIFEST_ENTRY)
    if written is not None and written.sha256 != file_hash(folder / "manifest.json"):
        findings.append(Finding(folder / "manifest.json", "has other bytes than were written"))
    days = member_files(folder)
    if not days:
        raise StoreError(f"{folder} holds a manifest but no member yet: run simulate_ensemble again to finish it.")
    missing = sorted(set(range(max(days) + 1)) - set(days))
    findings += [Finding(folder / f"real_{member:04d}.nc", "is missing", member) for member in missing]
    for member, path in days.items():
        findings.extend(_of_file(path, member, "daily", manifest, index))
    if manifest.hourly:
        hours = member_files(folder, step="hourly")
        missing = sorted(set(days) - set(hours))
        findings += [Finding(folder / f"real_{member:04d}_hourly.nc", "is missing", member) for member in missing]
        for member, path in hours.items():
            findings.extend(_of_file(path, member, "hourly", manifest, index))
    return findings


def _of_file(
    path: Path, member: int, step: str, manifest: Any, index: Mapping[tuple[int, str], Entry] | None
) -> Iterator[Finding]:
    """What is wrong with one file, by its bytes where these are known, else by what is in it."""
    from varwg.ensembles._memberfile import FILE_ERRORS, read_checked
    from varwg.ensembles._opening import check_attributes

    entry = None if index is None else index.get((member, step))
    try:
        if entry is not None and file_hash(path) != entry.sha256:
            yield Finding(path, "has other bytes than were written", member)
            return
        attributes = read_checked(path)
    except FILE_ERRORS as error:
        yield Finding(path, f"cannot be read ({error})", member)
        return
    if attributes is None:
        yield Finding(path, "is truncated or damaged", member)
        return
    try:
        check_attributes(path, attributes, manifest, member)
    except StoreError as error:
        yield Finding(path, str(error).removeprefix(str(path)).strip().rstrip("."), member)


def repair(directory: str | Path, model: WeatherModel, findings: list[Finding]) -> list[int]:
    """Compute the members again that something is wrong with; returns their numbers.

    Raises
    ------
    StoreError
        If it is another model, or the ensemble was derived from another one, which is needed for that.
    """
    from varwg._request import Request
    from varwg.ensembles._ensemble import simulate_ensemble
    from varwg.ensembles._store import Manifest, member_files

    folder = Path(directory).absolute()
    manifest = Manifest.read(folder)
    if model.fingerprint() != manifest.model:
        raise StoreError(f"{folder} was simulated with the model {manifest.model[:12]}: give that to repair it.")
    if any(finding.path.name == "manifest.json" for finding in findings):
        raise StoreError(
            f"{folder} cannot be repaired, because its manifest.json is not what was written: put a copy of the file back, or "
            "simulate into another directory."
        )
    if manifest.phases_from or not manifest.request or "#" in manifest.request:
        raise StoreError(
            f"{folder} cannot be repaired from its manifest alone, because it was derived from another ensemble or asked for "
            "something that no file holds: remove the files named and run the same simulate_ensemble again."
        )
    members = sorted({finding.member for finding in findings if finding.member >= 0})
    n_members = max(member_files(folder)) + 1
    for finding in findings:
        if finding.member >= 0:
            finding.path.unlink(missing_ok=True)
    simulate_ensemble(
        model,
        n_members,
        Request.from_toml(manifest.request),
        seed=manifest.seed_sequence,
        out_dir=folder,
        dtype=manifest.dtype,
        engine=manifest.engine,
        compression=manifest.compression,
        progress=False,
    )
    return members
