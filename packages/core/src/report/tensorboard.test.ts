import { describe, expect, it } from 'vitest';
import { madeUpRecord } from '../../test/support/made-up-record.ts';
import { crc32c } from '../files/crc32.ts';
import { writeEventFile } from '../files/event-file.ts';
import { tensorboardFiles } from './tensorboard.ts';

describe('crc32c', () => {
  it('gives the published values', () => {
    // RFC 3720, appendix B.4, whose bytes are in the order of the wire.
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });
});

/** The fields of a protobuf message: number -> values, of which the nested ones stay bytes. */
function readMessage(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[take(1)];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const chunk = () => {
    const length = varint();
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const readers: Record<number, () => number | Uint8Array> = {
    0: varint,
    1: () => view.getFloat64(take(8), true),
    2: chunk,
    5: () => view.getFloat32(take(4), true),
  };
  while (at < bytes.length) {
    const key = varint();
    const value = readers[key & 7]();
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

/** Records whose checksums are right. */
function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(unmask(view.getUint32(at + 8, true))).toBe(crc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmask(view.getUint32(at + 12 + length, true))).toBe(crc32c(data));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);

function readScalars(file: Uint8Array): { tag: string; step: number; value: number; wallTime: number }[] {
  const [head, ...records] = readRecords(file).map(readMessage);
  expect(text(head.get(3)?.[0])).toBe('brain.Event:2');
  return records.map((event) => {
    const [summary] = event.get(5) as Uint8Array[];
    const value = readMessage(readMessage(summary).get(1)?.[0] as Uint8Array);
    return {
      tag: text(value.get(1)?.[0]),
      step: event.get(2)?.[0] as number,
      value: value.get(2)?.[0] as number,
      wallTime: event.get(1)?.[0] as number,
    };
  });
}

describe('TensorBoard event files', () => {
  it('hold their scalars, also none, with steps and times beyond 32 bits', () => {
    const events = [
      { tag: 'a', step: 1, value: 0.5 },
      { tag: 'test/é', step: 2 ** 33 + 1, value: -3 },
      { tag: 'a', step: 300, value: 1e-30 },
    ];
    const read = readScalars(writeEventFile(events, 1_790_000_000.25));
    expect(read).toEqual(
      events.map((event) => ({ ...event, value: Math.fround(event.value), wallTime: 1_790_000_000.25 })),
    );
    expect(readScalars(writeEventFile([], 0))).toEqual([]);
  });

  it('show a run: its backbone, and each arm from where it ends', () => {
    const record = madeUpRecord({ arms: ['none', 'focal'], testCount: 20 });
    record.arms[1].epochs = [{ loss: 0.25, accuracy: 0.5, learningRate: 0.01 }];
    const files = tensorboardFiles(record);
    const names = [...files.keys()];
    expect(names).toEqual(
      ['backbone', 'none', 'focal'].map((name) =>
        expect.stringMatching(new RegExp(`^tensorboard/${name}/events\\.out\\.tfevents\\.\\d+\\.csx$`)),
      ),
    );
    const [backbone, , focal] = [...files.values()].map(readScalars);
    const first = record.backbone.epochs[0];
    expect(backbone[0]).toMatchObject({ tag: 'training/loss', step: 1, value: Math.fround(first.loss) });
    const accuracy = { tag: 'test/accuracy', value: Math.fround(record.control.accuracy) };
    expect(backbone.find(({ tag }) => tag === 'test/accuracy')).toMatchObject({ ...accuracy, step: 10 });
    expect(focal[0]).toMatchObject({ tag: 'training/loss', step: 11, value: 0.25 });
    expect(focal.at(-1)).toMatchObject({ tag: 'test/averagePrecision/cat-dog', step: 11 });
    expect(tensorboardFiles(record)).toEqual(files);
  });
});
