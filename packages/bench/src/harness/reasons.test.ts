import { expect, it } from 'vitest';
import { withoutPaths } from './reasons.ts';

it.each([
  ['cannot open /home/someone/project/model.onnx: no such file', 'cannot open model.onnx: no such file'],
  ["Cannot find module 'file:///home/someone/x/peer.js'", "Cannot find module 'peer.js'"],
  ['C:\\Users\\someone\\python.exe does not start', 'python.exe does not start'],
  ['first line\nsecond line', 'first line'],
  ['error 3, allowed 1 GFLOP/s', 'error 3, allowed 1 GFLOP/s'],
])('%j', (reason, expected) => {
  expect(withoutPaths(reason)).toBe(expected);
});
