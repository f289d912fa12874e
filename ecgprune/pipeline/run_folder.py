"""A run folder: every step is done once and cached, and an interrupted run is resumed.

The key of a step is a hash over all that its outputs depend on: its settings, the contents of its input files, and the
source code that it runs. `manifest.json` holds the key and the hashes of the outputs of every finished step. A step is
done again when its key has changed, or when an output is missing or damaged.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from ecgprune.artifacts import Progress, locked, sha256_bytes, sha256_tree, write_json, write_text
from ecgprune.config import Config, load
from ecgprune.errors import ArtifactError, ConfigError
from ecgprune.gates import ATTESTED
from ecgprune.importers import Kind, sniff
from ecgprune.pipeline.source_files import hash_of
from ecgprune.pipeline.sums import SUMS, read_sums

__all__ = ["Marker", "RunFolder", "Step", "open_folder", "open_run"]


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes:
        name: unique in the run.
        title: what a progress bar says.
        inputs: files or folders that it reads, relative to the run folder.
        outputs: files or folders that it writes, relative to the run folder.
        work: does it, and writes each output completely or not at all.
        settings: JSON values that the result depends on.
        code: files and folders of the package (or of "firmware") whose source the step runs; see `source_files`.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    work: Callable[[Progress], None]
    settings: Any = None
    code: tuple[str, ...] = ()


@dataclass
class RunFolder:
    """An open run folder. `manifest` maps steps to {"key": sha256, "outputs": {path: sha256}}; the outputs of a step
    that was begun and is not finished are {}. `marker` names the file that says what the run is of.

    Source code is hashed once, when a step first asks for it.
    """

    path: Path
    manifest: dict[str, dict[str, Any]] = field(default_factory=dict)
    marker: str = "config.toml"
    _code: dict[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    def is_done(self, step: Step) -> bool:
        """Whether the outputs of the step are there, undamaged, and made from the present inputs, settings and code."""
        return self._holds(step, self._key(step, self._hashes(step.inputs)))

    def execute(self, step: Step, progress: Progress) -> bool:
        """Runs the step unless it is done.

        Returns:
            Whether it ran.

        Raises:
            ArtifactError: an input is missing. And whatever the work of the step raises.
        """
        inputs = self._hashes(step.inputs)
        key = self._key(step, inputs)
        if self._holds(step, key):
            return False
        missing = [name for name, digest in inputs.items() if digest is None]
        if missing:
            raise ArtifactError(f"step '{step.name}' needs {self.path / missing[0]}, which does not exist")
        for name in step.outputs:
            self._check_ours(name, step)
        self._record(step.name, {"key": key, "outputs": {}})  # begun: what lies there from now on is the run's own
        step.work(progress)
        outputs = self._hashes(step.outputs)
        assert None not in outputs.values(), f"step '{step.name}' did not write all of {step.outputs}"
        self._record(step.name, {"key": key, "outputs": outputs})
        return True

    def write_sums(self, steps: Iterable[Step]) -> None:
        """Writes SHA256SUMS over the marker and every output of `steps`, in `sha256sum -c` format."""
        outputs = [self.path / self.marker, *(self.path / o for step in steps for o in step.outputs)]
        files = {f for o in outputs for f in ([o] if o.is_file() else o.rglob("*")) if f.is_file()}
        sums = {f.relative_to(self.path).as_posix(): sha256_tree(f) for f in sorted(files)}
        self._put_sums(sums)

    def renew_sums(self, step: Step) -> None:
        """Writes SHA256SUMS with new hashes for the marker and the files that `step` writes."""
        kept = {name: digest for name, digest in read_sums(self.path).items() if name not in ATTESTED}
        kept |= {name: sha256_tree(self.path / name) for name in (self.marker, *step.outputs)}
        self._put_sums(dict(sorted(kept.items())))

    def _put_sums(self, sums: Mapping[str, str]) -> None:
        """Writes SHA256SUMS where it says something else, but for what `ecgprune attest` wrote.

        That is not true any more then, and is removed.
        """
        before = [entry for entry in read_sums(self.path).items() if entry[0] not in ATTESTED]
        if list(sums.items()) != before:
            for name in ATTESTED:
                (self.path / name).unlink(missing_ok=True)
            write_text(self.path / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()))

    def _check_ours(self, name: str, step: Step) -> None:
        """Refuses to overwrite a whole Keras model that is not as this run wrote it: somebody put it there.

        Raises:
            ArtifactError: it is one.
        """
        path = self.path / name
        recorded = self.manifest.get(step.name, {}).get("outputs")
        if recorded == {} or not _is_model(path):  # begun and not finished; or nothing to lose
            return
        if not isinstance(recorded, dict) or recorded.get(name) != sha256_tree(path):
            raise ArtifactError(
                f"{path} is a model that this run did not make, and step '{step.name}' would overwrite it; move it to "
                "another place, and call again"
            )

    def _holds(self, step: Step, key: str) -> bool:
        """Whether the manifest has the step under this key, with the outputs as they are on disk."""
        entry = self.manifest.get(step.name)
        return entry is not None and entry["key"] == key and entry["outputs"] == self._hashes(step.outputs)

    def _key(self, step: Step, inputs: dict[str, str | None]) -> str:
        parts = [step.name, step.settings, inputs, self._code_hash(step.code)]
        return sha256_bytes(json.dumps(parts, sort_keys=True).encode())

    def _code_hash(self, names: tuple[str, ...]) -> str:
        if names not in self._code:
            self._code[names] = hash_of(names)
        return self._code[names]

    def _hashes(self, names: tuple[str, ...]) -> dict[str, str | None]:
        return {n: sha256_tree(self.path / n) if (self.path / n).exists() else None for n in names}

    def _record(self, name: str, entry: dict[str, Any]) -> None:
        self.manifest[name] = entry
        write_json(self.path / "manifest.json", self.manifest)


@contextmanager
def open_run(path: Path, config: Config, *, update: bool = False) -> Iterator[RunFolder]:
    """Creates or resumes the run folder of a config, and locks it against a second ecgprune.

    Args:
        path: the folder.
        config: the run's config, which is written there as config.toml.
        update: take the new config where the folder holds another one; only what depends on the difference is redone.

    Raises:
        ArtifactError: the path is something else, the folder is in use, or it holds a run of another config.
    """
    marker = Marker("config.toml", config.as_dict(), tomli_w.dumps, lambda held: load(str(held)).as_dict(), "config",
                    ("budget",))  # fmt: skip
    with open_folder(path, marker, update=update) as run:
        yield run


@dataclass(frozen=True)
class Marker:
    """The file that makes a folder a run folder, and says of what.

    Attributes:
        name: the file's.
        settings: what this run is of.
        free: keys of the settings that may change without `update`.
        write: its text.
        read: the settings in such a file; raises ConfigError or ArtifactError.
        what: names the settings in an error.
    """

    name: str
    settings: dict[str, Any]
    write: Callable[[dict[str, Any]], str]
    read: Callable[[Path], dict[str, Any]]
    what: str
    free: tuple[str, ...] = ()


@contextmanager
def open_folder(path: Path, marker: Marker, *, update: bool = False) -> Iterator[RunFolder]:
    """Creates or resumes a run folder, and holds its lock.

    Args:
        path: the folder.
        marker: the file that says what the run is of, and how it is written.
        update: takes other settings than the folder was created with.

    Raises:
        ArtifactError: the path is a file, or a folder with other files; or the folder is of other settings.
        MachineError: another command uses it.
    """
    if path.exists() and not path.is_dir():
        raise ArtifactError(f"{path} is a file; --out takes a folder")
    if path.is_dir() and not (path / marker.name).exists() and any(p.name[0] != "." for p in path.iterdir()):
        raise ArtifactError(f"{path} holds files and is not a run folder; give --out a new or an empty folder")
    with locked(path):
        if not update:
            _refuse_other(path, marker)
        write_text(path / marker.name, marker.write(marker.settings))
        yield RunFolder(path, _read_manifest(path / "manifest.json"), marker.name)


def _is_model(path: Path) -> bool:
    """Whether a file is a whole Keras model: one that is damaged may be made again."""
    if path.suffix not in (".keras", ".h5") or not path.is_file():
        return False
    if sniff(path) is Kind.HDF5:
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return "config.json" in archive.namelist() and archive.testzip() is None
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error):
        return False


def _read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """The entries of the manifest that are whole; steps that have none are redone."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    entries = manifest.items() if isinstance(manifest, dict) else ()
    return {name: entry for name, entry in entries if isinstance(entry, dict) and entry.keys() >= {"key", "outputs"}}


def _refuse_other(path: Path, marker: Marker) -> None:
    held = path / marker.name
    if not held.exists():
        return
    try:
        old = marker.read(held)
    except (ConfigError, ArtifactError) as error:
        raise ArtifactError(f"{error}; --update replaces it") from error
    old, new = ({k: v for k, v in held.items() if k not in marker.free} for held in (old, marker.settings))
    differing = _differences(old, new)
    if differing:
        key, before, now = differing[0]
        more = f" and {len(differing) - 1} more keys" if len(differing) > 1 else ""
        raise ArtifactError(
            f"{path} holds a run of another {marker.what}: {key} is {before!r} there and {now!r} here{more}; "
            "take another --out, or --update to redo what depends on it"
        )


def _differences(old: Any, new: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """(dotted key, old value, new value) of every leaf in which two nested dicts differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(k for k in new if k not in old)]
        return [d for k in keys for d in _differences(old.get(k), new.get(k), f"{prefix}{k}.")]
    return [] if _plain(old) == _plain(new) else [(prefix.rstrip("."), old, new)]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))
