"""The live chain on records, through the host build of its C, beside the same model on annotated beats.

    python tools/stream_results.py --data FOLDER --model firmware/models/small --json results/streaming.json

Every record of MIT-BIH is streamed sample by sample; its events are scored as ANSI/AAMI EC57 prescribes, without the
first five minutes, and shut-down as the standard counts it. "annotated" is what the same model says of the annotated
beats of the same records. With --noise and --snr, noise of the second half of a record of NSTDB is added, as nst does:
the first half served to set the thresholds. Records outside of DS2 set them too; DS2 had no part in it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import stream_host  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from ecgprune import verify  # noqa: E402
from ecgprune.artifacts import write_json  # noqa: E402
from ecgprune.ecg import filter as band_pass  # noqa: E402
from ecgprune.ecg import noise, stream  # noqa: E402
from ecgprune.ecg.annotation_file import annotations_of  # noqa: E402
from ecgprune.ecg.beats import record_beats, with_noise  # noqa: E402
from ecgprune.ecg.databases import registry  # noqa: E402
from ecgprune.ecg.ec57_beats import LEARNING_SECONDS, WINDOW_SECONDS, compare, samples  # noqa: E402
from ecgprune.ecg.ec57_runs import compare_runs  # noqa: E402
from ecgprune.ecg.ec57_totals import RUN_KINDS, ScoredRecord, figures, intervals  # noqa: E402
from ecgprune.ecg.leads import chosen_lead, second_lead  # noqa: E402
from ecgprune.ecg.reading.annotations import Annotations, read_annotations  # noqa: E402
from ecgprune.ecg.records import Record, read_record  # noqa: E402
from ecgprune.pipeline.streaming import KINDS, shut_downs  # noqa: E402
from ecgprune.pipeline.trained_model import TrainedModel, find  # noqa: E402

ADC = (0, 2047)
"""The range of MIT-BIH's ADC."""


@dataclass(frozen=True)
class Found:
    """One record's scores, live and annotated, and how late the live events came, in seconds."""

    live: ScoredRecord
    annotated: ScoredRecord
    after_s: NDArray[np.float64]
    unclassed: int


def scored(record: Record, reference: Annotations, own: Annotations) -> ScoredRecord:
    """Annotations of a record against the reference."""
    rate, length = record.sample_rate_hz, len(record.signal)
    window, start = samples(WINDOW_SECONDS, rate), samples(LEARNING_SECONDS, rate)
    runs = {k: compare_runs(reference, own, k, window=window, start=start, length=length) for k in RUN_KINDS}
    patient = registry.get("mitdb").patient_of(record.name)
    return ScoredRecord(record.name, patient, compare(reference, own, rate, length=length), runs)


def live_annotations(run: stream_host.Run) -> Annotations:
    """The events as annotations, as `ecgprune stream` writes them."""
    beats = [event for event in run.events if event.kind == stream.BEAT]
    shut = shut_downs([{"kind": KINDS[event.kind], "sample": event.sample} for event in run.events])
    return annotations_of([b.sample for b in beats], [b.beat_class for b in beats], shut_down=shut)


class Streamer:
    """Streams records through one model."""

    def __init__(self, program: Path, model: TrainedModel, data: Path, options: argparse.Namespace) -> None:
        self.program, self.model, self.data, self.options = program, model, data, options
        self.config = replace(model.config.data, database="mitdb")

    def frames(self, record: Record) -> tuple[NDArray[np.integer[Any]], list[stream.Lead]]:
        """([frames, leads], what they are) of a record, with noise where it is asked for."""
        first, second = chosen_lead(record, self.config), second_lead(record, self.config)
        wanted = [lead for lead in (first, second) if lead is not None][: self.options.leads]
        columns = []
        for lead in wanted:
            found = record.signal[:, lead].astype(np.int64)
            if self.options.noise:
                named = replace(self.config, lead=record.leads[lead])
                found = with_noise(record, named, self._noise(record, named, len(found)))
            columns.append(found)
        leads = [
            stream.Lead(band_pass.units_per_volt(record.gain[i]), int(record.baseline[i]), *ADC) for i in wanted
        ]
        return np.stack(columns, axis=1).clip(*ADC), leads

    def _noise(self, record: Record, config: Any, count: int) -> NDArray[np.float64]:
        """Noise in millivolts, by nst's measure, in its protocol: from 5 minutes on, 2 minutes with and 2 without."""
        rate = record.sample_rate_hz
        recorded = noise.read_noise(self.options.noise, config, "test", rate)[noise.KINDS.index(self.options.kind)]
        on = (np.arange(count) >= 300 * rate) & (np.arange(count) // (120 * rate) % 2 == 0)
        scale = noise.qrs_amplitude(record, config) / np.sqrt(8) * 10 ** (-self.options.snr / 20)
        return np.take(recorded, np.arange(count), mode="wrap") * scale * on

    def found(self, name: str) -> Found:
        """One record."""
        record = read_record(self.data, name)
        reference = read_annotations(self.data / f"{name}.atr")
        frames, leads = self.frames(record)
        run = stream_host.run(self.program, frames, record.sample_rate_hz, leads)
        beats = [(e, t) for e, t in zip(run.events, run.taken, strict=True) if e.kind == stream.BEAT]
        made = record_beats(record, self.config)
        inputs = {k: v for k in ("ecg", "rr", "patient", "context") if (v := getattr(made, k)) is not None}
        classes = verify.probabilities(self.model.path, inputs, verify.TflmHost).argmax(axis=1)
        return Found(
            live=scored(record, reference, live_annotations(run)),
            annotated=scored(record, reference, annotations_of(made.sample, classes)),
            after_s=np.array([taken - event.sample for event, taken in beats]) / record.sample_rate_hz,
            unclassed=sum(event.beat_class < 0 for event, _ in beats),
        )


def f1(part: dict[str, Any]) -> float | None:
    """Of a detection: the harmonic mean of sensitivity and positive predictivity."""
    counted = 2 * part["tp"] + part["fn"] + part["fp"]
    return 2 * part["tp"] / counted if counted else None


def summary(found: Sequence[Found]) -> dict[str, Any]:
    """Gross figures of records, live and annotated, ready for JSON."""
    after = np.concatenate([each.after_s for each in found])
    result: dict[str, Any] = {"records": [each.live.record for each in found]}
    for way in ("live", "annotated"):
        rows = [getattr(each, way) for each in found]
        gross = figures(rows)
        result[way] = gross | {"f1": {k: f1(gross[k]) for k in ("S", "V")}, "intervals": intervals(rows)}
    result["f1_points_lost"] = {
        k: 100 * (result["annotated"]["f1"][k] - result["live"]["f1"][k])
        for k in ("S", "V")
        if result["annotated"]["f1"][k] is not None and result["live"]["f1"][k] is not None
    }
    result["event_after_s"] = {"median": float(np.median(after)), "99.9 %": float(np.quantile(after, 0.999))}
    result["beats_without_class"] = sum(each.unclassed for each in found)
    return result


def subsets(names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """(title, records) of the parts that have a result."""
    mitdb = registry.get("mitdb")
    yield "all", list(names)
    yield "without paced", [name for name in names if name not in mitdb.paced]
    yield "DS1", [name for name in names if name in mitdb.splits["ds1"]]
    yield "DS2", [name for name in names if name in mitdb.splits["ds2"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of MIT-BIH")
    parser.add_argument("--model", type=Path, default=Path("firmware/models/small"), help="a shipped model's folder")
    parser.add_argument("--records", nargs="+", help="names, or a split of the registry: ds1, ds2; all without it")
    parser.add_argument("--leads", type=int, choices=(1, 2), default=1, help="that beats are detected with")
    parser.add_argument("--noise", type=Path, help="folder of NSTDB")
    parser.add_argument("--kind", choices=noise.KINDS, default="em", help="of noise")
    parser.add_argument("--snr", type=float, default=12.0, help="of noise, in dB")
    parser.add_argument("--json", type=Path, help="file for the result")
    options = parser.parse_args()
    names = sorted(path.stem for path in options.data.glob("*.hea"))
    if options.records:
        splits = registry.get("mitdb").splits
        names = [name for given in options.records for name in splits.get(given, [given])]
    model = find(options.model)
    with tempfile.TemporaryDirectory() as folder:
        program = stream_host.build(Path(folder) / "stream", "-O2", model=options.model)
        streamer = Streamer(program, model, options.data, options)
        found = {}
        for name in names:
            found[name] = streamer.found(name)
            live, annotated = (figures([getattr(found[name], way)]) for way in ("live", "annotated"))
            shown = [
                f"{kind} {way} {row[kind]['tp']} -{row[kind]['fn']} +{row[kind]['fp']}"
                for kind in ("QRS", "V", "S")
                for way, row in (("live", live), ("annotated", annotated))
                if kind != "QRS" or way == "live"
            ]
            print(name, *shown, f"shut down {live['shut_down_s']:.0f} s", sep="; ", flush=True)
    result = {
        "model": {"sha256": model.sha256, "runtime": model.runtime},
        "leads": options.leads,
        "noise": {"kind": options.kind, "snr_db": options.snr} if options.noise else None,
        "subsets": {title: summary([found[n] for n in part]) for title, part in subsets(names) if part},
        "by_record": {n: {"live": figures([f.live]), "annotated": figures([f.annotated])} for n, f in found.items()},
    }
    for title, part in result["subsets"].items():
        print(title, json.dumps({k: part[k] for k in ("f1_points_lost", "event_after_s", "beats_without_class")}))
        for way in ("live", "annotated"):
            pairs = [(kind, part[way][kind]["se"] or 0, part[way][kind]["ppv"] or 0) for kind in ("QRS", "S", "V")]
            print(" ", way, *(f"{kind} {100 * se:.2f}/{100 * ppv:.2f}" for kind, se, ppv in pairs))
    if options.json:
        write_json(options.json, result)


if __name__ == "__main__":
    main()
