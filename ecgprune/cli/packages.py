"""The Python packages that ecgprune requires, by the extra that brings them, as its own metadata names them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata

__all__ = ["Package", "required"]

_MODULES = {  # distributions that are not imported by their name
    "protobuf": "google.protobuf", "pyelftools": "elftools", "pyserial": "serial", "scikit-learn": "sklearn",
}  # fmt: skip
_EXTRA = re.compile(r"""\s*(?:and\s+)?extra\s*==\s*["']([\w-]+)["']""")
_PLATFORM = re.compile(r"""(?:sys_platform|platform_machine)\s*==\s*["'](\w+)["']""")


@dataclass(frozen=True)
class Package:
    """A required distribution.

    Attributes:
        name: Of the distribution, as pip knows it.
        module: What Python code imports.
        versions: Accepted ones, such as ">=2.21,<2.22"; "" where any is.
        extra: The extra that brings it; "" for the base install.
        platforms: The platforms that have a wheel, "linux and x86_64"; "" where all have.
    """

    name: str
    module: str
    versions: str
    extra: str
    platforms: str

    @property
    def remedy(self) -> str:
        """The command that installs it."""
        command = f'pip install "ecgprune[{self.extra}]"' if self.extra else 'pip install "ecgprune"'
        return f"{command} (there are wheels for: {self.platforms})" if self.platforms else command

    @property
    def reinstall(self) -> str:
        """The command that replaces it where it is broken, or of another version."""
        return f'pip install --force-reinstall "{self.name}{self.versions}"'

    def installed(self) -> str:
        """The version that is installed; "" for none."""
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(self.name)
        return ""

    def accepts(self, version: str) -> bool:
        """Whether `version` is one of the accepted ones. Only >=, < and == are known, and numbers."""
        have = _numbers(version)
        for relation, text in re.findall(r"(>=|==|<)([\d.]+)", self.versions):
            wanted = _numbers(text)
            fits = {">=": have >= wanted, "<": have < wanted, "==": have[: len(wanted)] == wanted}
            if not fits[relation]:
                return False
        return True


def required() -> list[Package]:
    """Every package that some extra or the base install requires; none where ecgprune itself is not installed."""
    lines: list[str] = []
    with suppress(metadata.PackageNotFoundError):
        lines = metadata.requires("ecgprune") or []
    found = [_package(line) for line in lines]
    return [package for package in found if package.name != "ecgprune"]  # an extra that includes another one


def _package(line: str) -> Package:
    """From a line of the metadata: `tensorflow<2.22,>=2.21; extra == "train"`."""
    requirement, _, marker = line.partition(";")
    name, versions = re.fullmatch(r"([\w.-]+)(?:\[[^]]*\])?\s*(.*?)\s*", requirement).groups()  # type: ignore[union-attr]
    extra = _EXTRA.search(marker)
    return Package(
        name=name,
        module=_MODULES.get(name, name).replace("-", "_"),
        versions=versions.replace(" ", ""),
        extra=extra[1] if extra else "",
        platforms=_PLATFORM.sub(r"\1", _EXTRA.sub("", marker)).strip(),
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:3])
