import { type Matrix, residentOn } from '../matrix.ts';
import type { Session } from '../session/session.ts';
import type { Step } from '../session/step.ts';

/**
 * A buffer with the values of a matrix at its start, for reading within this step: its own where it lies on the device
 * from there on, a copy made on the device where it is a part of another, else one that is sent.
 */
export function matrixBuffer({ device }: Session, step: Step, matrix: Matrix, label: string): GPUBuffer {
  const resident = residentOn(device, matrix);
  if (resident === undefined) return step.upload(matrix.data, label);
  const { buffer, firstRow } = resident;
  if (firstRow === 0) return buffer;
  const { byteLength } = matrix.data;
  const copy = step.temporary(byteLength, label);
  step.encoder.copyBufferToBuffer(buffer, firstRow * matrix.d * 4, copy, 0, byteLength);
  return copy;
}
