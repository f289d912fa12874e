"""lib/ecg and the port as a C++ program sees them: compiled as C, included and linked by g++."""

import subprocess

import pytest
from firmware_models import FIRMWARE, needs

MAIN = """
#include "ecgp_beat.h"
#include "ecgp_filter.h"
#include "ecgp_integers.h"
#include "ecgp_patient.h"
#include "ecgp_port.h"
#include "ecgp_qrs.h"
#include "ecgp_stream.h"

int main()
{
    static const int16_t samples[ECGP_PATIENT_WINDOW] = {2, -2};
    int8_t normal[ECGP_PATIENT_WINDOW], rr[ECGP_BEAT_RR_FEATURES], features[ECGP_PATIENT_FEATURES];
    ecgp_patient_t patient;
    static ecgp_filter_t filter;
    static ecgp_qrs_t qrs;
    ecgp_qrs_beat_t beat;
    int16_t filtered[ECGP_FILTER_MOST];

    if (!ecgp_filter_init(&filter, 360, 200000, 0) || ecgp_filter_push(&filter, 0, filtered) != 0) {
        return 1;
    }
    ecgp_beat_normalize(samples, ECGP_PATIENT_WINDOW, normal);
    ecgp_beat_rr(nullptr, 0, 144, 180, rr);
    ecgp_patient_init(&patient);
    if (!ecgp_qrs_init(&qrs, 1) || ecgp_qrs_push(&qrs, &filter, 0, &beat)) {
        return 1;
    }
    ecgp_patient_beat(&patient, samples, 0, 144, features);
    ecgp_port_print("linked\\n");
    return ecgp_log2(4u) - 2 * ECGP_OCTAVE + rr[0] + (normal[0] == -normal[1] ? 0 : 1);
}
"""


@pytest.mark.parametrize("prefix", ["", "arm-none-eabi-"])
def test_a_cpp_program_links_lib_ecg_and_the_port(prefix, tmp_path):
    needs(f"{prefix}gcc", f"{prefix}g++")
    platform = "semihosting" if prefix else "host"
    cpu = ["-mcpu=cortex-m4", "-mthumb"] if prefix else []
    sources = [*sorted((FIRMWARE / "lib/ecg").glob("*.c")), FIRMWARE / "platform" / f"{platform}.c"]
    includes = [f"-I{FIRMWARE / folder}" for folder in ("lib/nn", "lib/ecg", "platform")]
    warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    (tmp_path / "main.cpp").write_text(MAIN)
    run([f"{prefix}gcc", *cpu, "-std=c99", *warnings, *includes, "-c", *sources], tmp_path)
    run([f"{prefix}g++", *cpu, "-std=c++11", *warnings, *includes, "-c", "main.cpp"], tmp_path)
    objects = sorted(path.name for path in tmp_path.glob("*.o"))
    if prefix:  # all but what startup.c and the linker script give
        run([f"{prefix}g++", *cpu, "-nostartfiles", "-r", *objects, "-o", "image"], tmp_path)
        left = run([f"{prefix}nm", "--undefined-only", "image"], tmp_path)
        assert not [part for part in ("beat", "filter", "patient", "qrs") if f"ecgp_{part}" in left]
    else:
        run(["g++", *objects, "-o", "image"], tmp_path)
        assert run(["./image"], tmp_path) == "linked\n"


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
