"""What a folder of artefacts is made of and where it comes from: SBOM, provenance, sums, signature."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ecgprune
from ecgprune import config
from ecgprune.artifacts import locked, read_json, replacing, sha256_file, write_text
from ecgprune.board import tool_versions
from ecgprune.board.tools import call
from ecgprune.errors import ArtifactError, FirmwareError, InputError, MachineError, ToolMissingError
from ecgprune.gates import ATTESTED, provenance, sbom
from ecgprune.pipeline.sums import SUMS, altered, read_sums

__all__ = ["NAMESPACE", "attest"]

SBOM, PROVENANCE, _, SIGNATURE = ATTESTED
NAMESPACE = "ecgprune"
"""Of the signature, see ssh-keygen(1)."""


@dataclass(frozen=True)
class _Made:
    """What was made, and of what.

    root: where the parts are, below the folder. model: the .tflite, if it is there. inputs: {file: SHA-256}.
    """

    root: str
    name: str
    runtime: str
    model: sbom.File
    command: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    extras: tuple[str, ...]


def attest(folder: Path, key: Path | None = None) -> list[str]:
    """Writes an SBOM, a provenance statement and sums of all artefacts into their folder, and signs the sums.

    Args:
        folder: of a finished run, or of `build` or `verify` of a model.
        key: a private key for SSH, or its public half where an agent holds it; None: nothing is signed.

    Returns:
        The names of the files written.

    Raises:
        ArtifactError: it is no such folder, or an artefact is not as the run wrote it.
        ToolMissingError: ssh-keygen is not installed.
        InputError: the key does not sign.
    """
    if key is not None and shutil.which("ssh-keygen") is None:
        raise ToolMissingError("ssh-keygen is not installed: on Debian or Ubuntu, apt install openssh-client")
    if key is not None and not key.is_file():
        raise ArtifactError(f"no file {key}; --key takes a private key for SSH, as ssh-keygen makes them")
    if not folder.is_dir():
        raise ArtifactError(f"no folder {folder}; expected one of a finished run, or of `ecgprune build MODEL`")
    is_run = (folder / "report.json").is_file()
    if not is_run and not ((folder / "plan.json").is_file() and (folder / "images").is_dir()):
        raise ArtifactError(f"{folder} is neither a finished run nor one of `ecgprune build MODEL`: it has no images")
    with locked(folder):
        made = _run(folder) if is_run else _bare(folder)
        files = _artefacts(folder)
        tools = {name: said for name, said in tool_versions().items() if said}
        packages = sbom.python_packages("ecgprune", made.extras)
        digests = dict(files)
        images = [(n, d) for n, d in files if n.startswith(f"{made.root}images/") and n.endswith("/firmware.elf")]
        sources = {
            core.name: [(p.name, digests[p.relative_to(folder).as_posix()]) for p in sorted(core.glob("*.[ch]"))]
            for core in sorted((folder / made.root / "drop-in").iterdir())
            if core.is_dir()
        }
        version = ecgprune.__version__
        bill = sbom.bill(made.name, version, made.model, images, sources, made.runtime, tools, packages)
        origin = provenance.statement(
            files, made.command, made.settings, made.inputs, tools, packages, _commit(), version
        )
        for name, value in ((SBOM, bill), (PROVENANCE, origin)):  # whose schemas take no schema_version
            write_text(folder / name, json.dumps(value, indent=2) + "\n")
        listed = sorted([*files, *((name, sha256_file(folder / name)) for name in (SBOM, PROVENANCE))])
        write_text(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in listed))
        (folder / SIGNATURE).unlink(missing_ok=True)
        if key is not None:
            _sign(folder / SUMS, key)
    return [name for name in ATTESTED if (folder / name).is_file()]


def _run(folder: Path) -> _Made:
    report = read_json(folder / "report.json")
    settings = config.load(str(folder / "config.toml")).as_dict()
    model = ("model.tflite", sha256_file(folder / "model.tflite"))
    return _Made("firmware/", report["model"]["name"], settings["export"]["runtime"], model, report["command"],
                 settings, report["input_hashes"], ("train",))  # fmt: skip


def _bare(folder: Path) -> _Made:
    plan = read_json(folder / "plan.json")
    digest = plan.get("model_sha256") or _digest(folder)
    boards = read_json(folder / "images" / "images.json")["boards"]
    settings = {key: plan[key] for key in ("name", "runtime", "optimize")} | {"boards": boards}
    words = [f"--{key} {plan[key]}" for key in ("name", "runtime", "optimize")] + [f"--board {b}" for b in boards]
    return _Made("", plan["name"], plan["runtime"], ("model.tflite", digest), f"ecgprune build MODEL {' '.join(words)}",
                 settings, {"MODEL": digest}, ())  # fmt: skip


def _digest(folder: Path) -> str:
    """The .tflite's SHA-256, which the generated C carries."""
    for file in sorted((folder / "src").glob("*/*.[ch]")):
        found = re.search(r"\b[0-9a-f]{64}\b", file.read_text(encoding="utf-8"))
        if found:
            return found[0]
    raise ArtifactError(f"no generated C in {folder / 'src'} names its model; build it again")


def _artefacts(folder: Path) -> list[sbom.File]:
    """Every artefact with its SHA-256, sorted; those of a run as its SHA256SUMS lists them."""
    if (folder / SUMS).is_file():
        listed = {name: digest for name, digest in read_sums(folder).items() if name not in ATTESTED}
        for name in altered(folder, listed):
            raise ArtifactError(f"{folder / name} is not what {SUMS} says; make it again before it is attested")
        return sorted(listed.items())
    files = [p for p in folder.rglob("*") if p.is_file() and not any(x[0] == "." for x in p.relative_to(folder).parts)]
    names = {p.relative_to(folder).as_posix(): p for p in files}
    return [(name, sha256_file(names[name])) for name in sorted(names) if name not in ATTESTED]


def _commit() -> dict[str, Any] | None:
    """The git commit of the working folder; None where there is none, or no git."""
    if shutil.which("git") is None:
        return None
    status, said = call(["git", "rev-parse", "HEAD"], 60, "git")
    if status != 0:
        return None
    _, changed = call(["git", "status", "--porcelain", "--untracked-files=no"], 60, "git")
    return {"sha1": said.strip(), "dirty": bool(changed.strip())}


def _sign(sums: Path, key: Path) -> None:
    """Writes the signature beside the sums. ssh-keygen would ask on a terminal; here it must not wait for anybody."""
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
        copy = Path(name) / sums.name
        shutil.copy2(sums, copy)
        try:
            words: list[str | Path] = ["ssh-keygen", "-Y", "sign", "-f", key.resolve(), "-n", NAMESPACE, copy]
            status, said = call(words, 60, "ssh-keygen")
        except FirmwareError as error:
            raise MachineError(str(error)) from None
        if status != 0:
            why = (said.strip().splitlines() or [f"exit status {status}"])[-1]
            raise InputError(f"{key} does not sign: {why}; a key with a passphrase needs ssh-agent and its .pub file")
        with replacing(sums.with_name(SIGNATURE)) as new:
            shutil.copyfile(copy.with_name(SIGNATURE), new)
