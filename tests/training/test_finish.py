"""Which stage becomes the pruned model."""

from __future__ import annotations

import json

import pytest

from ecgprune.config import Config, PruneConfig, Stage
from ecgprune.errors import ArtifactError
from ecgprune.training import prune

CONFIG = Config(prune=PruneConfig(stages=tuple(Stage(sparsity=s) for s in (0.3, 0.6, 0.9))))


@pytest.mark.parametrize(("passed", "kept"), [((True, False, True), 1), ((False, True, True), 0)])
def test_stages_after_a_failed_one_are_not_kept(tmp_path, passed, kept):
    (tmp_path / "prune").mkdir()
    (tmp_path / "dense.keras").write_bytes(b"dense")
    for number, good in enumerate(passed, start=1):
        (tmp_path / "prune" / f"stage-{number:02}.keras").write_bytes(b"%d" % number)
        (tmp_path / "prune" / f"stage-{number:02}.json").write_text(json.dumps({"passed": good}))
    assert prune.finish(CONFIG, tmp_path / "prune", tmp_path / "pruned.keras", tmp_path / "chosen.json") == kept
    assert (tmp_path / "pruned.keras").read_bytes() == (b"%d" % kept if kept else b"dense")


def test_a_stage_that_has_not_finished_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"no stage-01\.json in .*: pruning stage 1 has not finished; run it first"):
        prune.finish(CONFIG, tmp_path, tmp_path / "pruned.keras", tmp_path / "chosen.json")
