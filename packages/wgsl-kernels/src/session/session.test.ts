import { afterEach, describe, expect, it } from 'vitest';
import { testDevice, testSession } from '../../test/support/device.ts';
import {
  bufferUsage,
  createSession,
  DeviceLostError,
  DisposedError,
  InvalidInputError,
  InvalidOptionError,
  KernelCompileError,
  KernelValidationError,
  LimitExceededError,
  type Session,
  type Step,
} from '../index.ts';

const double = {
  label: 'double',
  code: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
}`,
};

const open: Session[] = [];
async function makeSession(...options: Parameters<typeof testSession>): Promise<Session> {
  const session = await testSession(...options);
  open.push(session);
  return session;
}
afterEach(() => {
  for (const session of open.splice(0)) session.dispose();
});

async function doubled(session: Session, values: readonly number[]): Promise<number[]> {
  const pipeline = await session.pipeline(double);
  const size = values.length * 4;
  const [result] = await session.submit('double', (step) => {
    const x = step.upload(new Float32Array(values), 'x');
    const y = step.temporary(size, 'y');
    step.dispatch({
      label: 'double',
      pipeline,
      bindings: [
        { buffer: x, size },
        { buffer: y, size },
      ],
      workgroups: 1,
    });
    return [{ buffer: y, bytes: size }];
  });
  return [...new Float32Array(result)];
}

describe('session: submit', () => {
  it('uploads, dispatches and reads back', async () => {
    const session = await makeSession();
    expect(await doubled(session, [1, 2, 3])).toEqual([2, 4, 6]);
  });

  it('reads several buffers of any length with one copy, in order', async () => {
    const session = await makeSession();
    const results = await session.submit('read', (step) =>
      [1, 0, 7, 4].map((bytes) => {
        const data = Uint8Array.from({ length: bytes }, (_, at) => 10 * bytes + at);
        return { buffer: step.upload(data, `${bytes} bytes`), bytes };
      }),
    );
    expect(results.map((result) => [...new Uint8Array(result)])).toEqual([
      [10],
      [],
      [70, 71, 72, 73, 74, 75, 76],
      [40, 41, 42, 43],
    ]);
  });

  it('pads an upload with zeros, also into a used buffer and from the middle of an array', async () => {
    const session = await makeSession();
    const ones = new Uint8Array(64).fill(255);
    session.pool.release(session.upload(ones, 'used'));
    const buffer = session.upload(ones.subarray(3, 8), 'padded');
    const [result] = await session.submit('read', () => [{ buffer, bytes: 8 }]);
    expect([...new Uint8Array(result)]).toEqual([255, 255, 255, 255, 255, 0, 0, 0]);
    session.pool.release(buffer);
  });

  it('runs many at the same time without mixing them up', async () => {
    const session = await makeSession();
    const results = await Promise.all(Array.from({ length: 20 }, (_, at) => doubled(session, [at, -at])));
    expect(results).toEqual(Array.from({ length: 20 }, (_, at) => [2 * at, -2 * at]));
    expect(session.pool.stats().liveBytes).toBe(0);
  });

  it('reads nothing when nothing is asked for', async () => {
    const session = await makeSession();
    expect(await session.submit('nothing', () => [])).toEqual([]);
  });
});

describe('session: errors', () => {
  it('a shader that does not compile: label, line and column; not kept; others go on', async () => {
    const session = await makeSession();
    const broken = {
      label: 'broken',
      code: 'fn f() -> u32 {\n  return 1.5f;\n}\n@compute @workgroup_size(1) fn main() {}',
    };
    for (let time = 0; time < 2; time++) {
      const failure = session.pipeline(broken);
      await expect(failure).rejects.toBeInstanceOf(KernelCompileError);
      await expect(failure).rejects.toThrow(/broken:2:\d+/);
    }
    await expect(session.pipeline({ ...double, entryPoint: 'other' })).rejects.toBeInstanceOf(KernelCompileError);
    expect(await doubled(session, [4])).toEqual([8]);
  });

  it('compiles the same code once', async () => {
    const session = await makeSession();
    const [first, second] = await Promise.all([session.pipeline(double), session.pipeline({ ...double })]);
    expect(second).toBe(first);
    expect(await session.pipeline({ ...double, code: `${double.code}\n` })).not.toBe(first);
  });

  it('a command that WebGPU refuses rejects its own submission, and frees what it took', async () => {
    const session = await makeSession();
    const pipeline = await session.pipeline(double);
    const wrong = (step: Step) => {
      // The second binding is missing.
      const x = step.upload(new Float32Array(4), 'x');
      step.dispatch({ label: 'wrong', pipeline, bindings: [{ buffer: x }], workgroups: 1 });
      return [{ buffer: x, bytes: 16 }];
    };
    const both = [session.submit('wrong', wrong), doubled(session, [5])] as const;
    await expect(both[0]).rejects.toBeInstanceOf(KernelValidationError);
    await expect(both[0]).rejects.toThrow(/^wrong: /);
    expect(await both[1]).toEqual([10]);
    expect(session.pool.stats().liveBytes).toBe(0);
  });

  it('what the recording throws comes through unchanged', async () => {
    const session = await makeSession();
    const mine = new RangeError('mine');
    const failure = session.submit('throws', (step) => {
      step.temporary(100, 'taken');
      throw new InvalidInputError('theirs', { cause: mine });
    });
    await expect(failure).rejects.toMatchObject({ name: 'InvalidInputError', cause: mine });
    await expect(
      session.submit('throws', () => {
        throw mine;
      }),
    ).rejects.toBe(mine);
    expect(session.pool.stats().liveBytes).toBe(0);
    expect(await doubled(session, [1])).toEqual([2]);
  });

  it('an error that belongs to no call rejects the next one, once', async () => {
    const session = await makeSession();
    session.device.createBuffer({ size: 16, usage: 0xffff_0000 });
    session.device.createBuffer({ size: 16, usage: 0 });
    await session.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(doubled(session, [1])).rejects.toBeInstanceOf(KernelValidationError);
    expect(await doubled(session, [1])).toEqual([2]);
  });

  it('an upload larger than any buffer, a binding larger than its limit', async () => {
    const session = await makeSession({ maxBindingBytes: 1024 });
    expect(() => session.pool.acquire(session.device.limits.maxBufferSize + 4, bufferUsage.storage, 'huge')).toThrow(
      LimitExceededError,
    );
    const pipeline = await session.pipeline(double);
    const submitWith = (size: number) =>
      session.submit('large', (step) => {
        const [x, y] = [step.temporary(2048, 'x'), step.temporary(2048, 'y')];
        step.dispatch({
          label: 'large',
          pipeline,
          bindings: [
            { buffer: x, size },
            { buffer: y, size },
          ],
          workgroups: 1,
        });
        return [];
      });
    await expect(submitWith(1028)).rejects.toBeInstanceOf(LimitExceededError);
    await expect(submitWith(1024)).resolves.toEqual([]);
  });

  it('options that are none, or out of range', async () => {
    const { device } = await makeSession();
    expect(() => createSession(device, { poolLimit: 5 } as object)).toThrow(InvalidOptionError);
    expect(() => createSession(device, { poolLimitBytes: -1 })).toThrow(InvalidOptionError);
    expect(() => createSession(device, { poolLimitBytes: Number.NaN })).toThrow(InvalidOptionError);
    expect(() => createSession(device, { maxBindingBytes: 0 })).toThrow(InvalidOptionError);
  });
});

describe('session: the end', () => {
  it('disposed: pending and later calls reject, every buffer is destroyed, the device lives on', async () => {
    const session = await makeSession();
    const pending = doubled(session, [1, 2]);
    await session.pipeline(double);
    session.upload(new Float32Array(10), 'forgotten');
    const submitted = session.submit('pending', (step) => [{ buffer: step.temporary(16, 'x'), bytes: 16 }]);
    session.dispose();
    await expect(submitted).rejects.toBeInstanceOf(DisposedError);
    await expect(pending).rejects.toBeInstanceOf(DisposedError);
    await expect(session.pipeline(double)).rejects.toBeInstanceOf(DisposedError);
    await expect(session.submit('later', () => [])).rejects.toBeInstanceOf(DisposedError);
    expect(() => session.upload(new Float32Array(1), 'later')).toThrow(DisposedError);
    expect(session.pool.stats()).toMatchObject({ liveBytes: 0, liveCount: 0, pooledBytes: 0, pooledCount: 0 });
    expect(() => session.dispose()).not.toThrow();
    const other = await makeSession();
    expect(await doubled(other, [3])).toEqual([6]);
  });

  it('device lost: pending and later calls reject', async () => {
    const { device } = await testDevice();
    const session = createSession(device);
    expect(await doubled(session, [3])).toEqual([6]);
    const pending = [
      doubled(session, [1]),
      session.submit('pending', (step) => [{ buffer: step.temporary(16, 'x'), bytes: 16 }]),
    ];
    const compiling = session.pipeline({ ...double, code: `${double.code}// another` });
    device.destroy();
    for (const failure of [...pending, compiling]) await expect(failure).rejects.toBeInstanceOf(DeviceLostError);
    await expect(doubled(session, [1])).rejects.toBeInstanceOf(DeviceLostError);
    await expect(session.pipeline(double)).rejects.toBeInstanceOf(DeviceLostError);
    expect(() => session.upload(new Float32Array(1), 'later')).toThrow(DeviceLostError);
    session.dispose();
  });
});
