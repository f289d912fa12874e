"""Which kind of file something is, by its first bytes; a name may say anything."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

__all__ = ["Kind", "sniff"]

_HEAD = 1024
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_AFTER_IR_VERSION = (b"\x12", b"\x3a", b"\x42")
"""In a ModelProto of ONNX: field 1, a small number, then producer_name, graph or opset_import (onnx.proto)."""
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


class Kind(Enum):
    """A kind of file; the value completes "this is ..." in messages."""

    TFLITE = "a .tflite model"
    ZIP = "a zip archive, such as a Keras model (.keras)"
    HDF5 = "an HDF5 file, such as a Keras model (.h5)"
    SAVED_MODEL = "a TensorFlow SavedModel"
    ONNX = "an ONNX model, which is not read: convert it to an int8 .tflite first, as onnx2tf does"
    PYTORCH = "a PyTorch file, which is not read: convert the model to an int8 .tflite first, as ai-edge-torch does"
    FOLDER = "a folder"
    EMPTY = "an empty file"
    UTF16 = "text in UTF-16 or UTF-32"
    TEXT = "text"
    BINARY = "neither text nor a model that ecgprune knows"


def sniff(path: Path) -> Kind:
    """The kind of the file or folder at `path`.

    TEXT says that the first bytes may be UTF-8 text; whether all are is for the reader to find.

    Args:
        path: An existing file or folder.

    Returns:
        Its kind.

    Raises:
        OSError: It cannot be opened.
    """
    if path.is_dir():
        return Kind.SAVED_MODEL if (path / "saved_model.pb").is_file() else Kind.FOLDER
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return Kind.EMPTY
    if head[4:8] == b"TFL3":
        return Kind.TFLITE
    if head.startswith(_ZIP):
        return Kind.PYTORCH if b"/data.pkl" in head else Kind.ZIP
    if head[:1] == b"\x08" and head[2:3] in _AFTER_IR_VERSION:
        return Kind.ONNX
    if head[:8] == _HDF5 or head[512:520] == _HDF5:  # a user block may come first: 512 bytes, or a power of two above
        return Kind.HDF5
    if head.startswith(_UTF16_OR_32) or 0 in (len(head[0::2].strip(b"\0")), len(head[1::2].strip(b"\0"))):
        return Kind.UTF16
    return Kind.BINARY if b"\0" in head else Kind.TEXT
