import { requestAdapter } from '@csx/core/host';
import { AdapterUnavailableError } from '@csx/wgsl-kernels';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../exit-code.ts';
import { chooseDevice } from './choose-device.ts';

const unavailable = new AdapterUnavailableError('adapter: only software adapters found', { hint: 'Install a driver.' });
const none = () => Promise.reject(unavailable);

describe('chooseDevice', () => {
  it('takes the CPU when asked, without looking for adapters', async () => {
    const look = () => Promise.reject(new Error('looked'));
    expect(await chooseDevice({ device: 'cpu', adapter: undefined }, look)).toEqual({
      kind: 'cpu',
      reason: 'on the CPU, as asked for',
    });
  });

  it('auto falls back to the CPU and says why', async () => {
    const chosen = await chooseDevice({ device: 'auto', adapter: undefined }, none);
    expect(chosen.kind).toBe('cpu');
    expect(chosen.reason).toContain('only software adapters found');
  });

  it('auto does not hide a failure of another kind', async () => {
    const broken = new Error('broken');
    await expect(chooseDevice({ device: 'auto', adapter: undefined }, () => Promise.reject(broken))).rejects.toBe(
      broken,
    );
  });

  it('gpu without a hardware adapter ends with 3 and the driver to install', async () => {
    const error: unknown = await chooseDevice({ device: 'gpu', adapter: undefined }, none).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBe(unavailable);
    expect(exitCodeOf(error)).toBe(3);
  });

  it('asks for hardware only, unless an adapter is named', async () => {
    const asked: unknown[] = [];
    const record = (request: unknown) => {
      asked.push(request);
      return Promise.reject(unavailable);
    };
    for (const adapter of [undefined, 'software', 'swiftshader']) {
      await expect(chooseDevice({ device: 'gpu', adapter }, record)).rejects.toBe(unavailable);
    }
    expect(asked).toEqual([{ kind: 'hardware' }, { kind: 'software' }, { adapter: 'swiftshader', kind: 'any' }]);
  });

  it('takes a real adapter by name, and auto only if it is hardware', async () => {
    const { adapter } = await requestAdapter({ kind: 'any' });
    const named = await chooseDevice({ device: 'gpu', adapter: adapter.name }, requestAdapter);
    if (named.kind !== 'gpu') throw new Error('expected the GPU');
    expect(named.host.adapter.name).toBe(adapter.name);
    expect(named.reason).toContain(adapter.isSoftware ? 'slower than --device cpu' : 'as named');
    const auto = await chooseDevice({ device: 'auto', adapter: undefined }, requestAdapter);
    expect(auto.kind).toBe(adapter.isSoftware ? 'cpu' : 'gpu');
  });

  it('refuses an adapter that is not there', async () => {
    const error: unknown = await chooseDevice({ device: 'gpu', adapter: 'voodoo-2' }, requestAdapter).catch(
      (reason: unknown) => reason,
    );
    expect(exitCodeOf(error)).toBe(3);
  });
});
