"""Budgets: limits as people write them, and what is said where one is broken."""

import json
from pathlib import Path

import pytest
from cli_calls import call, refused

from ecgprune import config
from ecgprune.cli import budgets
from ecgprune.config.budget import byte_count, cycle_count, share
from ecgprune.errors import BudgetError, ConfigError, ExitCode
from ecgprune.gates import budget

ROOT = Path(__file__).parents[2]
ROW = json.loads((ROOT / "results" / "mitdb-small" / "report.json").read_text())["firmware"][0]


def limits(**keys):
    return config.check({"budget": keys}, "my.toml").budget


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (byte_count, 32768, 32768), (byte_count, "32768 B", 32768), (byte_count, "32K", 32768),
        (byte_count, "32 KiB", 32768), (byte_count, "1.5M", 1572864), (byte_count, "1MiB", 1048576),
        (cycle_count, "500000", 500_000), (cycle_count, "500k", 500_000), (cycle_count, "0.5M", 500_000),
        (share, "98.5%", 0.985), (share, 0.9, 0.9), (share, "100%", 1.0), (share, 1, 1.0),
    ],
)  # fmt: skip
def test_limits_are_read_as_people_write_them(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("max_flash", "32KB", "found '32KB', expected bytes as 32768, 32K or 32KiB (of 1024 bytes)"),
        ("max_ram", -1, "found -1, expected bytes as "),
        ("max_stack", True, "found True, expected bytes as "),
        ("max_cycles", "1KiB", "found '1KiB', expected cycles as 500000, 500K (of 1000) or 0.5M"),
        ("min_accuracy", 98, "found 98, which is more than 1; write 98%"),
        ("min_f1", "101%", "found '101%', expected at most 100%"),
    ],
)
def test_other_limits_are_refused(key, value, said):
    with pytest.raises(ConfigError) as caught:
        limits(**{key: value})
    assert str(caught.value).startswith(f"my.toml: budget.{key}: {said}")


def test_every_broken_limit_is_told_at_once():
    wanted = limits(max_flash="8K", max_ram="2K", max_stack="1K", max_cycles="0.1M", min_accuracy="99.9%", min_f1="90%")
    with pytest.raises(BudgetError) as caught:
        budget.check(wanted, [ROW], {"accuracy": 0.9934, "macro_f1": 0.9556})
    assert str(caught.value) == (
        "4 budgets broken: flash on mps2_an386 is 11 324 bytes, max_flash is 8 192; RAM on mps2_an386 is 2 980 bytes, "
        "max_ram is 2 048; one inference on mps2_an386 is 218 625 cycles, max_cycles is 100 000; accuracy is 0.9934, "
        "min_accuracy is 0.999"
    )


def test_a_board_may_have_limits_of_its_own():
    budget.check(limits(max_flash="8K", boards={"mps2_an386": {"max_flash": "12K"}}), [ROW])
    with pytest.raises(BudgetError, match="max_flash is 8 192"):
        budget.check(limits(max_flash="8K", boards={"microbit": {"max_flash": "12K"}}), [ROW])
    with pytest.raises(ConfigError, match=r"unknown key 'budget\.boards\.microbit\.max_rom'; did you mean 'max_ram'"):
        limits(boards={"microbit": {"max_rom": 1}})


def test_a_limit_whose_figure_is_not_known_is_broken():
    with pytest.raises(BudgetError, match="one inference on mps2_an386 is not known, max_cycles is 9"):
        budget.check(limits(max_cycles=9), [{**ROW, "cycles_estimate": None}])
    with pytest.raises(BudgetError, match="max_ram cannot be checked, for no board ran the model"):
        budget.check(limits(max_ram=9), [])


def test_a_broken_budget_of_a_build_leaves_its_images(broken):
    done, folder = broken
    assert done.exit_code == ExitCode.BUDGET
    assert done.stderr.startswith("ecgprune: 3 budgets broken: flash on mps2_an386 is ")
    predicted = json.loads(done.stdout)["images"][0]["cycles_predicted"]
    assert f"; one inference on mps2_an386 is {predicted} cycles, max_cycles is 9" in done.stderr.replace(" ", " ")
    assert (folder / "images" / "mps2_an386" / "firmware.elf").is_file()
    assert json.loads(done.stdout)["images"][0]["board"] == "mps2_an386"


def test_a_budget_that_a_command_cannot_check_is_refused(tmp_path):
    for command in (("build", "small", "--out", tmp_path / "out"), ("bench", "small")):
        done = call(*command, "--min-f1", "1")
        assert done.exit_code == ExitCode.USAGE
        assert "Error: --min-f1 cannot be checked here: scores are those of a run's test beats" in done.stderr
    assert not (tmp_path / "out").exists()
    (tmp_path / "my.toml").write_text("[budget.boards.microbat]\nmax_ram = 1\n")
    said = refused("run", tmp_path / "my.toml", "--out", tmp_path / "run")
    assert said.startswith("unknown board 'microbat': did you mean microbit?")
    assert not (tmp_path / "run").exists()


def test_scores_are_those_of_the_run_that_a_model_is_of(tmp_path):
    scores = {"accuracy": 0.99, "macro_f1": 0.9}
    (tmp_path / "evaluation.json").write_text(json.dumps({"int8": scores}))
    assert budgets.scores({"min_f1": 0.95}, tmp_path) == scores
    with pytest.raises(BudgetError, match=r"macro-F1 is 0\.9000, min_f1 is 0\.95"):
        budgets.check({"min_f1": 0.95}, [], scores)
    assert budgets.scores({"max_ram": 1}, None) is None


def test_a_limit_may_change_from_run_to_run(tmp_path):
    from ecgprune.pipeline.run_folder import open_run

    with open_run(tmp_path / "run", config.check({"name": "x"}, "x")):
        assert "budget" not in (tmp_path / "run" / "config.toml").read_text()
    with open_run(tmp_path / "run", config.check({"name": "x", "budget": {"max_ram": "4K"}}, "x")):
        assert config.load(str(tmp_path / "run" / "config.toml")).budget.max_ram == 4096
