#!/usr/bin/env python3
"""Searches of other libraries as candidates of the benchmark, see protocol.py.

    python3 nearest_peer.py faiss|sklearn

The calls that their users write, on float32: faiss.IndexFlatL2, and sklearn's pairwise_distances_argmin.
"""

import importlib
import platform
import sys
import time

from protocol import Unable, read_array, serve


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


def faiss_search(threads):
    faiss = load("faiss")
    faiss.omp_set_num_threads(threads)

    def search(query, base):
        index = faiss.IndexFlatL2(base.shape[1])
        index.add(base)
        return index.search(query, 1)[1][:, 0]

    return search


def sklearn_search(_threads):
    metrics = load("sklearn.metrics")
    return metrics.pairwise_distances_argmin


SEARCHES = {"faiss": faiss_search, "sklearn": sklearn_search}


class Worker:
    def __init__(self, library):
        self.library = library
        self.open_ms = 0.0

    def open(self, task):
        start = time.perf_counter()
        if task["kind"] != "nearest":
            raise Unable("unsupported", f"not asked to do a {task['kind']}")
        self.search = SEARCHES[self.library](task["threads"])
        limit_threads(task["threads"])
        self.threads = task["threads"]
        n, m, d = task["n"], task["m"], task["d"]
        self.query = read_array(task, "query.f32", "<f4").reshape(n, d)
        self.base = read_array(task, "base.f32", "<f4").reshape(m, d)
        self.open_ms = (time.perf_counter() - start) * 1000

    def check(self, parameters):
        start = time.perf_counter()
        found = self.search(self.query, self.base)
        cold_ms = self.open_ms + (time.perf_counter() - start) * 1000
        found.astype("<f4").tofile(parameters["file"])
        versions = {self.library: load(self.library).__version__, "python": platform.python_version()}
        device = f"CPU, {self.threads} threads"
        return {"versions": versions, "device": device, "wgsl": {}, "coldMs": cold_ms, "hasEndToEnd": False}

    def time(self, parameters):
        repeats = parameters["repeats"]
        start = time.perf_counter()
        for _ in range(repeats):
            self.search(self.query, self.base)
        return {"wallMs": (time.perf_counter() - start) * 1000 / repeats, "gpu": None}


if __name__ == "__main__":
    serve(Worker(sys.argv[1]))
