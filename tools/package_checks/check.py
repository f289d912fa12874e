"""What a check of a package is, and what it works with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Check", "CheckError", "MissingError", "Room"]


class MissingError(Exception):
    """A tool or a tree that a check needs is not there."""


class CheckError(Exception):
    """The ecosystem's tool refuses the package, or it does not do what it should."""


@dataclass
class Room:
    """Where a check works, and what it finds there.

    Attributes:
        root: the checkout of ecgprune.
        folder: the check's own, emptied when it begins.
        trees: folder of public source trees, each named owner+name.
        versions: {tool or tree: version or commit} of all that was asked for.
    """

    root: Path
    folder: Path
    trees: Path
    versions: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def run(self, *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        """Output and errors of a command. Raises CheckError where it fails."""
        done = subprocess.run(
            [str(word) for word in words], cwd=cwd or self.folder, env={**os.environ, **(env or {})}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            tail = "\n".join(done.stdout.splitlines()[-20:])
            raise CheckError(f"{Path(str(words[0])).name} failed: {tail}".replace(f"{self.root}/", ""))
        return done.stdout

    def tool(self, name: str, *version: str, package: str = "") -> str:
        """The path of a program, whose version is kept: what NAME --version says first, or NAME and these words."""
        path = shutil.which(name)
        if path is None:
            raise MissingError(f"{name}{f' (Debian package {package})' if package else ''}")
        done = subprocess.run([path, *(version or ("--version",))], capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        self.versions[name] = said.splitlines()[0] if said else ""
        return path

    def debian(self, package: str) -> None:
        """Keeps the version of a Debian package, whose programs do not tell theirs."""
        done = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False
        )
        self.versions[package] = done.stdout.strip() or "unknown"

    def tree(self, repository: str, *paths: str) -> Path:
        """A copy of these folders and files of a public tree, "owner/name"; its commit is kept."""
        clone = self.trees / repository.replace("/", "+")
        git = next((p for p in (clone / "repo", clone / ".git", clone) if (p / "HEAD").is_file()), None)
        if git is None:
            raise MissingError(
                f"a clone of https://github.com/{repository} as {repository.replace('/', '+')} in {self.trees}"
            )
        commit = self.run("git", "--git-dir", git, "log", "-1", "--format=%H %cs").split()
        self.versions[repository] = f"{commit[0][:12]} of {commit[1]}"
        copy = self.folder / "trees" / repository.split("/")[1]
        copy.mkdir(parents=True)
        packed = subprocess.run(
            ["git", "--git-dir", str(git), "archive", "HEAD", *paths], capture_output=True, check=True
        )
        subprocess.run(["tar", "x", "-C", str(copy)], input=packed.stdout, check=True)
        return copy

    def installation(self, name: str, *paths: str) -> Path:
        """The folder of an ecosystem's own installation, which a user of it has; `paths` must be there."""
        folder = self.trees / name
        lacking = [path for path in paths if not (folder / path).exists()]
        if lacking:
            raise MissingError(f"{lacking[0]} of an installation of {name}, as {name} in {self.trees}")
        return folder.resolve()

    def venv(self, *requirements: str) -> Path:
        """The folder bin/ of an environment with these distributions; it stays from run to run."""
        home = self.root / "build" / "venvs" / self.folder.name
        if not (home / "bin" / "python").exists():
            self.run(sys.executable, "-m", "venv", home)
        self.run(
            home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements
        )
        for line in self.run(home / "bin" / "python", "-m", "pip", "list", "--format=freeze").splitlines():
            name, _, version = line.partition("==")
            if name.lower() in {word.lower() for word in requirements}:
                self.versions[name] = version
        return home / "bin"

    def export(self, *words: object, model: str = "firmware/models/small") -> Path:
        """What `ecgprune export MODEL WORDS` writes, the small model's packages by default."""
        out = self.folder / "packages"
        self.run(
            sys.executable, "-m", "ecgprune", "-q", "export", self.root / model, *words, "--out", out, cwd=self.root
        )
        return out


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        name: on the command line.
        title: what it shows, in one line.
        needs: tools and trees, in words.
        run: does it, in the room given; returns figures for the record.
        note: what the check leaves out, or does in another way than a user; "" for nothing. Of an SDK: what is built.
        sdk: whether whole images of an SDK are built; docs/guide/sdk.md shows these.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    run: Callable[[Room], dict[str, Any]]
    note: str = ""
    sdk: bool = False
