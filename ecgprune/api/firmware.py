"""Generated code of a model: exported, verified, measured and packaged from Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ecgprune.api.results import Measurement, Package, RuntimeCheck, Verification

if TYPE_CHECKING:
    from ecgprune.interface import ModelContract

__all__ = ["Firmware", "export"]


def export(
    tflite: bytes | str | Path,
    out: str | Path,
    *,
    board: str = "mps2_an386",
    name: str = "model",
    runtime: Literal["native", "tflm"] = "native",
    optimize: Literal["balanced", "speed", "ram", "flash"] = "balanced",
    labels: Sequence[str] = (),
) -> Firmware:
    """Generates C from an int8 .tflite, as `ecgprune export` does.

    Args:
        tflite: its bytes; or its path, a run folder, another folder with model.tflite, or the name of a shipped model.
        out: folder to write to: new, empty, or one that `export` wrote before.
        board: the code is for this board's core; `ecgprune boards` lists them.
        name: C prefix of the generated code.
        runtime: "native", or "tflm" for TensorFlow Lite Micro.
        optimize: objective of kernel selection.
        labels: names of the classes, for the header; none: those of the folder's config, where there is one.

    Returns:
        The generated code, to be verified and measured.

    Raises:
        ArtifactError: there is no such model; or the folder holds something else.
        ModelError: it is a float model.
        GraphError: the .tflite cannot be read, or has an operator that is not supported.
        CodegenError: a kernel cannot be shown to be exact, or the name is not usable.
        BoardError: the board is not known.
    """
    from ecgprune.artifacts import read_json
    from ecgprune.c_names import check_name
    from ecgprune.config import ExportConfig
    from ecgprune.pipeline import tflite_folder

    folder = Path(out)
    blob, contract = _taken(tflite, tuple(labels))
    check_name(name)
    settings = ExportConfig(name=name, runtime=runtime, optimize=optimize)
    with tflite_folder.opened(folder), tflite_folder.as_file(blob) as file:
        tflite_folder.generate(file, folder, [board], settings, contract)
        plan = read_json(folder / "plan.json")
    (core,) = plan["cores"]
    return Firmware(folder, board, core["core"], runtime, optimize, core["arena_bytes"], plan, blob, contract)


@dataclass(frozen=True)
class Firmware:
    """Generated code in a folder.

    Attributes:
        folder: holds src/, drop-in/<core>/ (all that a project needs) and plan.json.
        board: what it was generated for.
        core: the board's core.
        runtime: "native" or "tflm".
        optimize: objective of kernel selection.
        arena_bytes: the memory that the caller gives the model.
        plan: plan.json: kernels, weights and estimates by layer.
        tflite: bytes of the model.
        contract: class names and preprocessing, as far as they are known.
    """

    folder: Path
    board: str
    core: str
    runtime: Literal["native", "tflm"]
    optimize: Literal["balanced", "speed", "ram", "flash"]
    arena_bytes: int
    plan: dict[str, Any] = field(repr=False)
    tflite: bytes = field(repr=False)
    contract: ModelContract = field(repr=False)

    def verify(self, vectors: int = 100) -> Verification:
        """Compares the code on the host and on the emulated board with TensorFlow Lite Micro, byte for byte.

        Args:
            vectors: random int8 vectors on the board; ten times as many, at most 1000, run on the host.

        Returns:
            How each runtime compares. A runtime whose tools are not installed says so in `skipped`.

        Raises:
            VerificationError: a byte differs.
            FirmwareError: the image does not build or hangs.
            DoesNotFitError: the image does not fit the board.
        """
        from ecgprune import verify as verification
        from ecgprune.artifacts import no_progress
        from ecgprune.pipeline import tflite_folder
        from ecgprune.pipeline.cores import cores_of

        with tflite_folder.opened(self.folder), tflite_folder.as_file(self.tflite) as file:
            found = tflite_folder.verify(file, self.folder, cores_of([self.board]), vectors, no_progress)
        verification.check(found)
        rows = tuple(RuntimeCheck(**{n: r[n] for n in RuntimeCheck.__dataclass_fields__}) for r in found["runtimes"])
        return Verification(all(row.passed for row in rows if not row.skipped), rows, found)

    def bench(self, vectors: int = 20) -> Measurement:
        """Measures one invocation on the emulated board.

        Args:
            vectors: random int8 vectors; instructions are means over them.

        Returns:
            What it takes.

        Raises:
            VerificationError: an output differs from TensorFlow Lite Micro's.
            ToolMissingError: a compiler or QEMU is missing, or QEMU does not run the board.
        """
        from ecgprune.errors import VerificationError
        from ecgprune.pipeline import bench

        (board,) = bench.check_tools([self.board], self.runtime)
        subject = bench.Subject(self.tflite, self.plan["name"], vectors)
        row = bench.measure(subject, board, optimize=self.optimize, runtime=self.runtime)
        if not row["bit_exact"]:
            raise VerificationError(f"{self.board} differs from TensorFlow Lite Micro: {row['first_mismatch']}")
        return Measurement(**{k: row[k] for k in Measurement.__dataclass_fields__ if k != "report"}, report=row)

    def package(
        self,
        kinds: Iterable[str],
        out: str | Path,
        *,
        archive: bool = False,
        ecg: bool = False,
        version: str = "1.0.0",
        vendor: str = "ecgprune",
        url: str = "",
    ) -> list[Package]:
        """Writes packages for build systems, as `ecgprune export --package` does: native runtime alone.

        Args:
            kinds: "cmake", "arduino", "zephyr" and others that `ecgprune export --help` lists.
            out: a folder, which gets a folder or an archive for each kind; or the name of one archive.
            archive: pack each.
            ecg: add the ECG chain, where it is known how the model's beats are made.
            version: of the packages, three numbers.
            vendor: who gives them out.
            url: web page that they name; "" for none.

        Returns:
            What was written.

        Raises:
            ConfigError: the runtime is not native, or an argument is not usable.
            ArtifactError: something else is in the way.
            ModelError: the ECG chain cannot make the model's inputs.
        """
        from ecgprune.config import ExportConfig
        from ecgprune.pipeline import packages, tflite_folder

        wanted = packages.Wanted(tuple(kinds), archive, ecg, version, vendor, url)
        settings = ExportConfig(name=self.plan["name"], runtime=self.runtime, optimize=self.optimize)
        with tflite_folder.as_file(self.tflite) as file:
            found = packages.write(file, Path(out), wanted, settings, [self.board], self.contract)
        return [Package(row["kind"], Path(row["path"]), found["vectors"]) for row in found["packages"]]


def _taken(tflite: bytes | str | Path, labels: tuple[str, ...]) -> tuple[bytes, ModelContract]:
    """The bytes of a model, and what is known of its classes and preprocessing."""
    from ecgprune.config import load
    from ecgprune.errors import ModelError
    from ecgprune.importers import sniff
    from ecgprune.interface import ModelContract
    from ecgprune.pipeline import given_model
    from ecgprune.pipeline.contract import contract_of

    if isinstance(tflite, bytes):
        return tflite, ModelContract(labels=labels)
    path = given_model.locate(tflite)
    if sniff(path) in given_model.FLOAT:
        raise ModelError(f"{tflite} is a float model; firmware takes int8: ecgprune.quantize makes it")
    config = given_model.config_of_folder(tflite, path)
    known = config is not None and not labels
    return path.read_bytes(), contract_of(load(str(config)).data) if known else ModelContract(labels=labels)
