"""What lowering one operator yields: one kernel call with its constants, ready to be rendered.

`ops/<operator>.py` computes these; `plan.py` places their tensors; `render.py` only formats them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "KernelCall", "Params", "Variant", "within"]


@dataclass(frozen=True)
class Array:
    """A constant array of the generated file: `static const <ctype> <layer>_<suffix>[] = {...};`.

    ctype is a stdint name ("int8_t", "int32_t", "uint8_t", ...). note is a short comment, "" for none.
    """

    suffix: str
    ctype: str
    data: npt.NDArray[Any]
    note: str = ""

    @property
    def nbytes(self) -> int:
        return int(np.dtype(self.ctype.removesuffix("_t")).itemsize * self.data.size)


Params = dict[str, int | str | Array | None]
"""The fields of a kernel's parameter struct; see KernelCall.params."""


def within(member: str, params: Params) -> Params:
    """The same fields as those of a struct within the struct: "requant.min" for "min"."""
    return {f"{member}.{field}": value for field, value in params.items()}


@dataclass(frozen=True)
class KernelCall:
    """One call `kernel(&<layer>_params, input..., state..., output...[, scratch]);`.

    Attributes:
        op: index of the operator that it does.
        kernel: the C function, e.g. "ecgp_max_pool_s8". It is declared in firmware/lib/nn/<header> and defined in
            firmware/lib/nn/<header with .c>. "" means: no code at all; the output is the input under another shape
            (in_place is then required).
        header: the kernel's, in firmware/lib/nn.
        params_type: its parameter struct, e.g. "ecgp_pool_params".
        params: struct field -> value, in declaration order. An int renders as a literal, a str verbatim (an enum name),
            an Array as that array's name (the struct field is a `const <ctype> *`), None as NULL. A dotted field
            ("requant.min") belongs to a struct within the struct.
        inputs: activation tensor indices in the kernel's argument order (constants are in params).
        outputs: tensor indices in the kernel's argument order.
        scratch_bytes: working memory that the kernel takes as its last argument (`void *scratch`); 0: no such argument,
            or NULL where takes_scratch is true.
        takes_scratch: whether the kernel has that argument even where it needs no working memory.
        scratch_over_input: whether it may begin where the first input does, or before: the kernel copies that, from its
            first byte to the last, and reads nothing else of it.
        as_bytes: whether the kernel only moves bytes: it takes int8_t pointers whatever the tensors' type.
        in_place: the first output may share the memory of the first input, and of any other with as many bytes: no byte
            of them is read any more when the output's is written.
        macs: multiply-accumulates of the dense operator; 0 where it has no weights.
        nonzero_macs: those whose weight is not zero.
        fused: index of the operator that follows and is done in the same call; outputs are then its outputs. None where
            none is.
        passed: indices of the operators between, which only give the bytes another shape; they need no call then.
        note: one line for the generated comment above the call.
        states: state tensors that the kernel reads and overwrites, its arguments between inputs and outputs.
        uses: the headers of other kernels that it calls.
    """

    op: int
    kernel: str
    header: str
    params_type: str
    params: Params
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    scratch_bytes: int = 0
    takes_scratch: bool = False
    scratch_over_input: bool = False
    as_bytes: bool = False
    in_place: bool = False
    macs: int = 0
    nonzero_macs: int = 0
    fused: int | None = None
    passed: tuple[int, ...] = ()
    note: str = ""
    states: tuple[int, ...] = ()
    uses: tuple[str, ...] = ()

    @property
    def arrays(self) -> tuple[Array, ...]:
        return tuple(v for v in self.params.values() if isinstance(v, Array))

    @property
    def is_sparse(self) -> bool:
        """Whether the call's time and flash depend on how many weights are zero."""
        return "_sparse_" in self.kernel

    @property
    def weight_bytes(self) -> int:
        """Flash that the call's constant arrays take, in bytes."""
        return sum(a.nbytes for a in self.arrays)


Variant = list[KernelCall]
"""A kernel variant: the calls that do one operator, and the next one too where a call says so (KernelCall.fused)."""
