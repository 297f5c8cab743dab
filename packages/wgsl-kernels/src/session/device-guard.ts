import {
  CsxError,
  DeviceLostError,
  DisposedError,
  GpuOutOfMemoryError,
  InvariantError,
  KernelValidationError,
} from '../errors.ts';

/** Watches a device: what is pending is rejected when the device is lost or the session disposed. */
export interface DeviceGuard {
  /** Throws if the device is lost, the session disposed or an uncaptured error waits to be told. */
  check(): void;
  /** Runs `work` inside error scopes; rejects with the first error of the scopes, the work, or the device. */
  scoped<T>(what: string, work: () => T | Promise<T>): Promise<Awaited<T>>;
  dispose(): void;
}

/** How promises of a lost device are rejected. */
const lostNames: readonly string[] = ['AbortError', 'OperationError', 'InvalidStateError'];
const lostDelayMs = 200;

const filters = ['internal', 'out-of-memory', 'validation'] as const;

function toError(what: string, error: GPUError): CsxError {
  // The constructors are not global in every runtime, so the class is told by its name.
  const kind = error.constructor.name;
  if (kind === 'GPUOutOfMemoryError') {
    return new GpuOutOfMemoryError(`${what}: the device could not allocate: ${error.message}`, {
      hint: 'Use smaller batches, or close other programs that use the GPU.',
    });
  }
  return new KernelValidationError(`${what}: ${error.message}`);
}

/** Listens to the device from now on. */
export function createDeviceGuard(device: GPUDevice): DeviceGuard {
  const pending = new Set<(reason: CsxError) => void>();
  let ended: CsxError | undefined;
  let uncaptured: CsxError | undefined;

  const end = (reason: CsxError) => {
    if (ended) return;
    ended = reason;
    for (const reject of pending) reject(reason);
    pending.clear();
  };

  const onUncaptured = (event: GPUUncapturedErrorEvent) => {
    event.preventDefault();
    uncaptured ??= toError('device', event.error);
  };
  device.addEventListener('uncapturederror', onUncaptured);
  const lost = device.lost.then((info) =>
    end(
      new DeviceLostError(`device lost (${info.reason}): ${info.message || 'no reason given'}`, {
        hint: 'Request a new device and start again; a run continues from its last checkpoint with --resume.',
      }),
    ),
  );

  const check = () => {
    if (ended) throw ended;
    if (uncaptured) {
      const first = uncaptured;
      uncaptured = undefined;
      throw first;
    }
  };

  // Not Promise.race with `device.lost`: every race would leave a reaction on that promise for as long as it lives.
  const orEnded = <T>(promise: Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      pending.add(reject);
      promise.then(resolve, reject).finally(() => pending.delete(reject));
    });

  return {
    check,
    async scoped<T>(what: string, work: () => T | Promise<T>): Promise<Awaited<T>> {
      check();
      for (const filter of filters.toReversed()) device.pushErrorScope(filter);
      let result: Promise<Awaited<T>>;
      try {
        result = Promise.resolve(work());
      } catch (error) {
        result = Promise.reject(error);
      }
      // Popped at once, in the turn they were pushed in: what runs between two awaits stays in its own scopes.
      const scopes = Promise.all(filters.map(() => device.popErrorScope()));
      const outcome = Promise.allSettled([scopes, result]);
      const [scope, value] = await orEnded(outcome);
      if (scope.status === 'fulfilled') {
        const error = scope.value.find((entry) => entry !== null);
        if (error) throw toError(what, error);
      }
      if (value.status === 'fulfilled' && scope.status === 'fulfilled') {
        check();
        return value.value;
      }
      const reason: unknown = value.status === 'rejected' ? value.reason : (scope as PromiseRejectedResult).reason;
      if (reason instanceof CsxError) throw reason;
      if (reason instanceof Error && reason.name === 'GPUPipelineError') {
        throw new KernelValidationError(`${what}: ${reason.message}`, { cause: reason });
      }
      if (!(reason instanceof Error && lostNames.includes(reason.name))) throw reason;
      // A map or a scope is rejected a moment before `device.lost` resolves.
      await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, lostDelayMs))]);
      check();
      throw new InvariantError(`${what}: failed without a device error: ${reason.message}`, { cause: reason });
    },
    dispose() {
      device.removeEventListener('uncapturederror', onUncaptured);
      end(new DisposedError('session: already disposed', { hint: 'Create a new session.' }));
    },
  };
}
