"""Builds an image with firmware/Makefile, and says what it takes of the board."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, replacing, write_json
from ecgprune.board import elf, stack
from ecgprune.board.boards import Board, find_board, firmware_root, read_board
from ecgprune.board.layout import check_layout, content
from ecgprune.board.tools import build_environment, call, find_tools
from ecgprune.board.uf2 import uf2
from ecgprune.errors import ArtifactError, DoesNotFitError, FirmwareError

__all__ = ["BuildOptions", "Image", "build_image", "folder_without_blanks", "load_image", "make", "stack_depth"]

_BUILD_SECONDS = 600.0
_OVERFLOW = re.compile(r"region `(\w+)' overflowed by (\d+) bytes")
_ERROR = re.compile(r"error: |undefined reference|cannot find |not found|No such file")
_OF_MAKE = re.compile(r"^(?:g?make(?:\[\d+\])?: |\S+\.mk:\d+: |Makefile:\d+: )(?:\*\*\* )?")
_PRODUCTS = ("firmware.elf", "firmware.bin", "firmware.hex", "firmware.map", "insn_count.so")
_OWN = "board"  # folder with the copy of a user's board


@dataclass(frozen=True)
class BuildOptions:
    """How an image is built, besides what model and board say: the variables of firmware/Makefile.

    The tflm runtime links the build of TFLM that the environment names in TFLM_LIB, TFLM_INCLUDE and TFLM_FLAGS.

    Attributes:
        runtime: "native" or "tflm", as the model was generated.
        trace: the image can write every operator's output.
        sanitize: builds with ASan and UBSan (host only).
        stack_bytes: RAM kept for the stack; None: the Makefile's default.
    """

    runtime: str = "native"
    trace: bool = False
    sanitize: bool = False
    stack_bytes: int | None = None

    def variables(self) -> dict[str, object]:
        """Their names and values for make; None: not given."""
        return (_tflm_variables() if self.runtime == "tflm" else {}) | {
            "RUNTIME": self.runtime,
            "TRACE": "1" if self.trace else None,
            "SANITIZE": "1" if self.sanitize else None,
            "STACK": self.stack_bytes,
        }


@dataclass(frozen=True)
class Image:
    """A built image; all files lie in one folder. Sizes are bytes, and None on the host, which is no microcontroller.

    Attributes:
        board: what it was built for.
        runtime: "native" or "tflm".
        trace: whether it can write every operator's output.
        elf: the image, or the host's program.
        bin: the flash's content; None on the host, as `hex` and `map`.
        hex: the same as Intel hex.
        uf2: the same as UF2; None where the part takes none.
        map: the linker's map.
        flash_bytes: `image_flash_bytes`, net of an image of the same board with an empty model.
        ram_bytes: `image_ram_bytes`, net of the same.
        image_flash_bytes: text + rodata + data.
        image_ram_bytes: data + bss (arena included) + worst-case stack.
        data_bytes: data + bss, gross.
        empty_data_bytes: data + bss of the image with an empty model.
        stack_bytes: worst-case depth by analysis; None where it is unknown, as `stack_note` says: RAM is then without
            it.
        stack_reserved_bytes: RAM that the linker keeps for the stack.
        stack_path: the functions of the deepest chain of calls.
        stack_note: why the depth is unknown, or "".
    """

    board: Board
    runtime: str
    trace: bool
    elf: Path
    bin: Path | None
    hex: Path | None
    uf2: Path | None
    map: Path | None
    flash_bytes: int | None
    ram_bytes: int | None
    image_flash_bytes: int | None
    image_ram_bytes: int | None
    data_bytes: int | None
    empty_data_bytes: int | None
    stack_bytes: int | None
    stack_reserved_bytes: int | None
    stack_path: tuple[str, ...]
    stack_note: str

    @property
    def folder(self) -> Path:
        """Where all its files are."""
        return self.elf.parent


def build_image(
    model_dir: Path,
    board: Board | str,
    out: Path,
    options: BuildOptions = BuildOptions(),
    progress: Progress = no_progress,
) -> Image:
    """Builds the generated model in `model_dir` for a board into the folder `out`, which appears whole or not at all.

    Args:
        model_dir: generated files, with ecgp_model.h and sources.mk.
        board: the board, its name, or its folder with a slash in it; of such a folder the image keeps a copy.
        out: where the image and image.json go; replaced if it exists.
        options: runtime, trace, sanitizers, stack.
        progress: is told how far it has come.

    Raises:
        ToolMissingError: make or a compiler is not installed.
        BoardError: the board is unknown.
        FirmwareError: compiler errors.
        DoesNotFitError: the image or its stack does not fit.
    """
    found = find_board(board) if isinstance(board, str) else board
    find_tools().require("make", *(("cc",) if found.is_host else ("arm_gcc", "arm_objdump", "arm_objcopy")))
    with tempfile.TemporaryDirectory(prefix="ecgprune-", dir=folder_without_blanks()) as name, replacing(out) as new:
        scratch = Path(name)  # make cannot handle blanks in paths; `out` and `model_dir` may have some
        shutil.copytree(model_dir, scratch / "model")
        if found.is_own:
            found = _copied(found, scratch / _OWN)
        progress(0.0, f"building for {found.name}")
        make(found, scratch / "model", scratch / "out", options.variables())
        new.mkdir()
        if found.is_own:
            _copied(found, new / _OWN)
        if found.is_host:
            shutil.copy2(scratch / "out" / "firmware", new / "firmware")
            facts = _host_facts()
        else:
            progress(0.6, f"building an empty image for {found.name}")
            facts = _collect(found, scratch, new)
        made = {"schema_version": 1, "board": found.name, "runtime": options.runtime, "trace": options.trace}
        write_json(new / "image.json", made | facts)
    progress(1.0, f"built for {found.name}")
    return load_image(out)


def load_image(folder: Path) -> Image:
    """The image that `build_image` left in a folder.

    Raises:
        ArtifactError: there is none.
    """
    try:
        facts = json.loads((folder / "image.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"no image in {folder}: {error}") from None
    name = facts.pop("board")
    own = folder / _OWN / name
    found = read_board(own) if own.is_dir() else find_board(name)
    facts.pop("schema_version")
    facts["stack_path"] = tuple(facts["stack_path"])
    for name in ("bin", "hex", "map"):
        facts[name] = None if found.is_host else folder / f"firmware.{name}"
    facts["uf2"] = folder / "firmware.uf2" if found.uf2_family else None
    return Image(board=found, elf=folder / ("firmware" if found.is_host else "firmware.elf"), **facts)


def _copied(board: Board, folder: Path) -> Board:
    """The board after a copy of its two files to `folder`/<name>."""
    (folder / board.name).mkdir(parents=True)
    for name in ("board.mk", "memory.ld"):
        shutil.copy2(board.folder / name, folder / board.name)
    return read_board(folder / board.name)


def _tflm_variables() -> dict[str, object]:
    """The user's build of TFLM from the environment, of which make sees nothing else; paths from the present folder."""
    lib, include = os.environ.get("TFLM_LIB"), os.environ.get("TFLM_INCLUDE", "").split()
    return {
        "TFLM_LIB": os.path.abspath(lib) if lib else None,
        "TFLM_INCLUDE": " ".join(map(os.path.abspath, include)) or None,
        "TFLM_FLAGS": os.environ.get("TFLM_FLAGS"),
    }


def folder_without_blanks() -> str | None:
    """Where make may work: None for the usual folder of temporary files, unless TMPDIR's name has a blank."""
    return "/tmp" if re.search(r"\s", tempfile.gettempdir()) and os.path.isdir("/tmp") else None


def make(board: Board, model: Path, out: Path, variables: Mapping[str, object]) -> None:
    """Runs make, and checks that what it linked could start on the board.

    Raises FirmwareError with the compiler's first error, or what else stopped the build; DoesNotFitError.
    """
    name = board.folder if board.is_own else board.name
    settings = {"BOARD": name, "MODEL_DIR": model, "OUT": out, **variables}
    command: list[str | Path] = ["make", "--no-print-directory", "-j2", "-C", firmware_root(), "all"]
    command += [f"{name}={value}" for name, value in settings.items() if value is not None]
    status, said = call(command, _BUILD_SECONDS, f"the build for {board.name}", env=build_environment())
    if status == 0:
        if not board.is_host:
            check_layout(board, out / "firmware.elf")
        return
    over = [(board.memory[region].length, region, int(excess)) for region, excess in _OVERFLOW.findall(said)]
    if over:
        short = "; ".join(f"{region} needs {has + excess} bytes, {has} are available" for has, region, excess in over)
        raise DoesNotFitError(f"the image does not fit {board.name}: {short}")
    why = _first_error(said.replace(f"{model}/", ""))
    raise FirmwareError(f"the build for {board.name} failed: {why} (all output: {_log(board, said)})")


def _first_error(said: str) -> str:
    """The compiler's or linker's first error of make's output; else their last line, else make's own."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    others = [line for line in lines if not _OF_MAKE.match(line)]
    errors = [line for line in others if _ERROR.search(line)]
    own = [_OF_MAKE.sub("", line).removesuffix("  Stop.") for line in lines if "*** " in line]
    return (errors or others[-1:] or own or ["make said nothing"])[0]


def _log(board: Board, said: str) -> str:
    """Leaves the build's output in a file of its own among the temporary files; returns its path."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix=f"ecgprune-{board.name}-", suffix=".log", delete=False
    ) as file:
        file.write(said)
    return file.name


def _collect(board: Board, scratch: Path, new: Path) -> dict[str, Any]:
    """Builds an empty image beside `scratch`/out, copies what was built to `new`, and returns sizes and stack."""
    shutil.copytree(firmware_root() / "harness" / "empty", scratch / "empty")
    make(board, scratch / "empty", scratch / "empty-out", {"RUNTIME": "native"})
    for name in _PRODUCTS:
        product = scratch / "out" / name
        if product.exists():
            shutil.copy2(product, new / name)
    # The map names the scratch folder, which differs every time.
    text = (new / "firmware.map").read_text(encoding="utf-8", errors="replace")
    (new / "firmware.map").write_text(text.replace(f"{scratch}/", ""), encoding="utf-8")
    shutil.copy2(scratch / "empty-out" / "firmware.elf", new / "empty.elf")
    if board.uf2_family is not None:
        (new / "firmware.uf2").write_bytes(uf2(content(new / "firmware.elf"), board.uf2_family))
    return _facts(board, scratch)


def _facts(board: Board, scratch: Path) -> dict[str, Any]:
    """Sizes and stack of the image in `scratch`/out. Raises DoesNotFitError when its stack is too small."""
    image, empty = scratch / "out", scratch / "empty-out"
    sizes, base = elf.sizes(image / "firmware.elf"), elf.sizes(empty / "firmware.elf")
    depth, base_depth = stack_depth(image), stack_depth(empty)
    if depth.bytes is not None and depth.bytes > sizes.stack:
        raise DoesNotFitError(
            f"the stack of {board.name} does not fit: {' > '.join(depth.path)} needs {depth.bytes} bytes, "
            f"{sizes.stack} are reserved; build with a larger stack (STACK={-(-depth.bytes // 256) * 256})"
        )
    known = depth.bytes is not None
    ram, base_ram = sizes.data + (depth.bytes or 0), base.data + ((base_depth.bytes or 0) if known else 0)
    return {
        "flash_bytes": sizes.flash - base.flash,
        "ram_bytes": ram - base_ram,
        "image_flash_bytes": sizes.flash,
        "image_ram_bytes": ram,
        "data_bytes": sizes.data,
        "empty_data_bytes": base.data,
        "stack_bytes": depth.bytes,
        "stack_reserved_bytes": sizes.stack,
        "stack_path": depth.path,
        "stack_note": depth.reason,
    }


def _host_facts() -> dict[str, Any]:
    names = ("flash_bytes", "ram_bytes", "image_flash_bytes", "image_ram_bytes", "data_bytes", "empty_data_bytes")
    nothing = dict.fromkeys((*names, "stack_bytes", "stack_reserved_bytes"))
    return {**nothing, "stack_path": (), "stack_note": "not analysed on the host"}


def stack_depth(out: Path) -> stack.StackDepth:
    """The worst-case stack of the image that make built in `out`, interrupts left out."""
    frames = stack.frames(sorted(out.rglob("*.su")))
    pointed_to = elf.pointed_to(sorted((out / "obj").rglob("*.o")))
    return stack.worst_case(elf.disassemble(out / "firmware.elf"), frames, pointed_to)
