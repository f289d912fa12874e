"""Masks: exact counts, nested, the smallest first; single weights and 1x4 blocks in the order that codegen reads."""

from __future__ import annotations

import numpy as np
import pytest

from ecgprune.codegen.plan import plan
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read
from ecgprune.training import masks, models
from ecgprune.training._tf import seed_everything, tfmot
from ecgprune.training.quantize import convert


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def chosen_mask(kernel: np.ndarray, target: float, granularity: str = "weight") -> np.ndarray:
    """The mask that the pruner of a model chooses for a layer with this kernel at sparsity `target`."""
    seed_everything(1)
    model = models.build("plain", 64)
    model.get_layer("dense1").kernel.assign(kernel)

    def schedule(name: str, now: float):
        assert now == float(np.mean(masks.kernels(model)[name] == 0))
        return tfmot.sparsity.keras.ConstantSparsity(
            target if name == "dense1" else 0.0, begin_step=1, end_step=1, frequency=1
        )

    pruner = masks.Pruner(model, granularity, schedule)
    pruner.on_train_batch_begin(0)
    pruner.before_step()
    mask = pruner.masks["dense1"].mask.numpy()
    np.testing.assert_array_equal(model.get_layer("dense1").kernel.numpy(), kernel * mask)
    return mask


def test_ties_in_magnitude_are_pruned_to_the_exact_count():
    mask = chosen_mask(np.full((64, 32), 0.5, np.float32), 0.3)
    assert (mask == 0).sum() == masks.expected_zeros(2048, 0.3)


@pytest.mark.parametrize("granularity", ["weight", "block"])
def test_inherited_zeros_beyond_the_target_stay(granularity):
    kernel = drawn(64, 32)
    kernel[:, :16] = 0
    np.testing.assert_array_equal(chosen_mask(kernel, 0.2, granularity) == 0, kernel == 0)


def test_the_smallest_magnitudes_are_pruned():
    kernel = drawn(64, 32)
    mask = chosen_mask(kernel, 0.75)
    assert np.abs(kernel[mask == 0]).max() < np.abs(kernel[mask == 1]).min()


def test_the_blocks_of_smallest_norm_are_pruned():
    kernel = drawn(64, 32)
    mask = chosen_mask(kernel, 0.75, "block").T.reshape(-1, 4)
    norm = np.abs(kernel).T.reshape(-1, 4).sum(axis=1)
    np.testing.assert_array_equal(mask.min(axis=1), mask.max(axis=1))
    assert (mask == 0).sum() == 0.75 * 2048
    assert norm[mask[:, 0] == 0].max() < norm[mask[:, 0] == 1].min()


def test_at_least_one_weight_or_block_stays():
    assert masks.expected_zeros(3, 0.99) == 2
    assert masks.expected_zeros(12, 0.99, "block") == 8
    assert chosen_mask(np.ones((64, 32), np.float32), 0.9999).sum() == 1
    assert chosen_mask(np.ones((64, 32), np.float32), 0.9999, "block").sum() == 4


def test_a_block_is_a_run_of_a_convolutions_receptive_field_and_the_last_may_be_short():
    kernel = np.ones((1, 3, 2, 2), np.float32)  # 6 taps: a block of 4, columns 0 and 1, and one of 2, column 2
    kernel[0, :2, :, 1] = 0.1
    expected = kernel.copy()
    expected[0, :2, :, 1] = 0
    np.testing.assert_array_equal(masks.pruned(kernel, "block", 4 / 12), expected)
    expected[0, 2] = 0  # both short blocks: three more zeros than 5 need whole blocks, of the least norm
    np.testing.assert_array_equal(masks.pruned(kernel, "block", 8 / 12), expected)


@pytest.mark.parametrize("granularity", ["weight", "block"])
@pytest.mark.parametrize("shape", [(1, 7, 1, 16), (1, 3, 1, 5), (3, 3, 5, 6), (4, 8), (30, 20), (2, 1)])
def test_the_count_is_exact_for_every_shape(granularity, shape):
    for target in (0.0, 0.1, 0.5, 0.77, 0.95):
        kernel = drawn(*shape)
        zeros, least = (masks.pruned(kernel, granularity, target) == 0).sum(), masks.expected_zeros(
            kernel.size, target, granularity
        )  # fmt: skip
        assert zeros == least if granularity == "weight" else least <= zeros < least + masks.BLOCK


def test_codegen_finds_the_blocks_and_takes_its_block_kernels():
    """As it never does for weights that go one by one at the same sparsity."""
    kernels = {}
    for granularity in ("weight", "block"):
        seed_everything(1)
        model = models.build("compact", 180)
        for layer in model.layers:
            if layer.name in masks.kernels(model):
                layer.kernel.assign(masks.pruned(layer.kernel.numpy(), granularity, 0.8))
        inputs = {"ecg": drawn(8, 1, 180, 1), "rr": drawn(8, 4)}
        layers = plan(read(convert(model, inputs)), "auto", Target("Cortex-M4")).layers
        kernels[granularity] = [layer.kernel for layer in layers if layer.operator == "CONV_2D"]
    assert "ecgp_conv_sparse_blocks_smlad_s8" not in kernels["weight"]
    assert kernels["block"].count("ecgp_conv_sparse_blocks_smlad_s8") >= 3, kernels
