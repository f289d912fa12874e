"""Names that generated code cannot carry are refused before anything is generated or trained."""

import re
import subprocess
from pathlib import Path

import pytest
from firmware_models import needs

from ecgprune.c_names import LONGEST, check_name
from ecgprune.config import parse
from ecgprune.errors import CodegenError, ConfigError

FIRMWARE = Path(__file__).parents[2] / "firmware"
TYPES = """
    #include <stddef.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <time.h>
    #include <wchar.h>
    #include <inttypes.h>
    #include <math.h>
    #include <signal.h>
    #include <sys/types.h>
"""
SAID = {
    "int": "which is a keyword of C or C++",
    "class": "which is a keyword of C or C++",
    "register": "which is a keyword of C or C++",
    "int8": "but int8_t is a type of the C library or of CMSIS",
    "uint32": "but uint32_t is a type of the C library or of CMSIS",
    "size": "but size_t is a type of the C library or of CMSIS",
    "time": "but time_t is a type of the C library or of CMSIS",
    "q15": "but q15_t is a type of the C library or of CMSIS",
    "string": "but string.h is a header of the C library",
    "stdint": "but stdint.h is a header of the C library",
    "math": "but math.h is a header of the C library",
    "unistd": "but unistd.h is a header of the C library",
    "trace": "but trace.h is a header of the C library",
    "memcpy": "but memcpy() is a function of the C library",
    "printf": "but printf() is a function of the C library",
    "main": "but ecgprune's firmware has files named main",
    "status": "but ecgprune's firmware has files named status",
    "port": "but ecgprune's firmware has files named port",
    "host": "but ecgprune's firmware has files named host",
    "arm_math": "but names that start with arm_ are CMSIS's and the compiler's",
    "ecgp": "but names that start with ecgp are ecgprune's own",
    "ecgprune": "but names that start with ecgp are ecgprune's own",
    "ecgp_conv": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "Ecg": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "1ecg": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "my-model": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "ecg\n": "expected lower-case letters, digits and _, not starting with a digit, _ or ecgp_",
    "a__b": "two _ in a row are reserved in C++",
    "ecg_": "_ cannot be its last character",
    "e" * (LONGEST + 1): "of 32 characters, expected at most 31",
}


@pytest.mark.parametrize(("name", "said"), SAID.items(), ids=[repr(name) for name in SAID])
def test_a_name_that_collides_is_refused_with_what_it_collides_with(name, said):
    with pytest.raises(CodegenError) as caught:
        check_name(name)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"model name is {name!r}")


@pytest.mark.parametrize("name", ["ecg", "small", "model", "mitdb_inter", "net2", "tiny", "x", "e" * LONGEST])
def test_a_usable_name_is_taken(name):
    check_name(name)


def refused(name):
    try:
        check_name(name)
    except CodegenError:
        return True
    return False


def test_every_c_file_of_the_firmware_is_a_name_that_is_refused():
    stems = {
        path.stem
        for folder in ("lib", "harness", "platform")
        for path in (FIRMWARE / folder).rglob("*.[ch]")
        if path.parent.name != "empty" or path.stem == "empty"
    }
    assert stems
    assert sorted(stem for stem in stems if not refused(stem)) == []


@pytest.mark.parametrize(("compiler", "standard"), [("cc", "c99"), ("arm-none-eabi-gcc", "gnu99")])
def test_every_type_that_the_c_library_defines_is_a_name_that_is_refused(compiler, standard):
    needs(compiler)
    words = [compiler, "-E", "-P", f"-std={standard}", "-"]
    done = subprocess.run(words, input=TYPES, capture_output=True, text=True, check=True)
    types = set(re.findall(r"\b([a-z][a-z0-9_]*)_t\b", done.stdout))
    assert "int_least16" in types
    assert sorted(t for t in types if "__" not in t and not refused(t)) == []


def test_every_header_of_newlib_and_of_the_compiler_is_a_name_that_is_refused():
    needs("arm-none-eabi-gcc")
    words = ["arm-none-eabi-gcc", "-E", "-v", "-x", "c", "/dev/null", "-o", "/dev/null"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stderr
    folders = said.partition("search starts here:")[2].partition("End of search list")[0].partition("\n")[2]
    stems = {path.stem for folder in folders.split() for path in Path(folder).glob("[a-z]*.h")}
    assert "stdint" in stems
    assert "memory" in stems
    assert sorted(stem for stem in stems if not refused(stem)) == []


@pytest.mark.parametrize("name", ["int8", "string", "main", "ecgp", "my-model"])
def test_a_config_with_such_a_name_is_refused_when_it_is_read(name):
    with pytest.raises(ConfigError, match=rf"^c.toml: export.name: model name is '{name}'"):
        parse(f'[export]\nname = "{name}"', "c.toml")
