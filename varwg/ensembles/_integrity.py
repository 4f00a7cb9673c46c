"""Whole directories of ensembles: an index of hashes, a check of all files by it, repair, and several made one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from varwg.errors import StoreError

if TYPE_CHECKING:
    import xarray as xr

    from varwg._simulation import WeatherModel

#: One line for each file: what it is of, its hash, and its size and time of change when that was taken.
INDEX: Final = "index.jsonl"
#: Number and step under which the index holds the manifest.
MANIFEST_ENTRY: Final = (-1, "manifest")
#: The lines of a run that goes on, which belong into the index: the first member that it computes and the one after the last.
PART_OF_INDEX: Final = "index.{}-{}.jsonl"
_CHUNK: Final = 2**20
_WRITES_LINES: Final = "run the same simulate_ensemble again, which compares it and writes it down"
#: A line of an index, as `json.dumps` writes it; a whole JSON reader takes four times as long for 100 000 of them.
_LINE: Final = re.compile(
    r'\{"member": (-?\d{1,18}), "step": "(\w{1,9})", "sha256": "([0-9a-f]{64})", "size": (\d{1,18}), "mtime_ns": (-?\d{1,20})\}',
    re.ASCII,
)


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
    """Entries by member and step, the last of each; None in a directory of an earlier version, which has no index.

    Lines of runs that go on are newer than the index, and no two of these runs compute the same member.
    """
    while True:
        paths = [directory / INDEX, *directory.glob(PART_OF_INDEX.format("*", "*"))]
        indexes = [path for path in paths if path.exists()]
        entries: dict[tuple[int, str], Entry] = {}
        try:
            for path in indexes:
                with path.open(encoding="utf-8", errors="replace") as file:
                    entries.update(_entries(file))
        except FileNotFoundError:
            # A run has ended meanwhile, and its lines are in the index now.
            continue
        return entries if indexes else None


def _entries(lines: Iterable[str]) -> Iterator[tuple[tuple[int, str], Entry]]:
    for line in lines:
        # A line that a killed run has not finished is one that says nothing.
        if match := _LINE.fullmatch(line.rstrip("\n")):
            member, step, sha256, size, mtime_ns = match.groups()
            yield (int(member), step), Entry(sha256, int(size), int(mtime_ns))


def append_line(path: Path, text: str) -> None:
    """Add a line to a file of lines in one piece; a line break before it ends one that a killed run has left unfinished."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            os.write(descriptor, f"\n{text}\n".encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}): make room, remove a link of that name, or choose another "
            "directory; the same call goes on from there."
        ) from error


def add_to_index(index: Path, member: int, step: str, path: Path) -> Entry:
    """Hash a file and write it down in an index."""
    stat = path.stat()
    entry = Entry(file_hash(path), stat.st_size, stat.st_mtime_ns)
    append_line(index, json.dumps({"member": member, "step": step, **entry._asdict()}))
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
    from varwg.ensembles._store import Manifest, digits_for, member_files, member_name

    folder = Path(directory).absolute()
    manifest = Manifest.read(folder)
    findings = []
    if model is not None and model.fingerprint() != manifest.model:
        said = f"names the model {manifest.model[:12]}, but this one is {model.fingerprint()[:12]}"
        findings.append(Finding(folder / "manifest.json", said))
    index = read_index(folder)
    if index is None:
        findings.append(Finding(folder / INDEX, f"is missing, so that nobody can tell what was written: {_WRITES_LINES}"))
    elif (written := index.get(MANIFEST_ENTRY)) is None:
        findings.append(Finding(folder / "manifest.json", f"has no line in {INDEX}: {_WRITES_LINES}"))
    elif written.sha256 != file_hash(folder / "manifest.json"):
        findings.append(Finding(folder / "manifest.json", "has other bytes than were written"))
    days = member_files(folder)
    if not days:
        raise StoreError(f"{folder} holds a manifest but no member yet: run simulate_ensemble again to finish it.")
    digits, missing = manifest.digits or digits_for(max(days) + 1), missing_members(days, index)
    findings += [Finding(folder / member_name(member, "daily", digits), "is missing", member) for member in missing]
    for member, path in days.items():
        findings.extend(_of_file(path, member, "daily", manifest, index))
    if manifest.hourly:
        hours = member_files(folder, step="hourly")
        missing = sorted(set(days) - set(hours))
        findings += [Finding(folder / member_name(member, "hourly", digits), "is missing", member) for member in missing]
        for member, path in hours.items():
            findings.extend(_of_file(path, member, "hourly", manifest, index))
    return findings


def missing_members(days: Collection[int], index: Mapping[tuple[int, str], Entry] | None) -> list[int]:
    """Numbers from the first to the last member that is there, or that the index names, of those that have no file of days.

    Where there is no index, an ensemble begins with member 0.
    """
    expected = {*days, *({0} if index is None else {member for member, _ in index if member >= 0})}
    return sorted(set(range(min(expected), max(expected) + 1)) - set(days))


def _of_file(
    path: Path, member: int, step: str, manifest: Any, index: Mapping[tuple[int, str], Entry] | None
) -> Iterator[Finding]:
    """What is wrong with one file, by its bytes where these are known, else by what is in it."""
    from varwg._persistence import DAMAGE
    from varwg.ensembles._memberfile import read_checked
    from varwg.ensembles._opening import check_attributes

    entry = None if index is None else index.get((member, step))
    try:
        if entry is not None and file_hash(path) != entry.sha256:
            yield Finding(path, "has other bytes than were written", member)
            return
        attributes = read_checked(path)
    except DAMAGE as error:
        yield Finding(path, f"cannot be read ({error})", member)
        return
    if attributes is None:
        yield Finding(path, "is truncated or damaged", member)
        return
    try:
        check_attributes(path, attributes, manifest, member)
    except StoreError as error:
        yield Finding(path, str(error).removeprefix(str(path)).strip().rstrip("."), member)
        return
    if index is not None and entry is None:
        yield Finding(path, f"has no line in {INDEX}: {_WRITES_LINES}", member)


def repair(directory: str | Path, model: WeatherModel, findings: list[Finding]) -> list[int]:
    """Compute the members again that something is wrong with; returns their numbers.

    Raises
    ------
    StoreError
        If it is another model, or the ensemble was derived from another one, which is needed for that.
    """
    from varwg._request import Request
    from varwg.ensembles._ensemble import simulate_ensemble
    from varwg.ensembles._store import Manifest

    folder = Path(directory).absolute()
    manifest = Manifest.read(folder)
    if model.fingerprint() != manifest.model:
        raise StoreError(f"{folder} was simulated with the model {manifest.model[:12]}: give that to repair it.")
    if any(finding.path.name == "manifest.json" for finding in findings):
        raise StoreError(
            f"{folder} cannot be repaired, because its manifest.json is not what was written: put a copy of the file back, or "
            "run the same simulate_ensemble again, which writes it anew."
        )
    if manifest.phases_from or not manifest.request or "#" in manifest.request:
        raise StoreError(
            f"{folder} cannot be repaired from its manifest alone, because it was derived from another ensemble or asked for "
            "something that no file holds: remove the files named and run the same simulate_ensemble again."
        )
    members = sorted({finding.member for finding in findings if finding.member >= 0})
    if not members:
        return []
    for finding in findings:
        if finding.member >= 0:
            finding.path.unlink(missing_ok=True)
    simulate_ensemble(
        model,
        range(members[0], members[-1] + 1),
        Request.from_toml(manifest.request),
        seed=manifest.seed_sequence,
        out_dir=folder,
        dtype=manifest.dtype,
        engine=manifest.engine,
        compression=manifest.compression,
        progress=False,
    )
    return members


def merge_ensembles(directories: Sequence[str | Path], out_dir: str | Path) -> xr.DataArray:
    """Several directories with parts of one ensemble as one directory.

    Nothing is copied before all is known to belong together. Until all members are there, nothing opens `out_dir` as an
    ensemble, unless it was one before; the same call goes on where a merge was interrupted.

    Parameters
    ----------
    directories : sequence of str or Path
        What `simulate_ensemble(range(...), out_dir=...)` wrote; they stay as they are.
    out_dir : str or Path
        A new directory, or one that holds a part of the same ensemble.

    Returns
    -------
    xarray.DataArray, dimensions (realization, station, variable, time)
        The whole, opened lazily.

    Raises
    ------
    StoreError
        If they are not of one ensemble, two have the same member with other bits, a run still writes into one, or a file is
        not what was written.
    """
    from dataclasses import replace

    from varwg._persistence import flush, locked, write_text
    from varwg.ensembles._opening import open_ensemble
    from varwg.ensembles._store import (
        LOCK,
        MANIFEST,
        MERGING,
        STEPS,
        Manifest,
        digits_for,
        end_runs,
        member_files,
        member_name,
        remove_left_of,
    )

    target = Path(out_dir).absolute()
    parts = [Path(directory).absolute() for directory in directories]
    parts = list(dict.fromkeys(part for part in parts if part.resolve() != target.resolve()))
    if not parts:
        raise StoreError(f"there is nothing to merge into {target}: name the directories with the other members.")
    manifest = Manifest.read(parts[0])
    for other in [*parts[1:], *([target] if (target / MANIFEST).exists() else [])]:
        if difference := manifest.first_difference(Manifest.read(other)):
            name, mine, its = difference
            raise StoreError(f"{other} has the {name} {its!r}, but {parts[0]} has {mine!r}: they are not of one ensemble.")
    for part in parts:
        if any(part.glob(f"{LOCK}.*-*")):
            with locked(part / LOCK):
                end_runs(part)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{target} cannot be created ({error.strerror}): choose another directory.") from error
    with locked(target / LOCK):
        end_runs(target)
        unfinished = target / MERGING
        began = unfinished.exists() and manifest.first_difference(Manifest.read(target, name=MERGING)) is None
        if not (target / MANIFEST).exists() and not began and member_files(target):
            raise StoreError(
                f"{target} holds member files but no {MANIFEST}, so nobody can tell what they are: use another directory."
            )
        steps = STEPS[::-1] if manifest.hourly else STEPS[:1]
        files = {step: [member_files(part, step=step) for part in (target, *parts)] for step in steps}
        for step in steps:
            _require_same_bits(files[step])
        members = sorted(set().union(*files["daily"]))
        if not members:
            raise StoreError(f"{parts[0]} holds a manifest but no member yet: run simulate_ensemble again to finish it.")
        remove_left_of(target, range(members[-1] + 1))
        digits = max(manifest.digits, digits_for(members[-1] + 1))
        if (target / MANIFEST).exists():
            digits = Manifest.read(target).digits or digits
        else:
            write_text(unfinished, replace(manifest, digits=digits).to_json(), error=StoreError, of_ensemble=True)
        indices = [read_index(part) for part in parts]
        for member in members:
            if member in files["daily"][0]:
                continue
            for step in steps:
                _copy(member, step, files[step][1:], indices, target / member_name(member, step, digits))
        if unfinished.exists():
            unfinished.replace(target / MANIFEST)
            add_to_index(target / INDEX, *MANIFEST_ENTRY, target / MANIFEST)
        flush(target)
    return open_ensemble(target)


def _require_same_bits(files: Sequence[Mapping[int, Path]]) -> None:
    """Refuse directories that have a member in common whose bits differ."""
    from varwg._persistence import CONTENT_HASH, DAMAGE
    from varwg.ensembles._memberfile import read_attributes

    first: dict[int, Path] = {}
    for of_directory in files:
        for member in of_directory.keys() & first.keys():
            try:
                hashes = [read_attributes(path)[0].get(CONTENT_HASH) for path in (first[member], of_directory[member])]
            except DAMAGE as error:
                raise StoreError(
                    f"{of_directory[member]} or {first[member]} cannot be read ({error}): remove the damaged one."
                ) from error
            if hashes[0] != hashes[1]:
                raise StoreError(
                    f"{of_directory[member]} and {first[member]} are one member with different bits: remove one of them."
                )
        first = {**of_directory, **first}


def _copy(
    member: int,
    step: str,
    files: Sequence[Mapping[int, Path]],
    indices: Sequence[Mapping[tuple[int, str], Entry] | None],
    target: Path,
) -> None:
    """One file of a member, from the first directory that has its days, if it is what was written."""
    from varwg._persistence import MEMBER, replacing
    from varwg.ensembles._memberfile import read_checked

    place = next((number for number, of_directory in enumerate(files) if member in of_directory), None)
    if place is None:
        raise StoreError(f"member {member} has no hours beside its days: run its simulate_ensemble again to have them computed.")
    source, entry = files[place][member], (indices[place] or {}).get((member, step))
    with replacing(target, error=StoreError, kind=MEMBER, of_ensemble=True, one_of_many=True) as temporary:
        shutil.copyfile(source, temporary)
        if read_checked(temporary) is None or (entry is not None and file_hash(temporary) != entry.sha256):
            raise StoreError(
                f"{source} is not what was written: `weathercop check {source.parent} --model MODEL --repair` recomputes it."
            )
    add_to_index(target.parent / INDEX, member, step, target)
