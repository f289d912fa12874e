"""SavedModels: graphs of TensorFlow operators, refused where one of them does more than compute.

Loading a SavedModel runs the graphs that set up its resources, so the operators are checked in the file first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.training._tf import hushed, tf
from ecgprune.training.conversion import Traced, concrete

__all__ = ["traced_signature"]

_SIGNATURE = "serving_default"
_VARIABLES = {
    "VarHandleOp", "ReadVariableOp", "AssignVariableOp", "VarIsInitializedOp", "StatefulPartitionedCall",
    "PartitionedCall", "Placeholder", "NoOp", "DisableCopyOnRead",
}  # fmt: skip
_CHECKPOINTS = {"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"}
"""In the functions that every SavedModel has to save and restore itself, which nobody calls here."""
_FILES = {"ReadFile", "MatchingFiles", "WholeFileReaderV2", "FixedLengthRecordReaderV2", "DebugIdentity",
          "DebugIdentityV2", "Print", "PrintV2", "Save", "SaveSlices", "Restore", "RestoreSlice"}  # fmt: skip
_OBJECTS = {"user_object", "variable", "function", "bare_concrete_function", "constant"}


def traced_signature(path: Path) -> Traced:
    """The signature serving_default of a SavedModel, at batch size 1.

    Args:
        path: The folder.

    Returns:
        The model as the converter takes it.

    Raises:
        ModelError: It is damaged, has no such signature, or an operator that does more than compute; or an input is
            not float32 of a fixed size.
    """
    _check(path)
    try:
        with hushed():
            loaded = tf.saved_model.load(str(path))
    except (ValueError, OSError, KeyError, TypeError, AttributeError, tf.errors.OpError) as error:
        raise ModelError(f"{path} cannot be loaded: {_first_line(error)}") from error
    if _SIGNATURE not in loaded.signatures:
        found = ", ".join(loaded.signatures) or "none"
        raise ModelError(f"{path} has the signatures {found}; expected {_SIGNATURE}: save the model with model.export")
    function = loaded.signatures[_SIGNATURE]
    shapes = {}
    for name, spec in function.structured_input_signature[1].items():
        sizes = list(spec.shape or ())
        if spec.dtype != tf.float32 or not sizes or any(n is None for n in sizes[1:]) or sizes[0] not in (None, 1):
            raise ModelError(
                f"{path} has input '{name}' of {spec.dtype.name} {tuple(sizes)}; expected float32 (None, ...) with "
                "every size but the batch fixed"
            )
        shapes[name] = (1, *(int(n) for n in sizes[1:]))
    outputs = sorted(function.structured_outputs)

    def call(*arguments: Any) -> Any:
        found = function(**dict(zip(shapes, arguments, strict=True)))
        return [found[name] for name in outputs] if len(outputs) > 1 else found[outputs[0]]

    return Traced(path.name, shapes, concrete(call, shapes), loaded)


def _check(path: Path) -> None:
    """Raises ModelError: an operator, or a kind of object, may do more than compute."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString((path / "saved_model.pb").read_bytes())
    except DecodeError as error:
        raise ModelError(f"{path}/saved_model.pb is damaged; save the model again") from error
    for meta in model.meta_graphs:
        kinds = {node.WhichOneof("kind") for node in meta.object_graph_def.nodes} - {None} - _OBJECTS
        if kinds:
            raise ModelError(
                f"{path} holds {', '.join(sorted(kinds))}: a lookup table, or a file of its own; neither is supported"
            )
        called = _reachable(meta)
        for where, operator in _operators(meta):
            if operator in _CHECKPOINTS and where not in called:
                continue
            reason = _refusal(operator)
            if reason:
                raise ModelError(f"{path} has operator {operator}, {reason}; build the model from Keras' layers")


def _operators(meta: Any) -> Iterator[tuple[str, str]]:
    """(function, operator) of every node; "" is the main graph."""
    yield from (("", node.op) for node in meta.graph_def.node)
    for function in meta.graph_def.library.function:
        yield from ((function.signature.name, node.op) for node in function.node_def)


def _reachable(meta: Any) -> set[str]:
    """The functions that the signature calls, directly or not."""
    bodies = {f.signature.name: list(f.node_def) for f in meta.graph_def.library.function}
    nodes = {node.name: node for node in meta.graph_def.node}
    signature = meta.signature_def.get(_SIGNATURE) if _SIGNATURE in meta.signature_def else None
    wanted = [] if signature is None else [t.name.partition(":")[0] for t in signature.outputs.values()]
    seen: set[str] = set()
    functions: set[str] = set()
    while wanted:
        name = wanted.pop().lstrip("^").partition(":")[0]
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        wanted += nodes[name].input
        functions |= _called(nodes[name])
    todo = list(functions)
    while todo:
        inner = {called for node in bodies.get(todo.pop(), ()) for called in _called(node)} - functions
        functions |= inner
        todo += inner
    return functions | {""}


def _called(node: Any) -> set[str]:
    """The functions in a node's attributes."""
    values = node.attr.values()
    return {v.func.name for v in values if v.HasField("func")} | {f.name for v in values for f in v.list.func}


def _refusal(operator: str) -> str | None:
    """Why an operator is not taken; None where it only computes, or keeps variables."""
    from tensorflow.python.framework import op_def_registry

    if operator in _VARIABLES:
        return None
    known = op_def_registry.get(operator)
    if known is None:
        return "which TensorFlow does not know"
    if operator in _FILES or operator in _CHECKPOINTS:
        return "which reads or writes files"
    return "which does more than compute: it may run code or keep state" if known.is_stateful else None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
