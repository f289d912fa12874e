"""What an application sees of a model, on both runtimes: its names, its contract, and the C that states them.

`model` has the interface (ports, classes, preprocessing), `names` makes C identifiers of the model's own names, and
`text` renders the templates that both runtimes share. Read first: `model.interface`.
"""

from ecgprune.interface.model import Interface, ModelContract, Port, interface

__all__ = ["Interface", "ModelContract", "Port", "interface"]
