import { expect, it } from 'vitest';
import type { Task } from '../worker/protocol.ts';
import { adapterDevice, deviceDone } from './adapter-device.ts';

it('waits for a device that works, and gives up one that is lost', async () => {
  const { device } = await adapterDevice({ adapter: '' } as Task);
  await deviceDone(device);
  device.destroy();
  await expect(deviceDone(device)).rejects.toMatchObject({
    status: 'lost',
    message: expect.stringMatching(/^the device was lost \(destroyed\)/),
  });
});
