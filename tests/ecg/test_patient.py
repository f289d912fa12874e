import ctypes
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ecg_library import ECG, built, pointer
from training_data import small_beats

from ecgprune.config import Config, DataConfig, ModelConfig, TrainConfig, parse
from ecgprune.ecg import beats, build, patient, quality, records, synthetic, template
from ecgprune.ecg.dataset import Dataset
from ecgprune.errors import ConfigError, TrainingError
from ecgprune.training import arrays

WINDOW = patient.BEFORE + patient.AFTER
MORPHOLOGY = 11  # the last features: those of the beat's waves
STATE_BYTES = 4096  # more than ecgp_patient_t has
SETTINGS = DataConfig(database="synthetic", patient=True)


@pytest.fixture(scope="module")
def c_code(tmp_path_factory):
    return built(tmp_path_factory.mktemp("c"))


def c_features(c_code, windows, whole, rr):
    """What the C writes for a record's beats; `rr` lies between them."""
    state = np.full(STATE_BYTES, 0x55, np.uint8)
    c_code.ecgp_patient_init(pointer(state))
    out = np.zeros((len(whole), len(patient.FEATURES)), np.int8)
    rows = iter(np.ascontiguousarray(windows))
    for i, has_window in enumerate(whole):
        before, following = (int(rr[i - 1]) if i else 0), (int(rr[i]) if i < len(rr) else 0)
        window = pointer(next(rows)) if has_window else None
        c_code.ecgp_patient_beat(
            pointer(state), window, ctypes.c_uint16(before), ctypes.c_uint16(following), pointer(out[i])
        )
    return out[whole]


def python_features(windows, whole, rr):
    peaks = np.concatenate([[0], np.cumsum(rr)]).astype(np.int64)
    return patient.features(windows, whole, *beats.intervals(peaks, patient.RATE_HZ))


@pytest.mark.parametrize("name", ["100", "207", "217"])
def test_c_gives_real_beats_the_same_features_to_the_last_bit(c_code, mitdb, name):
    record = records.read_record(mitdb, name)
    config = DataConfig(database="mitdb", patient=True)
    made = beats.record_beats(record, config)
    peaks = beats.to_rate(record.beat_sample, record.sample_rate_hz, patient.RATE_HZ)
    whole = np.isin(record.beat_sample, made.sample)
    first = config.window_before - patient.BEFORE
    expected = c_features(c_code, made.window[:, first : first + WINDOW], whole, np.diff(peaks))
    assert np.array_equal(made.patient, expected)
    assert (np.abs(made.patient.astype(int)).max(axis=0) > 10).all(), "a feature hardly moves"


def test_c_gives_random_signals_the_same_features_to_the_last_bit(c_code):
    rng = np.random.default_rng(3)
    for spread in (0, 1, 30, 2000, 40000):
        for count in (1, 2, 40, 400):
            walk = np.cumsum(rng.normal(0, spread, (count, WINDOW)), axis=1)
            noise = rng.normal(0, spread, (count, WINDOW))
            windows = np.clip(np.where(rng.random((count, 1)) < 0.5, walk, noise), -32768, 32767).astype(np.int16)
            whole = rng.random(count) < 0.9
            rr = rng.integers(1, 600, count - 1)
            got = c_features(c_code, windows[whole], whole, rr)
            assert np.array_equal(got, python_features(windows[whole], whole, rr))


def test_c_headers_have_pythons_constants():
    def defined(part):
        text = (ECG / f"ecgp_{part}.h").read_text()
        return {n: int(value) for n, value in re.findall(rf"#define ECGP_{part.upper()}_(\w+) (\d+)u?\b", text)}

    assert defined("rhythm") == {
        "FEATURES": len(patient.FEATURES) - MORPHOLOGY, "PAST": patient.PAST, "LONG": patient.LONG,
        "NORMAL_RR": patient.NORMAL_RR, "RR_LIMIT": beats.RR_LIMIT_S * patient.RATE_HZ, "FRACTION": patient.FRACTION,
    }  # fmt: skip
    assert defined("morphology") == {
        "FEATURES": MORPHOLOGY, "BEFORE": patient.BEFORE, "AFTER": patient.AFTER, "LEARNING": template.LEARNING,
        "REGULAR": template.REGULAR, "IRREGULAR": template.IRREGULAR, "SPREAD": patient.SPREAD, "LIMIT": patient.LIMIT,
        "FRACTION": template.FRACTION, "QRS_FROM": patient.QRS[0], "QRS_TO": patient.QRS[1],
    }  # fmt: skip


@pytest.mark.parametrize("source", ["ecgp_rhythm", "ecgp_morphology"])
def test_rhythm_and_morphology_need_no_patient(source):
    for suffix in (".h", ".c"):
        assert "ecgp_patient" not in re.findall(r'#include "(\w+)', (ECG / f"{source}{suffix}").read_text())


def test_a_premature_wide_beat_stands_out():
    time = np.arange(WINDOW) - patient.BEFORE
    narrow, wide = 200 * np.exp(-((time / 4) ** 2)), -300 * np.exp(-((time / 12) ** 2))
    windows = np.stack([narrow] * 60 + [wide] + [narrow] * 5).astype(np.int16)
    rr = np.full(65, 144)
    rr[59], rr[60] = 90, 198
    found = dict(zip(patient.FEATURES, python_features(windows, np.ones(66, bool), rr)[60].tolist(), strict=True))
    assert found["previous RR to the median of 64"] == round(256 * (90 - 144) / 144)
    assert found["next RR to the median of 64"] == round(256 * (198 - 144) / 144)
    assert found["previous RR to 0.8 s"] == pytest.approx(64 * np.log2(90 / 144), abs=6)
    assert found["QRS against the template beat"] > 32
    assert found["R peak against the template beat's"] == -128


def after_bigeminy(first, pairs):
    """How far 120 normal beats are from the template beat after bigeminy that began with a beat of shape `first`."""
    time = np.arange(WINDOW) - patient.BEFORE
    narrow, wide = 200 * np.exp(-((time / 4) ** 2)), -300 * np.exp(-((time / 12) ** 2))
    shapes = patient.centred_windows(np.stack([narrow, wide]).astype(np.int16))
    learned, seen, guard = template.TemplateBeat(), quality.Quality(), quality.TemplateWatch()
    distances = []
    for shape, steady in [(first, False), (1 - first, False)] * pairs + [(0, True)] * 120:
        match = seen.beat(shapes[shape], learned.before(shapes[shape]))
        learned = template.TemplateBeat() if guard.beat(match) else learned
        learned.learn(shapes[shape], steady)
        distances.append(match.from_template)
    return np.array(distances[-120:])


def test_bigeminy_that_begins_with_the_ectopic_beat_makes_it_the_template_beat_for_good_after_64_beats():
    """A limit, which docs/internals/stream.md states: shipped models were trained with the template beat as it is."""
    assert (after_bigeminy(first=0, pairs=40) < quality.NEAR).all()
    assert (after_bigeminy(first=1, pairs=12) >= quality.FAR).sum() == 3
    assert (after_bigeminy(first=1, pairs=40) >= quality.FAR).all()


# ---- the dataset ----


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "records"
    synthetic.make_database(folder, 6, 3.0, 5)
    return folder


def test_the_dataset_has_patient_features_where_they_are_asked_for(database, tmp_path):
    plain = build.build_dataset(database, replace(SETTINGS, patient=False), 1)
    full = build.build_dataset(database, SETTINGS, 1)
    assert list(plain.inputs) == ["ecg", "rr"]
    assert list(full.inputs) == ["ecg", "rr", "patient"]
    assert full.inputs["patient"].shape == (len(full), len(patient.FEATURES))
    assert full.info["patient_scale"] == patient.SCALE
    assert all(np.array_equal(plain.arrays()[name], full.arrays()[name]) for name in plain.arrays())
    full.save(tmp_path)
    assert np.array_equal(Dataset.load(tmp_path).subset("test").patient, full.subset("test").patient)
    plain.save(tmp_path)
    assert Dataset.load(tmp_path).patient is None


def test_validation_by_beat_takes_beats_of_the_patients_that_train(database):
    made = build.build_dataset(database, replace(SETTINGS, split="inter", validation="beat"), 1)
    train, validation, test = (set(made.record[made.split == s]) for s in range(3))
    assert train == validation
    assert not train & test
    share = (made.split == 1).sum() / (made.split != 2).sum()
    assert share == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("change", [{"sample_rate_hz": 200}, {"window_before": 51}, {"window": 155}])
def test_patient_features_are_refused_where_the_window_lacks_them(change):
    with pytest.raises(ValueError, match=r"take sample_rate_hz 180 and a window of at least 52 samples before and 84"):
        DataConfig(patient=True, **change)


def test_the_model_is_refused_without_its_inputs():
    with pytest.raises(ConfigError, match=r"model 'patient' takes inputs that the dataset has with data.patient"):
        parse('[model]\nname = "patient"\n', "mine.toml")


def test_an_epoch_takes_at_most_so_many_beats_of_each_record_and_class():
    small = small_beats(400)
    chosen = arrays.epoch_rows(small, 5, np.random.default_rng(1))
    assert len(set(chosen)) == len(chosen)
    assert (small.split[chosen] == 0).all()
    groups = {(small.record[i], small.label[i]) for i in arrays.rows(small, arrays.TRAIN)}
    counts = [sum((small.record[chosen] == r) & (small.label[chosen] == c)) for r, c in groups]
    assert max(counts) == 5
    assert len(counts) == 20
    every = arrays.epoch_rows(small, 0, np.random.default_rng(1))
    assert np.array_equal(every, np.random.default_rng(1).permutation(arrays.rows(small, arrays.TRAIN)))


# ---- the model ----


@pytest.fixture(scope="module")
def trained(database, tmp_path_factory):
    """A model "patient" after one epoch, its int8 .tflite, and its beats."""
    from ecgprune.training import fit, quantize

    folder = tmp_path_factory.mktemp("patient")
    config = Config(data=SETTINGS, model=ModelConfig("patient"), train=TrainConfig(epochs=1, batch_size=64))
    made = build.build_dataset(database, config.data, 1)
    fit.train_dense(made, config, folder / "dense.keras", folder / "dense.json", folder / "logs")
    result = quantize.quantize(made, config, folder / "dense.keras", folder / "model.tflite")
    return folder, made, result


def test_model_patient_is_int8_throughout_and_takes_the_datasets_integers(trained):
    from ecgprune.graph.reader import read

    folder, _, result = trained
    described = {t["name"].split(":")[0].removeprefix("serving_default_"): t for t in result["inputs"]}
    assert described["patient"]["scale"] == patient.SCALE
    assert described["patient"]["zero_point"] == 0
    names = [op.name for op in read(folder / "model.tflite").ops]
    assert not {"QUANTIZE", "DEQUANTIZE"} & set(names)


def test_the_drop_in_of_model_patient_holds_the_code_that_makes_its_inputs(trained, tmp_path):
    from ecgprune.config import ExportConfig
    from ecgprune.pipeline.cores import cores_of
    from ecgprune.pipeline.firmware import export

    folder, _, _ = trained
    export(folder / "model.tflite", tmp_path, ExportConfig(), cores_of(["mps2_an386"]))
    sources = sorted(str(p) for p in (tmp_path / "drop-in" / "cortex-m4").glob("*.c"))
    assert {"ecgp_patient.c", "ecgp_rhythm.c", "ecgp_morphology.c", "ecgp_beat.c"} <= {Path(s).name for s in sources}
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    subprocess.run(["gcc", *flags, *sources], check=True)


def test_model_patient_is_refused_a_dataset_without_its_input(trained):
    from ecgprune.training import fit

    folder, made, _ = trained
    with pytest.raises(TrainingError, match=r"model patient takes the input 'patient', and the dataset has ecg, rr;"):
        fit.predict(folder / "dense.keras", replace(made, patient=None))
