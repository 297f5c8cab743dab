"""
Reads the event files of a run with TensorBoard's own reader, which checks every checksum, and compares them with its record.
Needs the package tensorboard.

    csx run --tensorboard --out RUN
    python3 packages/core/scripts/check-tensorboard.py RUN
"""

import json
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = Path(sys.argv[1])
record = json.loads((run / "record.json").read_text())
first = len(record["backbone"]["epochs"])
series = [("backbone", record["backbone"]["epochs"], record["control"], 0)]
series += [(arm["name"], arm["epochs"], arm["evaluation"], first) for arm in record["arms"]]
for name, epochs, evaluation, before in series:
    events = EventAccumulator(str(run / "tensorboard" / name), size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()["scalars"]
    for measure in ("loss", "accuracy", "learningRate"):
        got = [(event.step, event.value) for event in events.Scalars(f"training/{measure}")]
        wanted = [(before + at + 1, epoch[measure]) for at, epoch in enumerate(epochs)]
        assert [step for step, _ in got] == [step for step, _ in wanted], (name, measure)
        assert all(abs(a - b) <= 1e-6 * abs(b) for (_, a), (_, b) in zip(got, wanted)), (name, measure)
    for tag in tags:
        figure = tag.removeprefix("test/")
        if figure in evaluation:
            [event] = events.Scalars(tag)
            assert abs(event.value - evaluation[figure]) <= 1e-6 * abs(evaluation[figure]), (name, tag)
    print(f"{name}: {len(tags)} tags, {len(epochs)} epochs")
