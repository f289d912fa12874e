"""From an int8 model to packages for build systems: code for one core, vectors with TFLM's outputs, files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import ExportConfig
from ecgprune.errors import ArtifactError, ConfigError, ModelError, ToolMissingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ecgprune.graph.graph import Graph
    from ecgprune.interface import ModelContract
    from ecgprune.packaging import About, Part, TestVector

__all__ = ["Wanted", "check_runtime", "part_of", "places", "write"]

_SEED = 1
_MOST_VECTORS = 16
_VECTOR_BYTES = 8192  # flash that the vectors of a package's test take at most, where that holds one
_VERSION = re.compile(r"(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})")
_OTHER_ARCHIVES = (".tar", ".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz", ".7z", ".rar")
_STANDS_FOR_HOST = "mps2_an386"


@dataclass(frozen=True)
class Wanted:
    """What packages are asked for.

    Attributes:
        kinds: names of kinds.
        archive: pack each into an archive.
        ecg: add the ECG chain.
        version: three numbers, "1.0.0".
        vendor: who gives the packages out.
        url: where people find more; "" for nowhere.
        vectors: in the test of each package; None: as many as take little flash, at most 16.
    """

    kinds: tuple[str, ...]
    archive: bool = False
    ecg: bool = False
    version: str = "1.0.0"
    vendor: str = "ecgprune"
    url: str = ""
    vectors: int | None = None
    about: About = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from ecgprune.packaging import About

        if not _VERSION.fullmatch(self.version):
            raise ConfigError(
                f"--package-version is '{self.version}', expected three numbers below 10000 such as 1.0.0, the form "
                "that all package managers take"
            )
        for option, text in (("vendor", self.vendor), ("url", self.url)):
            if not re.fullmatch(r"[ -~]*", text) or re.search(r'["\\<>&$#]', text):
                raise ConfigError(f'--package-{option} is {text!r}; expected plain ASCII without " \\ < > & $ #')
        if not self.vendor.strip():
            raise ConfigError("--package-vendor is empty; expected a name, or leave it out")
        object.__setattr__(self, "about", About(self.version, self.vendor.strip(), self.url.strip()))


def check_runtime(settings: ExportConfig) -> None:
    """Checks that packages can be made of code for this runtime.

    Raises:
        ConfigError: it is not the native one.
    """
    if settings.runtime != "native":
        raise ConfigError(
            f"packages hold generated C of the native runtime, and the runtime here is {settings.runtime}, which links "
            "your own build of TensorFlow Lite Micro: leave --package out, or take --runtime native"
        )


def places(wanted: Wanted, name: str, out: Path) -> dict[str, Path]:
    """Where each kind's package goes: {kind: path}. Refuses what is in the way, before any work is done.

    Args:
        wanted: kinds, and whether archives are wanted.
        name: C prefix of the model.
        out: a folder, which gets a folder or an archive for each kind; or the name of one archive.

    Raises:
        ConfigError: one archive is named for several kinds, or an archive of another form.
        ArtifactError: there is something else than a package of ecgprune's, or a file where a folder is to be.
    """
    from ecgprune.packaging import ARCHIVES, check_replaceable, is_archive

    forms = ", ".join(ARCHIVES)
    if out.name.lower().endswith(_OTHER_ARCHIVES):
        raise ConfigError(f"{out}: packages are archived as {forms}; or give a folder as --out")
    if is_archive(out):
        if len(wanted.kinds) > 1:
            raise ConfigError(
                f"{out} is one archive, and {len(wanted.kinds)} packages are wanted ({', '.join(wanted.kinds)}); "
                "give a folder as --out, and --archive"
            )
        found = {wanted.kinds[0]: out}
    else:
        if out.exists() and not out.is_dir():
            raise ArtifactError(f"{out} is a file; --out takes a folder, or the name of an archive ({forms})")
        about, package = wanted.about, f"ecgprune_{name}"
        found = {k: out / (_archive_name(k, package, about) if wanted.archive else k) for k in wanted.kinds}
    for path in found.values():
        check_replaceable(path)
    return found


def _archive_name(kind: str, package: str, about: About) -> str:
    from ecgprune.packaging import find_kind

    prescribed = find_kind(kind).archive_name
    return prescribed(package, about) if prescribed else f"{package}-{about.version}-{kind}.zip"


def part_of(boards: Sequence[str]) -> Part:
    """The board that packages are for, the first of `boards`, whose cores must be the same.

    Raises:
        ConfigError: they have several cores.
        BoardError: one is unknown.
    """
    from ecgprune.board import emulator, find_board
    from ecgprune.packaging import Part
    from ecgprune.pipeline.cores import cores_of

    cores = cores_of(boards)
    if len(cores) > 1:
        names = ", ".join(core.name for core in cores)
        raise ConfigError(f"a package has the kernels of one core, and --board names {names}; call once for each")
    board = find_board(boards[0])
    board = find_board(_STANDS_FOR_HOST) if board.is_host else board
    emulated = emulator(board)
    return Part(
        description=board.description,
        core=cores[0].name,
        cpu_flags=board.cpu_flags,
        memory=(board.folder / "memory.ld").read_text(encoding="utf-8"),
        interrupts=board.interrupts,
        setup=board.setup,
        boot=board.boot,
        machine=emulated.machine if emulated else None,
        emulated=emulated.description if emulated else "",
    )


def write(
    tflite: Path,
    out: Path,
    wanted: Wanted,
    settings: ExportConfig,
    boards: Sequence[str],
    contract: ModelContract | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Writes packages of a model.

    Args:
        tflite: the int8 model.
        out: as `places` takes it.
        wanted: which packages.
        settings: name, runtime and objective of kernel selection.
        boards: the first one is the board of tests and examples; all have the same core.
        contract: class names and preprocessing; None where they are not known.
        progress: called as work goes on.

    Returns:
        {"name", "version", "core", "optimize", "arena_bytes", "constant_bytes", "vectors", "vectors_missing" (why there
        are none, or ""), "packages"}, the last a list of {"kind", "path", "files", "bytes"}.

    Raises:
        EcgpruneError: as `firmware.export`; the runtime is not native; what is asked for is not usable or in the way;
            the stream cannot make the model's inputs.
    """
    from ecgprune import packaging
    from ecgprune.board import firmware_root
    from ecgprune.graph.reader import read
    from ecgprune.pipeline.cores import Core
    from ecgprune.pipeline.firmware import generate_native

    check_runtime(settings)
    part = part_of(boards)
    targets = places(wanted, settings.name, out)
    graph = read(tflite)
    _, model = generate_native(graph, settings, Core(part.core, tuple(boards)), contract)
    if wanted.ecg:
        _check_stream(model)
    progress(0.3, "vectors")
    missing = ""
    try:
        vectors = _vectors(tflite.read_bytes(), graph, wanted.vectors)
    except ToolMissingError as error:
        vectors, missing = [], str(error)
    package = packaging.collect(model, wanted.about, part, vectors, firmware_root(), ecg=wanted.ecg)
    kinds = {name: packaging.find_kind(name) for name in targets}
    files = {name: packaging.files_of(kind, package) for name, kind in kinds.items()}  # all, before one is written
    rows = []
    for number, (name, path) in enumerate(targets.items()):
        progress(0.5 + 0.5 * number / len(targets), f"for {name}")
        size = packaging.write(files[name], path, package.name if kinds[name].top_folder else "")
        rows.append({"kind": name, "path": str(path), "files": len(files[name]), "bytes": size})
    return {
        "name": package.name,
        "version": wanted.version,
        "core": part.core,
        "optimize": model.optimize,
        "arena_bytes": model.arena_bytes,
        "constant_bytes": model.constant_bytes,
        "vectors": len(vectors),
        "vectors_missing": missing,
        "packages": rows,
    }


def _vectors(tflite: bytes, graph: Graph, wanted: int | None) -> list[TestVector]:
    """Random vectors with TFLM's outputs.

    Raises:
        ToolMissingError: there is no wheel of TFLM for this platform, and nothing that can stand in for it.
    """
    from ecgprune import verify
    from ecgprune.verify import substitute, vectors

    each = sum(graph.tensor(index).nbytes for index in (*graph.inputs, *graph.outputs))
    count = wanted or max(1, min(_MOST_VECTORS, _VECTOR_BYTES // each))
    inputs = vectors.arrange(graph, verify.random_inputs(graph, count, _SEED))
    outputs = substitute.oracle(tflite, graph).outputs(inputs)
    return [(_bytes_of(inputs, i), _bytes_of(outputs, i)) for i in range(count)]


def _bytes_of(tensors: Sequence[NDArray[Any]], vector: int) -> bytes:
    """One vector's values of all tensors [vectors, ...], one tensor after the other."""
    return b"".join(tensor[vector].tobytes() for tensor in tensors)


def _check_stream(model: Any) -> None:
    """Raises ModelError where the ECG chain cannot make the model's inputs."""
    from ecgprune.pipeline.live_model import check_stream

    contract = model.interface.contract
    if contract.window is None:
        raise ModelError(
            "--ecg needs to know how the model's beats are made, which a .tflite does not say; give a run folder, or a "
            "folder that holds model.tflite and its config.toml"
        )
    check_stream(model.interface.name, model.interface, contract.sample_rate_hz)
