import { crc32c } from './crc32.ts';
import { bytesField, type Chunk, concat, doubleField, floatField, intField } from './protobuf.ts';

/** A number at a step of a training, as TensorBoard shows it. */
export interface ScalarEvent {
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/**
 * A TensorBoard event file of scalars: TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of them) of Event
 * messages, the first of which names the version.
 * @param wallTime seconds since 1970, of every event: what happened when is not kept
 */
export function writeEventFile(events: readonly ScalarEvent[], wallTime: number): Uint8Array<ArrayBuffer> {
  const event = (step: number, what: Chunk) => concat([doubleField(1, wallTime), intField(2, step), what]);
  return concat([
    record(event(0, bytesField(3, 'brain.Event:2'))),
    ...events.map(({ tag, step, value }) => {
      const summary = bytesField(1, concat([bytesField(1, tag), floatField(2, value)]));
      return record(event(step, bytesField(5, summary)));
    }),
  ]);
}

function record(data: Chunk): Chunk {
  const length = new Uint8Array(BigUint64Array.of(BigInt(data.length)).buffer);
  return concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** Rotated and offset, since a CRC of data that hold their own CRC says nothing. */
function maskedCrc(bytes: Chunk): Chunk {
  const crc = crc32c(bytes);
  const rotated = ((crc >>> 15) | (crc << 17)) >>> 0;
  return new Uint8Array(Uint32Array.of(rotated + 0xa282ead8).buffer);
}
