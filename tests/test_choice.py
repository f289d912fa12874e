"""The planner's choice against every plan there is, and what each objective buys on the shipped model."""

import itertools
from pathlib import Path

import pytest
import test_conv
import test_fully_connected
from networks import Net

from ecgprune.codegen import choice, cost, generate, ops
from ecgprune.codegen.arena import assign
from ecgprune.codegen.target import CORES, Target
from ecgprune.graph.reader import read

REFERENCE = Path(__file__).parents[1] / "firmware" / "models" / "reference" / "model.tflite"


def small_graph():
    net = Net()
    wide = test_conv.a_geometry(shape=(1, 1, 40), padding="VALID")
    test_conv.add_conv(net, wide, test_conv.a_case(zeros=0.7), 1, 6, 8)
    test_conv.add_conv(net, wide, test_conv.a_case(zeros=0.0, seed=3), 1, 3, 5)
    test_fully_connected.add(net, test_fully_connected.a_case(zeros=0.9), (1,), 90, 12)
    return read(net.blob())


def judged(graph, calls, target):
    """(instructions, arena bytes, flash bytes), worked out apart from choice.py."""
    instructions = sum(cost.instructions(c, target) for c in calls)
    code = sum(cost.code_bytes(k, target) for k in {c.kernel for c in calls})
    return instructions, assign(graph, calls).nbytes, code + sum(c.weight_bytes for c in calls)


def every_plan(graph, target):
    forms = [ops.candidates(graph, op, target) for op in graph.ops]
    for plan in itertools.product(*forms):
        yield [call for form in plan for call in form]


def chosen(graph, target):
    forms = [ops.candidates(graph, op, target) for op in graph.ops]
    return [call for form in choice.choose(graph, forms, target) for call in form]


@pytest.mark.parametrize("core", CORES)
def test_no_plan_takes_less_ram_or_flash_than_the_one_chosen_for_it(core):
    graph = small_graph()
    for optimize, figure in (("ram", 1), ("flash", 2)):
        target = Target(core, optimize)
        plans = [judged(graph, calls, target) for calls in every_plan(graph, target)]
        least = min(plan[figure] for plan in plans)
        got = judged(graph, chosen(graph, target), target)
        assert got[figure] == least
        assert got[0] == min(plan[0] for plan in plans if plan[figure] == least)


@pytest.mark.parametrize("core", CORES)
def test_for_speed_no_plan_is_faster_by_more_than_the_slack(core):
    graph, target = small_graph(), Target(core)
    fastest = min(judged(graph, calls, target)[0] for calls in every_plan(graph, target))
    assert judged(graph, chosen(graph, target), target)[0] <= (1 + choice.SLACK) * fastest


@pytest.mark.parametrize("core", CORES)
def test_no_sparse_form_is_chosen_for_speed_where_a_dense_one_is_faster(core):
    graph, target = small_graph(), Target(core)
    for op, call in zip(graph.ops, chosen(graph, target), strict=True):
        forms = [form[0] for form in ops.candidates(graph, op, target)]
        if call.is_sparse:
            dense = min(cost.instructions(c, target) for c in forms if not c.is_sparse)
            assert cost.instructions(call, target) < dense


def test_on_the_shipped_model_every_objective_gets_what_it_asks_for():
    graph = read(REFERENCE.read_bytes())
    plans = {o: generate(graph, "m", target=Target("Cortex-M4", o)).plan for o in ("speed", "ram", "flash")}
    flash = {o: judged(graph, [s.call for s in p.steps], Target("Cortex-M4"))[2] for o, p in plans.items()}
    assert plans["ram"].arena_bytes == min(p.arena_bytes for p in plans.values())
    assert flash["flash"] == min(flash.values())
    speed = {o: sum(layer.instructions_estimate for layer in p.layers) for o, p in plans.items()}
    assert speed["speed"] <= (1 + choice.SLACK) * min(speed.values())
