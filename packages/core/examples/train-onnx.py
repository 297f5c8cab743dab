import numpy as np
import onnxruntime


def train(folder, batches, rate):
    """Trains the exported files of a folder; batches are (inputs, labels), two float32 arrays each."""
    start, step = (onnxruntime.InferenceSession(f"{folder}/{name}.onnx") for name in ("start", "step"))
    run = lambda session, feeds: dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))
    state, losses = run(start, {}), []
    for inputs, labels in batches:
        outputs = run(step, {"inputs": inputs, "labels": labels, "learningRate": np.array(rate, np.float32), **state})
        state = {name: outputs["next:" + name] for name in state}
        losses.append(float(outputs["loss"]))
    return state, losses
