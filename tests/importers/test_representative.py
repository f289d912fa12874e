"""representative.py: samples for a model's inputs, or one line on what is wrong with them."""

import numpy as np
import pytest

from ecgprune.errors import ModelError
from ecgprune.importers import representative

ONE = {"ecg": (4, 2)}
TWO = {"ecg": (4, 2), "rr": (3,)}
ECG, RR = np.arange(40.0).reshape(5, 4, 2), np.arange(15).reshape(5, 3)


def refusal(path, shapes):
    with pytest.raises(ModelError) as caught:
        representative.read(path, shapes)
    text = str(caught.value)
    assert text.startswith(f"{path} ")
    assert "\n" not in text
    return text[len(f"{path} ") :]


def saved(path, *arrays, **named):
    np.savez(path, *arrays, **named)
    return path


@pytest.mark.parametrize("named", [{"ecg": ECG}, {"x": ECG, "y": RR}, {"anything": ECG}, {}])
def test_one_input_takes_its_name_x_or_the_only_array(tmp_path, named):
    path = saved(tmp_path / "x.npz", *([] if named else [ECG]), **named)
    found = representative.read(path, ONE)
    assert found.inputs["ecg"].dtype == np.float32
    np.testing.assert_array_equal(found.inputs["ecg"], ECG)


def test_npy_is_for_the_one_input(tmp_path):
    np.save(tmp_path / "x.npy", ECG.astype(np.float64))
    assert representative.read(tmp_path / "x.npy", ONE).used == 5
    assert refusal(tmp_path / "x.npy", TWO) == (
        "holds one array without a name; the model's inputs are 'ecg' (n, 4, 2), 'rr' (n, 3): "
        "numpy.savez('x.npy', ecg=..., rr=...)"
    )


def test_two_inputs_are_found_by_name_or_order(tmp_path):
    for path in (saved(tmp_path / "a.npz", rr=RR, ecg=ECG), saved(tmp_path / "b.npz", ECG, RR)):
        found = representative.read(path, TWO)
        assert list(found.inputs) == ["ecg", "rr"]
        np.testing.assert_array_equal(found.inputs["rr"], RR)
    said = refusal(saved(tmp_path / "c.npz", ecg=ECG, hr=RR), TWO)
    assert said.startswith("holds 'ecg' (5, 4, 2), 'hr' (5, 3); the model's inputs are")


def test_of_many_samples_some_are_taken_evenly(tmp_path):
    many = np.arange(5000.0)[:, None]
    found = representative.read(saved(tmp_path / "x.npz", many), {"x": (1,)})
    assert (found.found, found.used) == (5000, representative.MOST)
    assert found.inputs["x"][[0, -1], 0].tolist() == [0, 4999]
    assert set(np.diff(found.inputs["x"][:, 0])) <= {5, 6}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (ECG[0], "holds shape (4, 2) for input 'ecg'; expected (n, 4, 2): that is one sample; take some hundred"),
        (ECG.reshape(5, 8), "holds shape (5, 8) for input 'ecg'; expected (n, 4, 2): x.reshape(-1, 4, 2), if"),
        (np.zeros((5, 3)), "holds shape (5, 3) for input 'ecg'; expected (n, 4, 2)"),
        (np.zeros((0, 4, 2)), "holds shape (0, 4, 2) for input 'ecg'; expected (n, 4, 2)"),
        (ECG.astype(complex), "holds values of type complex128 for input 'ecg'; expected floats"),
        (ECG.astype(str), "holds values of type <U32 for input 'ecg'; expected floats"),
        (np.where(ECG == 3, np.nan, ECG), "holds values for input 'ecg' that are not finite float32 numbers"),
        (ECG * 1e38, "holds values for input 'ecg' that are not finite float32 numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_what_is_not_usable_is_said_in_one_line(tmp_path, values, said):
    assert refusal(saved(tmp_path / "x.npz", ecg=values), ONE).startswith(said)


@pytest.mark.parametrize("shape", [(40, 1), (1, 40), (1, 40, 1), (40,)])
def test_axes_of_length_1_may_be_missing_or_left_over(tmp_path, shape):
    x = np.random.default_rng(0).normal(size=(5, 40)).astype(np.float32)
    for held in ((5, 40), (5, 1, 40), (5, 40, 1, 1)):
        found = representative.read(saved(tmp_path / "x.npz", x.reshape(held)), {"ecg": shape})
        np.testing.assert_array_equal(found.inputs["ecg"], x.reshape(5, *shape))


def test_as_many_samples_of_every_input_are_needed(tmp_path):
    said = refusal(saved(tmp_path / "x.npz", ecg=ECG, rr=RR[:4]), TWO)
    assert said == "holds 5 of 'ecg', 4 of 'rr'; expected as many samples of every input"


def test_no_pickle_is_read(tmp_path):
    class Harm:
        def __reduce__(self):
            return open, (str(tmp_path / "mark"), "w")

    np.save(tmp_path / "x.npy", np.array([Harm()], object), allow_pickle=True)
    assert "it holds Python objects, which run code when they are read" in refusal(tmp_path / "x.npy", ONE)
    assert not (tmp_path / "mark").exists()


def test_other_files_are_refused(tmp_path):
    (tmp_path / "x.csv").write_text("1,2,3\n")
    assert refusal(tmp_path / "x.csv", ONE).startswith("is no .npz or .npy file; write one with numpy.savez")
    (tmp_path / "x.npz").write_bytes(b"PK\x03\x04damaged")
    assert refusal(tmp_path / "x.npz", ONE).startswith("cannot be read: ")
    assert refusal(tmp_path, ONE).startswith("is a folder")
