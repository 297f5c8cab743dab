#!/usr/bin/env python3
"""imbalanced-learn as a candidate of the benchmark, see protocol.py.

    python3 samplers_peer.py

What its users write: `fit_resample` of the samplers with their defaults, on float32; SMOTE's search alone with the
estimator that it makes itself.
"""

import platform
import time

from protocol import Unable, limit_threads, load, read_array, serve


def make_sampler(part):
    over_sampling = load("imblearn.over_sampling")
    samplers = {
        "neighbors": over_sampling.SMOTE,
        "smote": over_sampling.SMOTE,
        "borderline-smote-1": over_sampling.BorderlineSMOTE,
        "adasyn": over_sampling.ADASYN,
    }
    return samplers[part](random_state=0)


class Worker:
    def open(self, task):
        start = time.perf_counter()
        if task["kind"] != "sampler":
            raise Unable("unsupported", f"not asked to do a {task['kind']}")
        import numpy

        self.numpy = numpy
        self.task = task
        self.sampler = make_sampler(task["part"])
        limit_threads(task["threads"])
        self.latents = read_array(task, "latents.f32", "<f4").reshape(task["n"], task["d"])
        self.labels = read_array(task, "labels.u32", "<u4")
        self.classes = [self.latents[self.labels == label] for label in task["treated"]]
        if task["part"] == "neighbors":
            self.sampler._validate_estimator()
        self.open_ms = (time.perf_counter() - start) * 1000

    def run(self):
        if self.task["part"] != "neighbors":
            return self.numpy.bincount(self.sampler.fit_resample(self.latents, self.labels)[1])
        search = self.sampler.nn_k_
        return [search.fit(rows).kneighbors(rows, return_distance=False) for rows in self.classes]

    def check(self, parameters):
        start = time.perf_counter()
        result = self.run()
        cold_ms = self.open_ms + (time.perf_counter() - start) * 1000
        flat = self.numpy.concatenate([self.numpy.ravel(part) for part in result]) if isinstance(result, list) else result
        flat.astype("<f4").tofile(parameters["file"])
        versions = {
            "imbalanced-learn": load("imblearn").__version__,
            "scikit-learn": load("sklearn").__version__,
            "python": platform.python_version(),
        }
        device = f"CPU, {self.task['threads']} threads"
        return {"versions": versions, "device": device, "wgsl": {}, "coldMs": cold_ms, "hasEndToEnd": False}

    def time(self, parameters):
        repeats = parameters["repeats"]
        start = time.perf_counter()
        for _ in range(repeats):
            self.run()
        return {"wallMs": (time.perf_counter() - start) * 1000 / repeats, "gpu": None}


if __name__ == "__main__":
    serve(Worker())
