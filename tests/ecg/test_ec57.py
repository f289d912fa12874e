import json

import numpy as np
import pytest

from ecgprune.ecg.dataset import CLASSES
from ecgprune.ecg.ec57 import metrics


def test_scores_of_a_confusion_counted_by_hand():
    # N: 3 of 4 right; S: 1 of 2 right; V: 2 of 2 right; one N and one S are taken for V
    found = metrics([0, 0, 0, 0, 1, 1, 2, 2], [0, 0, 0, 2, 1, 2, 2, 2], CLASSES)
    assert found["accuracy"] == 6 / 8
    assert found["confusion"][:3] == [[3, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 2, 0, 0]]
    assert found["per_class"]["N"] == {"f1": pytest.approx(6 / 7), "se": 3 / 4, "ppv": 1.0, "support": 4}
    assert found["per_class"]["S"] == {"f1": pytest.approx(2 / 3), "se": 1 / 2, "ppv": 1.0, "support": 2}
    assert found["per_class"]["V"] == {"f1": pytest.approx(2 / 3), "se": 1.0, "ppv": 2 / 4, "support": 2}
    assert found["macro_f1"] == pytest.approx((6 / 7 + 2 / 3 + 2 / 3) / 3)


def test_class_absent_from_the_reference_is_no_part_of_the_mean():
    found = metrics([0, 0, 1], [0, 4, 1], CLASSES)
    assert found["per_class"]["Q"] == {"f1": None, "se": None, "ppv": 0.0, "support": 0}
    assert found["per_class"]["F"] == {"f1": None, "se": None, "ppv": None, "support": 0}
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1) / 2)


def test_class_that_is_never_predicted_scores_zero():
    found = metrics([0, 3], [0, 0], CLASSES)
    assert found["per_class"]["F"] == {"f1": 0.0, "se": 0.0, "ppv": 0.0, "support": 1}
    assert found["macro_f1"] == pytest.approx(1 / 3)


def test_result_is_plain_json():
    rng = np.random.default_rng(0)
    found = metrics(rng.integers(5, size=50).astype(np.uint8), rng.integers(5, size=50), CLASSES)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([], [], r"expected two equally long lists of classes, got \(0,\) and \(0,\)"),
        ([0, 1], [0], r"expected two equally long lists of classes, got \(2,\) and \(1,\)"),
        ([0, 5], [0, 1], r"class indices must lie in 0..4, got 0..5"),
    ],
)
def test_unusable_input_is_refused(labels, predictions, message):
    with pytest.raises(ValueError, match=message):
        metrics(labels, predictions, CLASSES)
