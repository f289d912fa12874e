"""Pruning, quantizing and exporting a model of one's own, from Python.

Imports nothing heavy: TensorFlow is loaded by the first call that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ecgprune.training.outcome import PruneResult, Stage

__all__ = ["Firmware", "Measurement", "RuntimeCheck", "Verification", "export", "prune", "quantize"]

Progress = Callable[[float, str], None]


def prune(
    model: Any,
    train: Any,
    validation: Any,
    *,
    stages: Iterable[float | Stage] = (0.5, 0.7, 0.8),
    granularity: Literal["weight", "block", "channel"] = "block",
    allocation: Literal["uniform", "global", "sensitivity"] = "uniform",
    loss: Any = None,
    metric: Any = None,
    larger_is_better: bool = True,
    epochs: int = 5,
    learning_rate: float = 0.001,
    batch_size: int = 32,
    floor: float | None = None,
    distillation: float = 0.0,
    exclude: Iterable[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
) -> PruneResult:
    """Prunes a Keras model stage by stage, each trained until it has recovered. The model itself is not changed.

    Each stage raises the sparsity along a ramp in the first third of its epochs, trains on with fixed masks, and keeps
    the epoch with the best validation score. Zeros of one stage stay zero in all that follow. Pruning ends at the
    first stage that stays under its floor. Seeds Python's, numpy's and TensorFlow's generators, and makes TensorFlow's
    operators deterministic for the rest of the process.

    Args:
        model: a trained Keras model, functional or sequential, with one output: of tf_keras, of Keras 3, or the path of
            a file of either (.keras, .h5). Any number of inputs.
        train: (x, y) or (x, y, sample_weight), or the path of an .npz with these names. x is one array, a list in the
            order of the inputs, or {input name: array}, each [n, ...]; y is [n] class indices (integers), or [n, ...]
            values as the output gives them; sample_weight is [n].
        validation: the same, for the scores.
        stages: share of zeros of each stage, rising, 0 to 1; a `Stage` says more than its share. With granularity
            "channel" the share of the multiply-accumulates that is removed.
        granularity: "weight" makes single weights zero, "block" 1x4 blocks, "channel" removes channels for good.
        allocation: "uniform" prunes every layer alike, "global" the smallest weights of the model wherever they are,
            "sensitivity" those layers most that matter least to the loss.
        loss: the name of a loss of Keras; a loss object; or a function of (y, outputs), TensorFlow tensors, that gives
            the loss of each example [n, ...]. None: what fits y and the last activation, cross-entropy or "mse".
        metric: "macro_f1", "accuracy", "mae", "mse", "rmse", "validation_loss"; or a function of (y, outputs), numpy
            arrays, that gives a number. None: "macro_f1" of classes, else "validation_loss". Only the latter weighs
            examples.
        larger_is_better: of a metric that is a function.
        epochs: of each stage.
        learning_rate: the first one of each stage; it falls along a half cosine.
        batch_size: examples in a batch, at most.
        floor: the score that each stage has to reach; where less is better, that it must not exceed. None: any.
        distillation: share of the loss that is the distance to the probabilities of `model`, 0 to 1.
        exclude: names of layers that stay dense.
        seed: the same seed gives the same result.
        progress: called with the share done, 0 to 1, and a few words.

    Returns:
        The pruned model, what each stage reached, and the layers that stayed dense, with the reasons.

    Raises:
        DataError: examples do not fit the model or one another.
        ModelError: the model's file cannot be taken.
        PruningError: an option is not usable, nothing can be pruned, or a target is out of reach.
        LostZerosError: a pruned weight came back.
        TrainingError: the model cannot be trained so.
    """
    from ecgprune.artifacts import no_progress
    from ecgprune.training import own, own_options, user_model

    options = own_options.Options(
        own_options.stages_of(stages), granularity, allocation, loss, metric, larger_is_better, epochs, learning_rate,
        batch_size, floor, distillation, tuple(exclude), seed,
    )  # fmt: skip
    return own.prune(user_model.taken(model), train, validation, options, progress or no_progress)


def quantize(model: Any, representative: Any) -> bytes:
    """Quantizes a Keras model to int8: inputs, outputs, weights; batch 1. Every zero of a kernel stays zero.

    TFLite's converter runs in a process of its own, but for models with layers of your own classes: some crash it.

    Args:
        model: as of `prune`, with any number of outputs; PruneResult.model as a rule.
        representative: inputs that the ranges of activations are measured on, a hundred or more training examples: one
            array [n, ...], a list in the order of the inputs, {input name: array}, or the path of an .npz or .npy.

    Returns:
        The bytes of a .tflite.

    Raises:
        DataError: the inputs do not fit the model.
        ModelError: a file cannot be taken.
        QuantizationError: an operator stays float, or a bias overflows.
        LostZerosError: a zero was lost.
    """
    from ecgprune.pipeline.converting import quantize as quantized

    return quantized(model, representative)


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
        tflite: its bytes, or its path.
        out: folder to write to: new, empty, or one that `export` wrote before.
        board: the code is for this board's core; `ecgprune boards` lists them.
        name: C prefix of the generated code.
        runtime: "native", or "tflm" for TensorFlow Lite Micro.
        optimize: objective of kernel selection.
        labels: names of the classes, for the header; none where there are none.

    Returns:
        The generated code, to be verified and measured.

    Raises:
        ArtifactError: the folder holds something else.
        GraphError: the .tflite cannot be read, or has an operator that is not supported.
        CodegenError: a kernel cannot be shown to be exact, or the name is not usable.
        BoardError: the board is not known.
    """
    from ecgprune.artifacts import read_json
    from ecgprune.pipeline import tflite_folder

    folder = Path(out)
    blob = tflite if isinstance(tflite, bytes) else _read(Path(tflite))
    settings = {"name": name, "runtime": runtime, "optimize": optimize}
    with tflite_folder.opened(folder), tflite_folder.as_file(blob) as file:
        tflite_folder.generate(file, folder, [board], settings, labels)
        plan = read_json(folder / "plan.json")
    (core,) = plan["cores"]
    return Firmware(folder, board, core["core"], runtime, optimize, core["arena_bytes"], plan, blob)


@dataclass(frozen=True)
class RuntimeCheck:
    """How one runtime compares with TensorFlow Lite Micro.

    Attributes:
        runtime: its name.
        vectors: how many it was checked on.
        bit_exact: whether every output byte is TFLM's.
        passed: bit exact, or explained to the bit by known roundings of the TFLite interpreter.
        skipped: why it did not run; None where it did.
    """

    runtime: str
    vectors: int
    bit_exact: bool
    passed: bool
    skipped: str | None


@dataclass(frozen=True)
class Verification:
    """What `Firmware.verify` found.

    Attributes:
        passed: whether all runtimes that ran passed.
        runtimes: each of them.
        report: verify.json.
    """

    passed: bool
    runtimes: tuple[RuntimeCheck, ...]
    report: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Measurement:
    """What `Firmware.bench` measured: one invocation on the emulated board, bytes net of an empty image.

    Attributes:
        board: its name.
        instructions: executed, exact.
        cycles_estimate: by a scheduling model of the core, see report["cycles_model"]; None where nothing estimates
            them.
        flash_bytes: of the image.
        ram_bytes: arena, data and stack.
        arena_bytes: of them the arena.
        stack_bytes: of them the stack, measured.
        bit_exact: whether all outputs are TFLM's.
        vectors: how many were run.
        report: the row that `ecgprune bench --format json` prints, by layer too.
    """

    board: str
    instructions: int
    cycles_estimate: int | None
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    stack_bytes: int | None
    bit_exact: bool
    vectors: int
    report: dict[str, Any] = field(repr=False)


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
    """

    folder: Path
    board: str
    core: str
    runtime: Literal["native", "tflm"]
    optimize: Literal["balanced", "speed", "ram", "flash"]
    arena_bytes: int
    plan: dict[str, Any] = field(repr=False)
    tflite: bytes = field(repr=False)

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


def _read(path: Path) -> bytes:
    from ecgprune.errors import reading

    with reading(path, expected="a .tflite"):
        return path.read_bytes()
