"""The live chain on records, through the host build of its C, beside the same model on annotated beats.

    python tools/stream_results.py --data FOLDER --json results/streaming.json

Every record of MIT-BIH is streamed sample by sample; its events are scored as ANSI/AAMI EC57 prescribes, without the
first five minutes, and shut-down as the standard counts it. "annotated" is what the same model says of the annotated
beats of the same records. With --noise and --snr, noise of the second half of a record of NSTDB is added, as nst does:
the first half served to set the thresholds. Records outside of DS2 set them too; DS2 had no part in it.
docs/results/streaming.md has the tables of results/streaming.json.
"""

from __future__ import annotations

import argparse
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
from ecgprune.ecg import noise, nst, stream  # noqa: E402
from ecgprune.ecg.annotation_file import annotations_of  # noqa: E402
from ecgprune.ecg.beats import record_beats, with_noise  # noqa: E402
from ecgprune.ecg.databases import registry  # noqa: E402
from ecgprune.ecg.ec57_beats import LEARNING_SECONDS, WINDOW_SECONDS, compare, samples  # noqa: E402
from ecgprune.ecg.ec57_runs import compare_runs  # noqa: E402
from ecgprune.ecg.ec57_totals import RUN_KINDS, ScoredRecord, figures, intervals  # noqa: E402
from ecgprune.ecg.leads import chosen_lead, second_lead  # noqa: E402
from ecgprune.ecg.reading.annotations import Annotations, read_annotations  # noqa: E402
from ecgprune.ecg.records import Record, read_record  # noqa: E402
from ecgprune.pipeline.streaming import KINDS, flutters, shut_downs  # noqa: E402
from ecgprune.pipeline.trained_model import TrainedModel, find  # noqa: E402

ADC = (0, 2047)
"""The range of MIT-BIH's ADC."""
ABOUT = "MIT-BIH streamed through the firmware's live chain, and the same models on annotated R peaks; scored by EC57"


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
    rows = [{"kind": KINDS[event.kind], "sample": event.sample, "lead": event.lead} for event in run.events]
    periods = {"shut_down": shut_downs(rows), "flutter": flutters(rows)}
    return annotations_of([b.sample for b in beats], [b.beat_class for b in beats], **periods)


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
        for channel, lead in enumerate(wanted):
            found = record.signal[:, lead].astype(np.int64)
            if self.options.noise:
                named = replace(self.config, lead=record.leads[lead])
                found = with_noise(record, named, self._noise(record, named, channel))
            columns.append(found)
        leads = [stream.Lead(band_pass.units_per_volt(record.gain[i]), int(record.baseline[i]), *ADC) for i in wanted]
        return np.stack(columns, axis=1).clip(*ADC), leads

    def noisy(self, record: Record, frames: NDArray[np.integer[Any]]) -> Record:
        """The record with the lead that is classified as it is streamed: with its noise."""
        lead = chosen_lead(record, self.config)
        if not self.options.noise or lead is None:
            return record
        signal = record.signal.copy()
        signal[:, lead] = frames[:, 0]
        return replace(record, signal=signal)

    def _noise(self, record: Record, config: Any, channel: int) -> NDArray[np.float64]:
        """A channel of noise in millivolts, by nst's measure, as it adds it: 2 minutes with, 2 without, from 5 on."""
        rate, count = record.sample_rate_hz, len(record.signal)
        named = replace(config, lead=f"noise{channel + 1}")
        recorded = noise.read_noise(self.options.noise, named, "test", rate)[noise.KINDS.index(self.options.kind)]
        scale = nst.signal_amplitude(record, config) * 10 ** (-self.options.snr / 20)
        return np.take(recorded, np.arange(count), mode="wrap") * scale * nst.in_noise(count, rate)

    def found(self, name: str) -> Found:
        """One record."""
        record = read_record(self.data, name)
        reference = read_annotations(self.data / f"{name}.atr")
        frames, leads = self.frames(record)
        run = stream_host.run(self.program, frames, record.sample_rate_hz, leads)
        beats = [(e, t) for e, t in zip(run.events, run.taken, strict=True) if e.kind == stream.BEAT]
        made = record_beats(self.noisy(record, frames), self.config)
        inputs = {k: v for k in ("ecg", "rr", "patient", "context") if (v := getattr(made, k)) is not None}
        classes = verify.probabilities(self.model.path, inputs, verify.TflmHost).argmax(axis=1)
        return Found(
            live=scored(record, reference, live_annotations(run)),
            annotated=scored(record, reference, annotations_of(made.sample, classes)),
            after_s=np.array([taken - event.sample for event, taken in beats]) / record.sample_rate_hz,
            unclassed=sum(event.beat_class < 0 for event, _ in beats),
        )


def rates(part: dict[str, Any]) -> dict[str, Any]:
    """Of a detection: counts, sensitivity, positive predictivity and their harmonic mean, F1."""
    tp, fn, fp = part["tp"], part["fn"], part["fp"]
    f1 = 2 * tp / (2 * tp + fn + fp) if tp + fn + fp else None
    shares = {"se": part["se"], "ppv": part["ppv"], "f1": f1}
    return {"tp": tp, "fn": fn, "fp": fp} | {k: None if v is None else round(v, 6) for k, v in shares.items()}


def summary(found: Sequence[Found]) -> dict[str, Any]:
    """Gross figures of records, live and annotated, ready for JSON."""
    live, annotated = (figures([getattr(each, way) for each in found]) for way in ("live", "annotated"))
    after = np.concatenate([each.after_s for each in found])
    return {
        "live": {kind: rates(live[kind]) for kind in ("QRS", "V", "S")},
        "annotated": {kind: rates(annotated[kind]) for kind in ("V", "S")},
        "latency_s": {
            "median": round(float(np.median(after)), 3),
            "99.9 %": round(float(np.quantile(after, 0.999)), 3),
        },
        "shut_down": round(live["shut_down_s"] / live["duration_s"], 6),
        "beats_without_class": sum(each.unclassed for each in found),
    }


def gross(found: Sequence[Found]) -> dict[str, Any]:
    """`summary`, and intervals over patients."""
    spread = {way: intervals([getattr(each, way) for each in found]) for way in ("live", "annotated")}
    return {"records": [each.live.record for each in found]} | summary(found) | {"intervals": spread}


def subsets(names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """(title, records) of the parts that have a result."""
    mitdb = registry.get("mitdb")
    yield "all", list(names)
    yield "without paced", [name for name in names if name not in mitdb.paced]
    yield "DS1", [name for name in names if name in mitdb.splits["ds1"]]
    yield "DS2", [name for name in names if name in mitdb.splits["ds2"]]


def results_of(model: TrainedModel, folder: Path, names: Sequence[str], options: argparse.Namespace) -> dict[str, Any]:
    """One model's results, which are printed as well."""
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as built:
        program = stream_host.build(Path(built) / "stream", "-O2", model=folder)
        streamer = Streamer(program, model, options.data, options)
        for name in names:
            found[name] = streamer.found(name)
            show(name, summary([found[name]]))
    parts = {title: gross([found[n] for n in part]) for title, part in subsets(names) if part}
    for title, part in parts.items():
        show(title, part)
    made = {"sha256": model.sha256, "runtime": model.runtime}
    return made | {"subsets": parts, "records": {name: summary([one]) for name, one in found.items()}}


def show(title: str, row: dict[str, Any]) -> None:
    """Prints a row of results."""
    kinds = [(f"{kind} {way}", row[way][kind]) for way in ("live", "annotated") for kind in row[way]]
    cells = [f"{name} {one['tp']} -{one['fn']} +{one['fp']}" for name, one in kinds]
    print(title, *cells, f"shut down {100 * row['shut_down']:.1f} %", row["latency_s"], sep="; ", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of MIT-BIH")
    parser.add_argument("--models", nargs="+", default=["small", "mixed"], help="names in firmware/models")
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
    models = {}
    for name in options.models:
        folder = stream_host.FIRMWARE / "models" / name
        models[name] = results_of(find(folder), folder, names, options)
    added = {"kind": options.kind, "snr_db": options.snr} if options.noise else None
    if options.json:
        write_json(options.json, {"about": ABOUT, "leads": options.leads, "noise": added, "models": models})


if __name__ == "__main__":
    main()
