#!/usr/bin/env python3
"""Libraries on numpy's arrays as candidates of the benchmark, see protocol.py.

    python3 numpy_peer.py faiss|numpy|scipy|sklearn

The calls that their users write, on float32. What a kernel reads and gives is told by packages/bench/src/suites/kernels/.
"""

import platform
import sys
import time

from protocol import Unable, limit_threads, load, read_array, serve


def matrices(task, first, second):
    """Two sets of rows of the same width."""
    sizes = task if task["kind"] == "nearest" else task["shape"]
    n, m, d = sizes["n"], sizes["m"], sizes["d"]
    return read_array(task, f"{first}.f32", "<f4").reshape(n, d), read_array(task, f"{second}.f32", "<f4").reshape(m, d)


def faiss_nearest(faiss, task):
    faiss.omp_set_num_threads(task["threads"])
    query, base = matrices(task, "query", "base")

    def search():
        index = faiss.IndexFlatL2(base.shape[1])
        index.add(base)
        return index.search(query, 1)[1][:, 0]

    return search


def sklearn_nearest(metrics, task):
    query, base = matrices(task, "query", "base")
    return lambda: metrics.pairwise_distances_argmin(query, base)


def sklearn_distances(metrics, task):
    a, b = matrices(task, "a", "b")
    return lambda: metrics.pairwise.euclidean_distances(a, b, squared=True)


def scipy_distances(distance, task):
    a, b = matrices(task, "a", "b")
    return lambda: distance.cdist(a, b, "sqeuclidean")


def numpy_rank(numpy, task):
    scores = read_array(task, "scores.f32", "<f4")
    return lambda: numpy.argsort(scores, kind="stable")


def numpy_select(numpy, task):
    scores, count = read_array(task, "scores.f32", "<f4"), task["shape"]["count"]
    return lambda: numpy.argpartition(scores, count - 1)[:count]


# Library and task -> the module that does it, whether it takes threads, and how a call of it is made ready.
TASKS = {
    ("faiss", "nearest"): ("faiss", True, faiss_nearest),
    ("sklearn", "nearest"): ("sklearn.metrics", True, sklearn_nearest),
    ("sklearn", "pairwise-distance"): ("sklearn.metrics", True, sklearn_distances),
    ("scipy", "pairwise-distance"): ("scipy.spatial.distance", False, scipy_distances),
    ("numpy", "rank"): ("numpy", False, numpy_rank),
    ("numpy", "select"): ("numpy", False, numpy_select),
}


class Worker:
    def __init__(self, library):
        self.library = library
        self.open_ms = 0.0

    def open(self, task):
        start = time.perf_counter()
        name = task["kernel"] if task["kind"] == "kernel" else task["kind"]
        if (self.library, name) not in TASKS:
            raise Unable("unsupported", f"not asked to do {name}")
        module, has_threads, prepare = TASKS[self.library, name]
        loaded = load(module)
        self.threads = task["threads"] if has_threads else 1
        if has_threads:
            limit_threads(self.threads)
        self.compute = prepare(loaded, task)
        self.open_ms = (time.perf_counter() - start) * 1000

    def check(self, parameters):
        start = time.perf_counter()
        found = self.compute()
        cold_ms = self.open_ms + (time.perf_counter() - start) * 1000
        found.astype("<f4").tofile(parameters["file"])
        versions = {self.library: load(self.library).__version__, "python": platform.python_version()}
        device = f"CPU, {self.threads} thread{'' if self.threads == 1 else 's'}"
        return {"versions": versions, "device": device, "wgsl": {}, "coldMs": cold_ms, "hasEndToEnd": False}

    def time(self, parameters):
        repeats = parameters["repeats"]
        start = time.perf_counter()
        for _ in range(repeats):
            self.compute()
        return {"wallMs": (time.perf_counter() - start) * 1000 / repeats, "gpu": None}


if __name__ == "__main__":
    serve(Worker(sys.argv[1]))
