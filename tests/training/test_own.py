"""A user's own model: every kind of kernel pruned in TFLite's order, zeros kept to the .tflite, any loss and metric."""

from __future__ import annotations

import numpy as np
import pytest

from ecgprune.errors import DataError, LostZerosError, ModelError, PruningError, TrainingError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.training import kernels, own, quantize, user_model
from ecgprune.training._tf import keras, seed_everything, tf
from ecgprune.training.outcome import Stage
from ecgprune.training.own_options import Options, stages_of

L = keras.layers
DRAW = np.random.default_rng(0)


def kinds():
    """A network with a kernel of every kind, in a branch each where TFLite would put them in another order."""
    image = L.Input((8, 8, 3), name="image")
    x = L.Conv2D(5, 3, activation="relu", name="conv")(image)
    x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, name="depthwise")(x)
    x = L.SeparableConv2D(6, 3, padding="same", activation="relu", name="separable")(x)
    x = L.Conv2DTranspose(5, 3, strides=2, padding="same", activation="relu", name="transposed")(x)
    x = L.Reshape((9, 5), name="steps")(L.AveragePooling2D(4, name="mean")(x))
    x = L.Conv1D(8, 3, padding="same", name="conv1d")(x)
    x = L.LSTM(6, name="lstm")(x)
    return keras.Model(image, L.Dense(3, activation="softmax", name="classes")(x), name="kinds")


IMAGES, CLASSES = DRAW.normal(size=(64, 8, 8, 3)).astype(np.float32), DRAW.integers(0, 3, 64)
NAMES = [
    "conv", "depthwise", "separable/depthwise_kernel", "separable/pointwise_kernel", "transposed", "conv1d",
    "lstm/kernel", "lstm/recurrent_kernel", "classes",
]  # fmt: skip


@pytest.fixture(scope="module")
def pruned():
    """The result of one stage to one half, in blocks, and the .tflite."""
    seed_everything(1)
    options = Options((Stage(0.5),), epochs=1, exclude=("classes",))
    result = own.prune(kinds(), (IMAGES, CLASSES), (IMAGES[:32], CLASSES[:32]), options)
    return result, own.quantize(result.model, IMAGES[:16]).content


def stored_rows(content: bytes) -> dict[str, np.ndarray]:
    """int8 [outputs, weights of a row] of each kernel, by name, read off the operators in the file's own order."""
    found = []
    for op in TfliteFile(content).operators:
        data = [t.data for t in op.inputs]
        if op.name == "UNIDIRECTIONAL_SEQUENCE_LSTM":
            found += [np.concatenate(data[1:5]), np.concatenate(data[5:9])]
        elif op.name == "DEPTHWISE_CONV_2D":
            found.append(np.stack([data[1][0, :, :, c].ravel() for c in range(data[1].shape[3])]))
        elif op.name in ("CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED"):
            found.append(np.stack([row.ravel() for row in data[1]]))
    return dict(zip(NAMES, found, strict=True))


def test_each_kind_of_kernel_is_pruned_in_whole_blocks_of_tflites_order(pruned):
    result, content = pruned
    for name, rows in stored_rows(content).items():
        blocks = [row[i : i + 4] for row in rows for i in range(0, len(row), 4)]
        whole = sum(len(block) for block in blocks if not block.any()) / rows.size
        assert whole < 0.1 if name == "classes" else whole >= 0.5, name
    assert result.stages[0].sparsity.keys() == set(NAMES)


def test_every_zero_reaches_the_tflite_and_a_lost_one_is_found(pruned):
    result, content = pruned
    lowered = own.height_one(user_model.functional(result.model))
    for kernel in kernels.find(lowered):
        file = TfliteFile(content)
        found = {k.name: s for k, s in quantize.stored.matched(file, lowered)}[kernel.name]
        zero = np.argwhere(kernel.layout.rows(kernel.variable.numpy()) == 0)
        if not len(zero):
            continue
        tensor = found.tensors[0]
        row, column = next((r, c) for r, c in zero if r < found.rows.shape[0] / len(found.tensors))
        if found.op.name == "DEPTHWISE_CONV_2D":
            tensor.data.reshape(-1, tensor.shape[-1])[column, row] = 1
        else:
            tensor.data.reshape(len(tensor.data), -1)[row, column] = 1
        with pytest.raises(LostZerosError, match=rf"^quantization lost 1 of the \d+ zeros of layer {kernel.name} "):
            quantize.check_zeros(file, lowered)


def test_layers_that_stay_dense_are_listed_with_the_reason(pruned):
    assert [(layer.name, layer.reason) for layer in pruned[0].dense_layers] == [("classes", "excluded")]
    steps = L.Input((6,), name="steps")
    x = L.Embedding(5, 4, name="table")(steps)
    x = L.Dense(4, trainable=False, name="frozen")(L.GlobalAveragePooling1D(name="mean")(x))
    model = keras.Model(steps, L.Dense(2, name="out")(x))
    words = DRAW.integers(0, 5, (32, 6))
    found = own.Pruning(model, (words, words[:, 0] % 2), (words, words[:, 0] % 2), Options((Stage(0.5),)))
    assert {layer.name: layer.reason for layer in found.dense_layers} == {
        "frozen": "not trainable", "table": "Embedding has no kernel of a kind that is pruned",
    }  # fmt: skip


def test_the_report_is_what_the_model_holds(pruned):
    result, _ = pruned
    report = result.report()
    for row in report["stages"][0]["sparsity"]["per_layer"]:
        values = {k.name: k.variable.numpy() for k in kernels.find(result.model)}[row["layer"]]
        assert (row["zeros"], row["weights"]) == (np.sum(values == 0), values.size)
    assert (report["loss"], report["metric"], report["kept"]) == ("sparse_categorical_crossentropy", "macro_f1", 1)


def closeness(targets, outputs):
    assert isinstance(targets, np.ndarray)
    return 1 / (1 + float(np.mean(np.abs(outputs - targets))))


def absolute(targets, outputs):
    return tf.abs(targets - outputs)


@pytest.fixture(scope="module")
def regression():
    """A trained model of two inputs, and examples of which one in eight is nonsense that weighs nothing."""
    seed_everything(2)
    wave, age = L.Input((16, 2), name="wave"), L.Input((3,), name="age")
    x = L.GlobalAveragePooling1D(name="mean")(L.Conv1D(8, 3, activation="relu", name="conv")(wave))
    x = L.Concatenate(name="both")([x, L.Dense(8, activation="relu", name="own")(age)])
    model = keras.Model([wave, age], L.Dense(1, name="out")(x), name="regression")
    inputs = {"wave": DRAW.normal(size=(256, 16, 2)), "age": DRAW.normal(size=(256, 3))}
    y = inputs["wave"].mean(axis=(1, 2))[:, None] + inputs["age"][:, :1]
    model.compile(keras.optimizers.Adam(0.01), "mae")
    model.fit(inputs, y, epochs=20, verbose=0)
    weights = np.ones(256)
    weights[::8], y_bad = 0, y.copy()
    y_bad[::8] = 1e6
    return model, (inputs, y_bad, weights), (inputs, y)


def test_a_regression_with_two_inputs_own_loss_own_metric_and_weights(regression):
    model, train, validation = regression
    options = Options(stages_of([0.3, 0.6]), loss=absolute, metric=closeness, epochs=5, learning_rate=0.01)
    result = own.prune(model, train, validation, options)
    assert (result.loss, result.metric) == ("absolute", "closeness")
    outputs = result.model.predict(validation[0], verbose=0)
    assert result.stages[-1].scores == {"closeness": pytest.approx(closeness(validation[1], outputs), rel=1e-5)}
    assert closeness(validation[1], outputs) > 0.8 * result.dense_scores["closeness"], "nonsense was learnt"
    assert all(share >= 0.6 for share in result.stages[-1].sparsity.values())
    assert result.stages[0].report["macs"]["left"] > result.stages[1].report["macs"]["left"]


def test_a_stage_under_its_floor_ends_pruning_and_the_model_before_is_kept(regression):
    model, train, validation = regression
    stages = (Stage(0.9, epochs=1, floor=1e-6), Stage(0.95))
    result = own.prune(model, train, validation, Options(stages, metric="mse"))
    assert [stage.passed for stage in result.stages] == [False]
    assert result.model is result.dense
    assert result.report()["kept"] == 0


def test_models_inside_the_model_are_pruned_as_one():
    half = keras.Sequential([L.Input((12, 1)), L.Conv1D(4, 3, name="inner"), L.Dropout(0.1, name="drop")], name="half")
    ecg = L.Input((12, 1), name="ecg")
    both = L.Concatenate(name="both")([half(ecg), half(ecg)])
    model = keras.Sequential([keras.Model(ecg, both, name="twice"), L.GlobalMaxPooling1D(), L.Dense(2, name="out")])
    flat = user_model.functional(model)
    assert [kernel.name for kernel in kernels.find(flat)] == ["inner", "out"]
    x = DRAW.normal(size=(5, 12, 1))
    np.testing.assert_array_equal(flat.predict_on_batch(x), model.predict_on_batch(x))


@pytest.mark.parametrize(
    ("end", "y", "loss", "first"),
    [
        (lambda x: tf.nn.softmax(x), CLASSES, "sparse_categorical_crossentropy", -np.log(1 / 3)),
        (lambda x: L.Reshape((3,))(L.Softmax()(x)), np.eye(3)[CLASSES], "categorical_crossentropy", -np.log(1 / 3)),
        (lambda x: x, CLASSES, "sparse_categorical_crossentropy", -np.log(1 / 3)),
        (lambda x: tf.sigmoid(x[:, :1]), CLASSES[:, None] / 2, "mse", 0.25 if CLASSES[0] != 1 else 0.0),
        (lambda x: L.Activation("sigmoid")(x), np.eye(3)[CLASSES], "binary_crossentropy", -np.log(1 / 2)),
    ],
    ids=["softmax as an operation", "softmax before a reshape", "logits", "a sigmoid as an operation", "labels"],
)
def test_the_loss_follows_from_targets_and_what_the_model_gives(end, y, loss, first):
    """A model whose weights are zero: all classes alike."""
    x = L.Input((4,), name="x")
    model = keras.Model(x, end(L.Dense(3, kernel_initializer="zeros", name="out")(x)))
    inputs = DRAW.normal(size=(64, 4))
    task = own.Pruning(model, (inputs, y), (inputs, y), Options((Stage(0.5),))).task
    assert task.objective.name == loss
    taken, targets, _ = task.examples(None, np.arange(1))
    assert float(task.loss(targets, model(taken))[0]) == pytest.approx(first, abs=1e-5)


def test_a_keras_3_model_and_a_file_are_taken_and_a_folder_is_refused(tmp_path):
    import keras as keras3

    model = keras3.Sequential([keras3.Input((6, 1)), keras3.layers.Conv1D(2, 3), keras3.layers.Flatten()])
    model.save(tmp_path / "model.keras")
    x = DRAW.normal(size=(4, 6, 1)).astype(np.float32)
    for given in (model, tmp_path / "model.keras", str(tmp_path / "model.keras")):
        found = user_model.functional(user_model.taken(given))
        np.testing.assert_allclose(found.predict_on_batch(x), model.predict_on_batch(x), atol=1e-5)
    for path, said in ((tmp_path, "is a folder; pruning takes"), (tmp_path / "none.h5", "cannot be read: No such")):
        with pytest.raises(ModelError, match=said):
            user_model.taken(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stages": ()}, "stages are []; expected at least one share above 0 and below 1"),
        ({"stages": stages_of([0.5, 0.5])}, "stages must rise from one to the next, and they are [0.5, 0.5]"),
        ({"granularity": "row"}, "granularity is 'row'; there are weight, block, channel"),
        ({"exclude": ("nothing",)}, "no layer nothing to exclude; there are wave, conv, age, mean, own, both, out"),
        ({"exclude": ("conv", "own", "out")}, "nothing to prune: conv: excluded; own: excluded; out: excluded"),
        ({"loss": "none"}, "Keras has no loss 'none'; it has sparse_categorical_crossentropy,"),
        ({"metric": "none"}, "no metric 'none'; there are accuracy, macro_f1, mae, mse, rmse, validation_loss,"),
        ({"distillation": 0.5}, "distillation needs probabilities of classes; the loss is mse; leave it 0"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_trained(regression, changes, said):
    model, train, validation = regression
    with pytest.raises((PruningError, TrainingError)) as caught:
        own.Pruning(model, train, validation, Options(**{"stages": (Stage(0.5),)} | changes))
    assert str(caught.value).startswith(said)


def test_targets_and_models_that_do_not_fit_are_one_line():
    image, options = kinds(), Options((Stage(0.5),))

    def said(model, y):
        with pytest.raises((DataError, TrainingError)) as caught:
            own.Pruning(model, (IMAGES, y), (IMAGES, y), options)
        return str(caught.value)

    assert said(image, CLASSES + 1) == "train: a target is class 3, the model has outputs for classes 0 to 2"
    assert said(image, np.zeros((64, 2))).startswith("targets of shape (64, 2) do not fit the model's output (None, 3)")
    assert said(b"text", CLASSES).endswith("expected a Keras model")
    with pytest.raises(DataError, match=r"^validation: y is float32 of shape \(64,\), that of train int64 of shape "):
        own.Pruning(image, (IMAGES, CLASSES), (IMAGES, CLASSES * 1.0), options)
    two = keras.Model(image.inputs, [image.output, image.output])
    assert said(two, CLASSES).endswith(
        "has 2 outputs, pruning takes one: join them by Concatenate, and part them in your loss"
    )
