"""Kernels as PyTorch's users write them. What each reads and gives is told by packages/bench/src/suites/kernels/."""

from protocol import read_array


class Kernel:
    """One kernel on tensors of the device: `compute` gives the tensors that are judged, one behind the other."""

    def __init__(self, torch, task, device):
        self.torch, self.device, self.shape = torch, device, task["shape"]
        self.task = task
        self.prepare(**self.shape)

    def floats(self, name, *shape):
        return self.torch.from_numpy(read_array(self.task, f"{name}.f32", "<f4")).reshape(shape).to(self.device)

    def words(self, name):
        return self.torch.from_numpy(read_array(self.task, f"{name}.u32", "<u4").astype("int64")).to(self.device)

    def check(self):
        with self.torch.no_grad():
            results = self.compute()
        return self.torch.cat([result.reshape(-1).float() for result in results]).cpu().numpy()

    def run(self, repeats):
        with self.torch.no_grad():
            for _ in range(repeats):
                self.compute()


class PairwiseDistance(Kernel):
    def prepare(self, n, m, d, **_):
        self.a, self.b = self.floats("a", n, d), self.floats("b", m, d)

    def compute(self):
        return [self.torch.cdist(self.a, self.b).square_()]


class ClassMeans(Kernel):
    def prepare(self, n, d, classCount, **_):
        self.latents, self.labels, self.count = self.floats("latents", n, d), self.words("labels"), classCount
        self.rows = self.torch.bincount(self.labels, minlength=classCount)[:, None]

    def compute(self):
        sums = self.torch.zeros(self.count, self.latents.shape[1], device=self.device)
        return [sums.index_add_(0, self.labels, self.latents) / self.rows]


class Select(Kernel):
    def prepare(self, n, count, **_):
        self.scores, self.count = self.floats("scores", n), count

    def compute(self):
        return [self.torch.topk(self.scores, self.count, largest=False, sorted=False).indices]


class Rank(Kernel):
    def prepare(self, n, **_):
        self.scores = self.floats("scores", n)

    def compute(self):
        return [self.torch.argsort(self.scores)]


class Extrapolate(Kernel):
    def prepare(self, n, d, gamma, pMax, pMin, bias, **_):
        self.latents, self.weights = self.floats("latents", n, d), self.floats("weights", d)
        self.minor, self.major = self.words("minorRows"), self.words("majorRows")
        self.factor, self.least, self.bias = gamma * pMax, pMin, bias

    def compute(self):
        minor, major = self.latents[self.minor], self.latents[self.major]
        ratio = (major @ self.weights + self.bias).abs() / (minor @ self.weights + self.bias).abs()
        weight = (0.5 + self.factor * (ratio.clamp(min=1) - 1)).clamp(self.least, 1)
        return [self.torch.lerp(major, minor, weight[:, None]), weight]


class Dense(Kernel):
    def prepare(self, rows, inFeatures, outFeatures, **_):
        x = self.floats("input", rows, inFeatures)
        w = self.floats("filter", inFeatures, outFeatures)
        dy = self.floats("outputGradient", rows, outFeatures)
        self.a, self.b = {
            "forward": (x, w),
            "input gradient": (dy, w.t()),
            "filter gradient": (x.t(), dy),
        }[self.shape["pass"]]

    def compute(self):
        return [self.a @ self.b]


class SoftmaxCrossEntropy(Kernel):
    def prepare(self, rows, classCount, **_):
        self.logits, self.labels = self.floats("logits", rows, classCount), self.words("labels")
        self.rest = self.torch.tensor([rows, 0.0], device=self.device)

    def compute(self):
        with self.torch.enable_grad():
            logits = self.logits.detach().requires_grad_()
            loss = self.torch.nn.functional.cross_entropy(logits, self.labels)
            loss.backward()
        correct = (self.logits.argmax(1) == self.labels).sum().float()
        return [logits.grad, loss.detach(), correct, self.rest]


KERNELS = {
    "pairwise-distance": PairwiseDistance,
    "class-means": ClassMeans,
    "select": Select,
    "rank": Rank,
    "extrapolate": Extrapolate,
    "dense": Dense,
    "softmax-cross-entropy": SoftmaxCrossEntropy,
}
