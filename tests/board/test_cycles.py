"""Estimated cycles: hand-checked loops on each core's model, each rule, and what they add up to."""

import pytest
from firmware_models import needs_mca

from ecgprune.board import cycles, mca, timings, tools
from ecgprune.board.blocks import executed
from ecgprune.board.counts import Counts
from ecgprune.board.elf import Function, Insn
from ecgprune.board.profile import profile

PASSES = 1000
TOP = 0x104
DOT = ("ldr.w r3, [r1], #4", "ldr.w r4, [r2], #4", "smlad r0, r3, r4, r0", "subs r5, #1", f"bne.n {TOP:x} <f>")
SUMS = ("add.w r0, r0, #1", "add.w r1, r1, #1", "subs r2, #1", f"bne.n {TOP:x} <f>")
VECTOR = ("vldrb.s8 q0, [r0], #16", "vldrb.s8 q1, [r1], #16", "vmlava.s8 r2, q0, q1", f"le lr, {TOP:x} <f>")


def loop(*body):
    """(function, counts) of a push, a loop of PASSES passes, and a return."""
    lines = ["push {r4, r5, lr}", *body, "pop {r4, r5, pc}"]
    instructions = [Insn(0x100 + 4 * n, *line.split(" ", 1)) for n, line in enumerate(lines)]
    counts = {insn.address: PASSES if 0 < n <= len(body) else 1 for n, insn in enumerate(instructions)}
    return Function("f", 0x100, instructions), counts


def blocks_of(*body):
    return executed(*loop(*body))


@pytest.mark.parametrize(
    ("core", "body", "cycles_of_a_pass"),
    [
        # Two loads that overlap, one cycle until the second is there, SMLAD, SUBS, and a branch of 1 + 2.
        ("Cortex-M4", DOT, 8),
        ("Cortex-M33", DOT, 8),
        ("Cortex-M3", SUMS, 6),
        # Both additions in one cycle, the subtraction, and a branch that waits for its flags.
        ("Cortex-M7", SUMS, 3),
        # Two beats for each load, the multiplication beside the next one; LE costs nothing.
        ("Cortex-M55", VECTOR, 4),
    ],
)
def test_a_loop_takes_what_the_pipeline_says_by_hand(core, body, cycles_of_a_pass):
    needs_mca()
    found = cycles.estimate(core, blocks_of(*body))
    assert found.blocks[1] == pytest.approx(PASSES * cycles_of_a_pass, rel=0.03)
    assert found.total == sum(found.blocks)
    assert found.model == f"llvm-mca {tools.find_mca().version} {timings.CORES[core].cpu}"


def test_the_m0_is_timed_by_arms_table():
    found = cycles.estimate("Cortex-M0", blocks_of("ldr r3, [r0, #0]", "adds r1, r1, r3", "subs r2, #1", SUMS[-1]))
    assert found.blocks == (1 + 3, PASSES * (2 + 1 + 1 + 1) + 2 * (PASSES - 1), 3 + 4)
    assert (found.model, found.classes) == ("instruction classes", found.total)


@pytest.mark.parametrize(
    ("core", "line", "lowest", "highest"),
    [
        ("Cortex-M4", "ldmia.w r0, {r4, r5, r6, r7}", 5, 5),
        ("Cortex-M4", "stmia.w r0!, {r4, r5, r6}", 4, 4),
        ("Cortex-M4", "ldrd r4, r5, [r0], #8", 3, 3),
        ("Cortex-M4", "strd r4, r5, [r0, #8]", 3, 3),
        ("Cortex-M33", "vldmia r0!, {d8-d9}", 5, 5),
        ("Cortex-M4", "udiv r0, r1, r2", 12, 12),
        ("Cortex-M3", "smull r0, r1, r2, r3", 5, 5),
        ("Cortex-M4", "umull r0, r1, r2, r3", 1, 1),
        ("Cortex-M7", "ldmia.w r0, {r4, r5, r6, r7}", 2, 4),
        ("Cortex-M55", "ldmia.w r0, {r4, r5, r6, r7}", 2, 4),
        ("Cortex-M55", "stmia.w r0!, {r4, r5, r6, r7}", 2, 4),
        ("Cortex-M55", "vldrb.u8 q0, [r0, q1]", 8, 8),
        ("Cortex-M55", "vldrw.u32 q0, [r0, q1, uxtw #2]", 2, 2),
        ("Cortex-M55", "vstrh.16 q0, [r0, q1]", 4, 4),
        ("Cortex-M55", "vldrb.u8 q0, [r0]", 2, 2),
    ],
)
def test_each_rule_takes_the_cycles_of_its_table(core, line, lowest, highest):
    needs_mca()
    insn = Insn(0, *line.split(" ", 1))
    block = tuple(insn for _ in range(20))
    found = [mca.pass_cycles(tools.find_mca(), timings.CORES[core], [block], slowest=s)[0] for s in (False, True)]
    assert [n / 20 for n in found] == pytest.approx([lowest, highest], rel=0.03)


def test_a_conflict_takes_a_cycle_of_its_function_and_of_its_call():
    needs_mca()
    function, by_address = loop("vldrw.u32 q0, [r0, q1, uxtw #2]", "subs r2, #1", DOT[-1])
    without = profile("Cortex-M55", [function], Counts(2, 0, 0, 0, (0,), by_address, (by_address,)))
    conflicts = {function.instructions[0].address: 30}
    counts = Counts(2, 0, 0, 0, (0,), by_address, (by_address,), conflicts, (conflicts,))
    found = profile("Cortex-M55", [function], counts)
    assert found.cycles - without.cycles == pytest.approx(15)
    assert found.cycles_high - without.cycles_high == pytest.approx(15)
    assert found.functions[0].cycles == pytest.approx(found.cycles)
    assert found.cycles_per_call[0] - without.cycles_per_call[0] == pytest.approx(15)


def test_functions_and_calls_add_up_to_the_invocation():
    needs_mca()
    function, by_address = loop(*DOT)
    other = Function("g", 0x200, [Insn(0x200, "bx", "lr")])
    counts = Counts(2, 0, 0, 0, (0,), {**by_address, 0x200: 4}, (by_address,))
    found = profile("Cortex-M4", [function, other], counts)
    assert [cost.function for cost in found.functions] == ["f", "g"]
    assert found.cycles == pytest.approx(sum(cost.cycles for cost in found.functions))
    assert found.functions[1].cycles == pytest.approx(2 * 3, abs=0.1)
    assert found.cycles_per_call == (pytest.approx(found.functions[0].cycles),)
    assert found.cycles_high is None
    assert found.cycles_classes == pytest.approx(found.cycles, rel=0.15)


def test_a_wait_state_counts_for_every_taken_branch():
    for core in ("Cortex-M0", "Cortex-M4"):
        blocks = blocks_of(*SUMS)
        assert cycles.estimate(core, blocks, 3).total - cycles.estimate(core, blocks).total == 3 * PASSES


def test_without_llvm_the_class_model_serves_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = cycles.estimate("Cortex-M4", blocks_of(*DOT))
    assert (found.model, found.high, found.total) == ("instruction classes", None, found.classes)
    assert found.blocks[1] == PASSES * (2 + 1 + 1 + 1 + 1) + 2 * (PASSES - 1)
    assert cycles.estimate("Cortex-M55", blocks_of(*VECTOR)) is None


def test_a_release_before_the_model_of_the_m55_is_not_taken(tmp_path, monkeypatch):
    old = tmp_path / "llvm-mca"
    old.write_text("#!/bin/sh\necho Debian LLVM version 14.0.6\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.find_mca() is None


def test_what_the_core_model_does_not_know_takes_a_cycle():
    needs_mca()
    unknown, nop = Insn(0, "nosuch", "r0"), Insn(0, "nop", "")
    blocks = [(unknown,) * 3, (nop, unknown, nop)]
    known = mca.pass_cycles(tools.find_mca(), timings.CORES["Cortex-M4"], blocks)
    assert known == [3.0, pytest.approx(3, abs=0.1)]
