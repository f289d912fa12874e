"""Files that users bring: tells by its bytes what kind a file is; reads Keras files and representative inputs as data.

Nothing of a file is run or imported, and TensorFlow is not needed. Read first: `sniff`; then `keras_archive` for
`.keras` and `.h5`, `representative` for the inputs that activations are measured on. `training/imported` makes models
of them.
"""

from ecgprune.importers.sniff import Kind, sniff

__all__ = ["Kind", "sniff"]
