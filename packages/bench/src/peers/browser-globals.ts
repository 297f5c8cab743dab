import { hostName } from '@csx/core/host';

/** What the WebGPU specification puts into the global scope of a browser: libraries made for it read it. */
const constants = {
  GPUBufferUsage: {
    MAP_READ: 0x1,
    MAP_WRITE: 0x2,
    COPY_SRC: 0x4,
    COPY_DST: 0x8,
    INDEX: 0x10,
    VERTEX: 0x20,
    UNIFORM: 0x40,
    STORAGE: 0x80,
    INDIRECT: 0x100,
    QUERY_RESOLVE: 0x200,
  },
  GPUMapMode: { READ: 0x1, WRITE: 0x2 },
  GPUShaderStage: { VERTEX: 0x1, FRAGMENT: 0x2, COMPUTE: 0x4 },
  GPUTextureUsage: {
    COPY_SRC: 0x1,
    COPY_DST: 0x2,
    TEXTURE_BINDING: 0x4,
    STORAGE_BINDING: 0x8,
    RENDER_ATTACHMENT: 0x10,
  },
};

/** Makes this process look like a browser whose only adapter gives `device`; of a browser, only the latter. */
export function actAsBrowser(device: GPUDevice): void {
  const { limits, features, adapterInfo: info } = device;
  const adapter = { limits, features, info, requestDevice: async () => device };
  const gpu = { requestAdapter: async () => adapter };
  if (hostName() === 'browser') {
    Object.defineProperty(globalThis.navigator, 'gpu', { configurable: true, value: gpu });
    return;
  }
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { userAgent: 'Node.js', gpu } });
  const buffer = device.createBuffer({ size: 4, usage: constants.GPUBufferUsage.STORAGE });
  const texture = device.createTexture({ size: [1], format: 'r32float', usage: constants.GPUTextureUsage.COPY_DST });
  // Asked for with `instanceof`.
  const classes = {
    GPUBuffer: buffer.constructor,
    GPUTexture: texture.constructor,
    GPUExternalTexture: class GPUExternalTexture {},
  };
  buffer.destroy();
  texture.destroy();
  Object.assign(globalThis, constants, classes);
}
