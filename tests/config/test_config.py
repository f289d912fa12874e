"""config.py: what loads, what is refused, and in which words."""

import pytest

from ecgprune import config
from ecgprune.errors import ConfigError

CHANNELS = '[[prune.stages]]\ngranularity = "channel"\nfewer_macs = 0.5\n'
ZEROS = "[[prune.stages]]\nsparsity = 0.5\n"


def test_an_empty_file_gives_the_defaults():
    assert config.parse("", "c.toml") == config.Config()


def test_every_shipped_config_loads_under_its_own_name():
    assert "default" in config.shipped()
    for name in config.shipped():
        assert config.load(name).name == name


def test_a_config_survives_the_way_through_toml():
    import tomli_w

    for name in config.shipped():
        loaded = config.load(name)
        assert config.parse(tomli_w.dumps(loaded.as_dict()), "again") == loaded


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede = 1", "c.toml: unknown key 'sede'; did you mean 'seed'?"),
        ('[data]\nleed = "V1"', "c.toml: unknown key 'data.leed'; did you mean 'lead'?"),
        (
            "[quantize]\nxyz = 1",
            "c.toml: unknown key 'quantize.xyz'; known here are method, calibration_beats, qat_epochs, "
            "qat_learning_rate",
        ),
        (
            "[[prune.stages]]\nsparsity = 1.0",
            "c.toml: prune.stages.1.sparsity is 1.0, expected at least 0 and less than 1",
        ),
        (
            "[[prune.stages]]\nsparsity = -0.1",
            "c.toml: prune.stages.1.sparsity is -0.1, expected at least 0 and less than 1",
        ),
        (
            "[[prune.stages]]\nepochs = 1",
            "c.toml: prune.stages.1: a stage has one goal, sparsity or fewer_macs or fewer_instructions; "
            "this one has none",
        ),
        (
            '[prune]\ngranularity = "channel"\n[[prune.stages]]\nsparsity = 0.5',
            "c.toml: prune: granularity channel removes weights for good; its stages take fewer_macs or "
            "fewer_instructions instead of sparsity",
        ),
        (
            "[train]\nnoise_snr_db = [9, 3]",
            "c.toml: train: noise_snr_db must be [lowest, highest], and it is [9.0, 3.0]",
        ),
        ("[train]\nepochs = 9999999999", "c.toml: train.epochs is 9999999999, expected a number of at most 2147483647"),
        (
            "[[prune.stages]]\nepochs = -9999999999",
            "c.toml: prune.stages.1.epochs is -9999999999, expected a number of at most 2147483647",
        ),
        ("[prune]\nstages = 3", "c.toml: prune.stages is 3, expected a list, as [[prune.stages]]"),
        ("[train]\nepochs = 0", "c.toml: train.epochs is 0: input should be greater than or equal to 1"),
        (
            '[model]\nname = "lenet"',
            "c.toml: model.name is 'lenet': "
            "input should be 'compact', 'compact_patient', 'acharya', 'context', 'patient' or 'plain'",
        ),
        (
            f"[prune]\none_shot = false\n{ZEROS}{CHANNELS}",
            'c.toml: prune: stages with granularity = "channel" must come before the others',
        ),
        (
            f"[prune]\n{CHANNELS}{ZEROS}",
            'c.toml: prune: after stages with granularity = "channel" the others take sparsity, and one_shot = false',
        ),
        (
            f"[prune]\n{CHANNELS}",
            'c.toml: prune: all stages have granularity = "channel"; set it once, under [prune]',
        ),
        *(
            (
                f"[data]\n{key} = 40.0",
                f"c.toml: data.{key} is no longer a key: "
                "the filter is the same for every model, see the guide's page on data; remove the line",
            )
            for key in ("band_low_hz", "band_high_hz")
        ),
        (
            "[[prune.stages]]\nsparsity = 0.5\n[[prune.stages]]\nsparsity = 0.5",
            "c.toml: prune: the stages' sparsity must rise from stage to stage, and it is [0.5, 0.5]",
        ),
        ("x =", "c.toml is not TOML: Invalid value (at end of document)"),
        ("data = 5", "c.toml: data is 5, expected a table"),
        ("[prune]\nstages = [1]", "c.toml: prune.stages.1 is 1, expected a table"),
    ],
)
def test_refusals_say_what_was_found_and_what_was_expected(text, message):
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "c.toml")
    assert str(caught.value) == message


def test_an_unknown_config_name_lists_the_shipped_ones():
    with pytest.raises(ConfigError, match=r"no config 'mitdbb': it is neither a file nor .*; shipped are default, "):
        config.load("mitdbb")
