"""What an application sees of a model, on both runtimes: its names, its contract, and the C that states them."""

from ecgprune.interface.model import Interface, ModelContract, Port, interface

__all__ = ["Interface", "ModelContract", "Port", "interface"]
