"""What a user has, told apart by its bytes before anything is read as text or loaded."""

from ecgprune.importers.sniff import Kind, sniff

__all__ = ["Kind", "sniff"]
