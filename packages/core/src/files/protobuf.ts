/** The few kinds of protobuf fields that our files are made of, encoded. */

const encoder = new TextEncoder();
export type Chunk = Uint8Array;

function varint(value: number | bigint): Chunk {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function concat(chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

export const intField = (field: number, value: number | bigint): Chunk => concat([varint(field << 3), varint(value)]);

export function bytesField(field: number, content: string | Chunk): Chunk {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  return concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

export function floatField(field: number, value: number): Chunk {
  return concat([varint((field << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)]);
}

export function doubleField(field: number, value: number): Chunk {
  return concat([varint((field << 3) | 1), new Uint8Array(Float64Array.of(value).buffer)]);
}
