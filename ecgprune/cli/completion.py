"""What the shell completes besides commands and options: boards, configs and models. See docs/reference/completion.md.

Called at every press of the key, so nothing heavy is imported, and whatever fails completes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

__all__ = ["boards", "configs", "models", "sources"]

_MODELS = (".tflite", ".lite", ".keras", ".h5")


def boards(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of boards, each with its core; after a slash, folders."""
    if "/" in incomplete:
        return _items((), (), incomplete)
    with suppress(Exception):
        from ecgprune.board import known_boards

        return [
            CompletionItem(name, help=f"{board.core}, {board.description}")
            for name, board in known_boards().items()
            if name.startswith(incomplete)
        ]
    return []


def configs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped configs, and .toml files."""
    return _items(_shipped(), (".toml",), incomplete)


def sources(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped configs and models, .toml files, and files of models."""
    return _items(sorted({*_shipped(), *_shipped_models()}), (".toml", *_MODELS), incomplete)


def models(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped models, .tflite and Keras files."""
    return _items(_shipped_models(), _MODELS, incomplete)


def _shipped() -> Iterable[str]:
    with suppress(Exception):
        from ecgprune.config import shipped

        return shipped()
    return ()


def _shipped_models() -> Iterable[str]:
    with suppress(Exception):
        from ecgprune.pipeline.given_model import shipped_models

        return shipped_models()
    return ()


def _items(names: Iterable[str], suffixes: tuple[str, ...], incomplete: str) -> list[CompletionItem]:
    """`names` and files that begin with `incomplete`; folders are entered, as the next press may find more there."""
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    folder, _, start = incomplete.rpartition("/")
    with suppress(OSError):
        for entry in sorted(os.scandir(folder + "/" if "/" in incomplete else "."), key=lambda e: e.name):
            if not entry.name.startswith(start) or (entry.name[0] == "." and not start):
                continue
            path = incomplete[: len(incomplete) - len(start)] + entry.name
            if entry.is_dir():
                found.append(CompletionItem(f"{path}/"))
            elif Path(entry.name).suffix.lower() in suffixes:
                found.append(CompletionItem(path))
    return found
