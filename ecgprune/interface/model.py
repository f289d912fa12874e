"""What an application has to know of a model: names, shapes and scales of its inputs and outputs, its contract."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ecgprune.c_names import check_name
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph
from ecgprune.interface.names import tensor_names, unique

__all__ = ["Interface", "ModelContract", "Port", "interface"]

_SUFFIXES = ("", "_bytes", "_scale", "_values", "_zero_point")


@dataclass(frozen=True)
class ModelContract:
    """What a .tflite does not say about itself; what is not known stays None or empty.

    Attributes:
        labels: names of the classes, in the order of the first output's values.
        sample_rate_hz: sampling rate of the input "ecg".
        window: its samples, one beat.
        window_before: of them, samples before the R peak.
        band_low_hz: lower edge of the band-pass that the samples went through.
        band_high_hz: its upper edge.
        unit_uv: what 1 in an int16 sample stands for, in uV, before it is normalized.
    """

    labels: tuple[str, ...] = ()
    sample_rate_hz: int | None = None
    window: int | None = None
    window_before: int | None = None
    band_low_hz: float | None = None
    band_high_hz: float | None = None
    unit_uv: int | None = None


@dataclass(frozen=True)
class Port:
    """An input or an output of the model.

    Attributes:
        tensor: its index in the .tflite.
        name: as a C identifier, in lower case: "ecg".
        source: the tensor's name in the .tflite.
        dtype: numpy's name of its type: "int8".
        shape: batch first.
        nbytes: its size in bytes.
        scale: real value = scale * (stored value - zero_point); None where it is not quantized.
        zero_point: as above; 0 where it is not quantized.
    """

    tensor: int
    name: str
    source: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    scale: float | None
    zero_point: int


@dataclass(frozen=True)
class Interface:
    """A model as its application sees it.

    Attributes:
        name: its C prefix, "ecg".
        sha256: of the .tflite.
        inputs: in the order of <name>_input()'s index.
        outputs: in the order of <name>_output()'s index.
        contract: its classes and the preprocessing that it was trained with, as far as they are known.
        class_names: contract.labels as C identifiers in upper case.
        stateful: whether one invocation depends on those before it.
    """

    name: str
    sha256: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    contract: ModelContract = field(default_factory=ModelContract)
    stateful: bool = False

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(re.sub(r"[^A-Z0-9]+", "_", label.upper()).strip("_") for label in self.contract.labels)


def interface(graph: Graph, name: str, contract: ModelContract | None = None) -> Interface:
    """What an application sees of a model.

    Args:
        graph: the model.
        name: prefix of everything in C, an identifier in lower case ("ecg").
        contract: class names and preprocessing; None where they are not known.

    Raises:
        CodegenError: the name cannot be used (see `c_names`), or the contract's labels do not fit the first output.
    """
    check_name(name)
    names = tensor_names(graph)
    found = Interface(
        name, graph.sha256, _ports(graph, names, graph.inputs), _ports(graph, names, graph.outputs),
        contract or ModelContract(), bool(graph.states),
    )  # fmt: skip
    _check_labels(found)
    return found


def _ports(graph: Graph, names: dict[int, str], tensors: tuple[int, ...]) -> tuple[Port, ...]:
    ports: list[Port] = []
    macros: set[str] = set()
    for index in tensors:
        tensor = graph.tensor(index)
        name = names[index]
        if any(name + suffix in macros for suffix in _SUFFIXES):
            name = unique(f"{name}_{len(ports)}", macros, len(ports))
        macros |= {name + suffix for suffix in _SUFFIXES}
        quantization = tensor.quantization
        quantized = quantization is not None and not quantization.per_channel
        ports.append(
            Port(
                index,
                name,
                tensor.name,
                tensor.dtype.name,
                tensor.shape,
                tensor.nbytes,
                quantization.scale if quantized and quantization else None,
                quantization.zero_point if quantized and quantization else 0,
            )
        )
    return tuple(ports)


def _check_labels(model: Interface) -> None:
    labels, names = model.contract.labels, model.class_names
    if not labels:
        return
    last = model.outputs[0].shape[-1] if model.outputs and model.outputs[0].shape else 1
    if len(labels) != last:
        raise CodegenError(f"{len(labels)} labels ({', '.join(labels)}) for an output of {last} values; give one each")
    if "" in names or len(set(names)) != len(names):
        raise CodegenError(
            f"labels {', '.join(map(repr, labels))} do not make distinct C names; use letters and digits"
        )
