"""A user's examples: what is taken, and one line for each mistake."""

from __future__ import annotations

import numpy as np
import pytest

from ecgprune.errors import DataError
from ecgprune.training.samples import samples_of

ONE = {"ecg": (4, 1)}
TWO = {"ecg": (4, 1), "age": (1,)}
X, AGE, Y = np.ones((3, 4, 1)), np.ones((3, 1)), np.array([0, 1, 1])


def test_arrays_are_taken_by_order_and_by_name():
    for given in (X, {"ecg": X}, {"x": X}):
        assert samples_of((given, Y), ONE, "train").inputs["ecg"].dtype == np.float32
    for given in ([X, AGE], {"age": AGE, "ecg": X}):
        assert list(samples_of((given, Y), TWO, "train").inputs) == ["ecg", "age"]


def test_class_indices_stay_integers_and_values_become_float32():
    assert samples_of((X, Y.astype(np.uint8)), ONE, "train").targets.dtype == np.int64
    assert samples_of((X, Y / 2), ONE, "train").targets.dtype == np.float32


def test_examples_weigh_alike_unless_told():
    np.testing.assert_array_equal(samples_of((X, Y), ONE, "train").weights, [1, 1, 1])
    np.testing.assert_array_equal(samples_of((X, Y, [0, 1, 2]), ONE, "train").weights, [0, 1, 2])


def test_a_size_that_is_not_fixed_may_be_any():
    assert samples_of((X, Y), {"ecg": (None, 1)}, "train").inputs["ecg"].shape == (3, 4, 1)


@pytest.mark.parametrize(
    ("given", "shapes", "said"),
    [
        (X, ONE, "train is a ndarray; expected (x, y), (x, y, sample_weight), or the path of an .npz"),
        ((X, Y, Y, Y), ONE, "train is a tuple of 4; expected (x, y), (x, y, sample_weight), or the path of an .npz"),
        ((X[:, :2], Y), ONE, "train: input ecg has shape (3, 2, 1), the model takes (n, 4, 1)"),
        ((X, Y), TWO, "train: there are inputs x, the model takes ecg, age; give one array by the name of each"),
        (([X, AGE[:2]], Y), TWO, "train: the inputs have unequal numbers of examples: {'ecg': 3, 'age': 2}"),
        ((X[:0], Y[:0]), ONE, "train: there are no examples"),
        ((X * np.nan, Y), ONE, "train: input ecg holds 12 values that are NaN or infinite"),
        ((X, [0, 1]), ONE, "train: y has shape (2,) for 3 examples; give one target for each"),
        ((X, ["a", "b", "c"]), ONE, "train: y holds <U1, expected real numbers"),
        ((X, [1.0, np.inf, 0.0]), ONE, "train: y holds 1 values that are NaN or infinite"),
        ((X, Y, [1, 1]), ONE, "train: sample_weight has shape (2,), expected (3,), one for each example"),
        ((X, Y, [1, -1, 1]), ONE, "train: sample_weight must not be negative, and not all zero"),
        ((X, Y, [0, 0, 0]), ONE, "train: sample_weight must not be negative, and not all zero"),
    ],
)
def test_a_mistake_is_one_line(given, shapes, said):
    with pytest.raises(DataError) as caught:
        samples_of(given, shapes, "train")
    assert str(caught.value) == said


def test_an_npz_holds_inputs_targets_and_weights(tmp_path):
    path = tmp_path / "train.npz"
    np.savez(path, ecg=X, age=AGE, y=Y, sample_weight=[1.0, 2.0, 3.0])
    found = samples_of(str(path), TWO, "train")
    assert list(found.inputs) == ["ecg", "age"]
    assert (found.targets.tolist(), found.weights.tolist()) == ([0, 1, 1], [1, 2, 3])


def test_a_file_that_is_none_is_one_line(tmp_path):
    path = tmp_path / "train.npz"

    def said(content=None, **arrays):
        if content is not None:
            path.write_bytes(content)
        elif arrays:
            np.savez(path, **arrays)
        with pytest.raises(DataError) as caught:
            samples_of(path, ONE, "train")
        return str(caught.value).removeprefix(str(path))

    assert said() == " cannot be read: No such file or directory"
    assert said(b"text") == " is no .npz file; write one with numpy.savez(path, x=..., y=...)"
    assert said(x=X) == " has no array y, the targets; it holds x"
    assert said(y=Y) == " has no inputs; it holds y; the model takes ecg"
    objects = np.array([print, None], dtype=object)
    unpickled = " is no usable .npz: it holds Python objects, which are not read; store arrays of numbers"
    assert said(x=objects, y=Y) == unpickled
    assert said(x=X, z=X, y=Y).startswith(": there are inputs x, z, the model takes ecg;")
