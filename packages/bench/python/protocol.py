"""What the workers in Python share: packages/bench/src/worker/protocol.ts, answered on stdin and stdout."""

import importlib
import json
import os
import sys


class Unable(Exception):
    """Why there is no time: a status and a reason."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def load(name):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unable("absent", f"python3 has no {name}: {error}")


def limit_threads(count):
    """Threads of the BLAS libraries that are loaded."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise Unable("absent", "python3 has no threadpoolctl, which sets the number of threads")
    threadpool_limits(limits=count)


def read_array(task, name, dtype):
    import numpy

    return numpy.fromfile(os.path.join(task["folder"], name), dtype=dtype)


def serve(worker):
    """Answers calls by the worker's methods of their names until stdin ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"id": call["id"], "result": getattr(worker, call["method"])(call["params"])}
        except Unable as unable:
            answer = {"id": call["id"], "failure": {"status": unable.status, "reason": str(unable)}}
        except Exception as error:  # A failing candidate is a row of the table, not the end of the run.
            reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            answer = {"id": call["id"], "failure": {"status": "failed", "reason": reason}}
        print(json.dumps(answer, separators=(",", ":")), file=answers, flush=True)
