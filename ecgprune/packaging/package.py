"""A package before it has a build system: what all kinds are made from, and what they share."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ecgprune
from ecgprune.artifacts import sha256_bytes
from ecgprune.packaging.drop_in import GeneratedModel, license_file, model_view
from ecgprune.packaging.manifest import HARNESS, included, manifest, reached
from ecgprune.templating import rendered

__all__ = ["RECORD", "About", "Package", "Part", "TestVector", "collect"]

RECORD = "ecgprune.json"
"""The file at the root of each package that says what it holds; ecgprune knows its own packages by it."""

_PLATFORM = ("semihosting.c", "startup.c", "stack.c", "vectors.S", "sections.ld")
_SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
_STREAM = "ecgp_stream.h"
_GLUE = ("classifier.c", "classifier.h")

TestVector = tuple[bytes, bytes]
"""(all inputs, all outputs) of one vector, the tensors one after the other in the model's order."""


@dataclass(frozen=True)
class About:
    """What a package says of itself, besides what it holds.

    Attributes:
        version: three numbers, "1.0.0".
        vendor: who gives it out: a name.
        url: where people find more; "" for nowhere.
    """

    version: str = "1.0.0"
    vendor: str = "ecgprune"
    url: str = ""

    @property
    def vendor_id(self) -> str:
        """The vendor in letters, digits, "-" and "_", where a package manager takes no other characters."""
        return re.sub(r"[^A-Za-z0-9_-]+", "_", self.vendor).strip("_") or "vendor"


@dataclass(frozen=True)
class Part:
    """The board that a package's test and examples are built for.

    Attributes:
        description: its full name.
        core: what the kernels are selected for, "Cortex-M4".
        cpu_flags: of GCC: "-mcpu=cortex-m4 -mthumb".
        memory: text of its memory.ld.
        interrupts: entries of the vector table behind the core's own.
        setup: registers to set at reset, the initializer of ECGP_SETUP; "" for none.
        boot: what its boot ROM asks for, firmware/platform/boot_<boot>.S; None for nothing.
        machine: QEMU's name for it, or for a board that runs its images; None where there is none.
        emulated: full name of the board of that machine.
    """

    description: str
    core: str
    cpu_flags: str
    memory: str
    interrupts: int = 0
    setup: str = ""
    boot: str | None = None
    machine: str | None = None
    emulated: str = ""


@dataclass(frozen=True)
class Package:
    """All texts of a package, by the part that they play; a kind gives them their places.

    Attributes:
        model: the generated model.
        about: version, vendor, URL.
        part: the board of test and example.
        ecg: whether it carries the ECG chain, from the ADC's samples to classified beats.
        sources: {name: text} of the C files: the generated ones and exactly the library files that they need.
        headers: {name: text} of exactly the headers that these include.
        public: names of the headers that a program includes, directly or through one another.
        generated: names of those sources and headers that were generated for this model.
        platform: {name: text} of what a bare-metal program needs from reset to main(), with semihosting.
        selftest: {name: text} of the model's own vectors and the function that runs them; empty: no oracle was at hand.
        examples: {name: {file: text}} of whole programs in C, main.c among the files.
        license: text of LICENSE.
        view: what templates may use.
    """

    model: GeneratedModel
    about: About
    part: Part
    ecg: bool
    sources: Mapping[str, str]
    headers: Mapping[str, str]
    public: tuple[str, ...]
    generated: tuple[str, ...]
    platform: Mapping[str, str]
    selftest: Mapping[str, str]
    examples: Mapping[str, Mapping[str, str]]
    license: str
    view: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Of the package, "ecgprune_ecg": a C identifier, and a library's name in every build system."""
        return f"ecgprune_{self.model.interface.name}"

    @property
    def library(self) -> dict[str, str]:
        """Sources and headers in one flat folder, as most build systems take them."""
        return dict(self.sources) | dict(self.headers)

    def rendered(self, templates: Mapping[str, str], **more: Any) -> dict[str, str]:
        """{path: text} for {path: template of ecgprune/packaging/templates}; `more` adds to the view."""
        return rendered("ecgprune.packaging", templates, {**self.view, "package": self, **more})

    def common(self, kind: str) -> dict[str, str]:
        """LICENSE, and README.md with the part of the kind: templates/<kind>/use.md.j2."""
        readme = self.rendered({"README.md": "package.md.j2"}, kind=kind, use=f"{kind}/use.md.j2")
        return {"LICENSE": self.license, **readme}

    def record(self, kind: str, files: Mapping[str, str]) -> str:
        """Text of `RECORD`: what the package is, what the model is, and the SHA-256 of each file."""
        face = self.model.interface
        ports = {
            key: [
                {"name": p.name, "type": p.dtype, "shape": list(p.shape), "scale": p.scale, "zero_point": p.zero_point}
                for p in found
            ]
            for key, found in (("inputs", face.inputs), ("outputs", face.outputs))
        }
        found = {
            "schema_version": 1,
            "package": {
                "name": self.name, "kind": kind, "version": self.about.version, "vendor": self.about.vendor,
                "url": self.about.url, "license": "Apache-2.0", "ecg_chain": self.ecg,
            },
            "generator": f"ecgprune {ecgprune.__version__}",
            "model": {
                "name": face.name, "sha256": face.sha256, **ports, "classes": list(face.contract.labels),
                "core": self.part.core, "optimize": self.model.optimize, "arena_bytes": self.model.arena_bytes,
                "constant_bytes": self.model.constant_bytes, "kernel_bytes": self.model.kernel_bytes,
                "instructions_estimate": self.model.instructions,
            },
            "files": {path: sha256_bytes(text.encode()) for path, text in sorted(files.items())},
        }  # fmt: skip
        return json.dumps(found, indent=2) + "\n"


def collect(
    model: GeneratedModel, about: About, part: Part, vectors: Sequence[TestVector], firmware: Path, *, ecg: bool = False
) -> Package:
    """Gathers what a package of a model holds.

    Args:
        model: the generated model, of the native runtime.
        about: version, vendor, URL.
        part: the board of test and example.
        vectors: of the model, with the oracle's outputs; none: the package has no test.
        firmware: the folder firmware/ that the library files come from.
        ecg: add the ECG chain, which takes samples of an ADC and gives classified beats.

    Raises:
        ArtifactError: the installation has no LICENSE.
    """
    found = manifest(model.files, model.interface.inputs, firmware, (_STREAM,) if ecg else ())
    own = {name: text for name, text in model.files.items() if name not in HARNESS}
    places = (*found.sources, *found.headers)
    texts = {Path(path).name: (firmware / path).read_text(encoding="utf-8") for path in places}
    texts = dict(sorted((texts | own).items()))
    headers = {name: text for name, text in texts.items() if name.endswith(".h")}
    name = model.interface.name
    view = model_view(model, found, sorted(own)) | {
        "vectors": [(list(given), list(expected)) for given, expected in vectors],
        "part": part, "about": about, "ecg": ecg, "stack_bytes": 2048,
    }  # fmt: skip
    shown = [*(view["headers"]), *([_STREAM] if ecg else [])]
    selftest = {f"{name}_selftest.{end}": f"selftest.{end}.j2" for end in ("h", "c")}
    selftest |= {"main.c": "selftest_main.c.j2"}
    examples = {"minimal": rendered("ecgprune.packaging", {"main.c": "main.c.j2"}, view)}
    if ecg:
        glue = {file: (firmware / "examples" / "live" / file).read_text(encoding="utf-8") for file in _GLUE}
        main = rendered("ecgprune.packaging", {"main.c": "live_main.c.j2"}, view)
        examples["live"] = main | glue | {"ecgp_model.h": model.files["ecgp_model.h"]}
    return Package(
        model=model,
        about=about,
        part=part,
        ecg=ecg,
        sources={file: text for file, text in texts.items() if file not in headers},
        headers=headers,
        public=tuple(sorted(reached([f"{name}.h", *shown], headers))),
        generated=tuple(sorted(own)),
        platform=_platform(part, firmware, view),
        selftest=rendered("ecgprune.packaging", selftest, view) if vectors else {},
        examples=examples,
        license=license_file(firmware).read_text(encoding="utf-8"),
        view=view,
    )


def _platform(part: Part, firmware: Path, view: Mapping[str, Any]) -> dict[str, str]:
    """From reset to main() on the board, and C's standard output through a debugger or QEMU."""
    root = firmware / "platform"
    names = [*_PLATFORM, *([f"boot_{part.boot}.S"] if part.boot else [])]
    sources = {name: (root / name).read_text(encoding="utf-8") for name in names}
    every = {path.name: path.read_text(encoding="utf-8") for path in root.glob("*.h")}
    headers = reached([name for text in sources.values() for name in included(text)], every)
    found = sources | {name: every[name] for name in sorted(headers)}
    if part.setup:
        found["startup.c"] = found["startup.c"].replace("#include", f"#define ECGP_SETUP {part.setup}\n\n#include", 1)
    found["memory.ld"] = part.memory if "SPDX" in part.memory else _SPDX + part.memory
    return found | rendered("ecgprune.packaging", {"newlib.c": "newlib.c.j2"}, view)
