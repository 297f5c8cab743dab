import { DataFormatError } from '@csx/wgsl-kernels';

const maxDepth = 16;

/**
 * Checks a structure in Thrift's compact protocol before a library reads it: every list and text is at most as long as the
 * bytes that follow, so that reading allocates no more than some times its size, and structures are not nested deeply.
 *
 * @throws DataFormatError naming the file.
 */
export function checkThrift(bytes: Uint8Array, name: string): void {
  let at = 0;
  const damaged = () => new DataFormatError(`${name}: its footer is damaged`, { hint: 'Write the file again.' });
  const byte = () => {
    if (at >= bytes.length) throw damaged();
    return bytes[at++];
  };
  const varint = () => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const part = byte();
      value += (part & 127) * 2 ** shift;
      if (part < 128) return value;
    }
    throw damaged();
  };
  const skip = (count: number) => {
    if (count > bytes.length - at) throw damaged();
    at += count;
  };
  const element = (type: number, depth: number) => {
    if (type === 3) skip(1);
    else if (type >= 4 && type <= 6) varint();
    else if (type === 7) skip(8);
    else if (type === 8) skip(varint());
    else if (type === 9 || type === 10) {
      const head = byte();
      const count = head >> 4 === 15 ? varint() : head >> 4;
      // Each takes a byte at least.
      if (count > bytes.length - at) throw damaged();
      const inner = head & 15;
      for (let i = 0; i < count; i++) element(inner === 1 || inner === 2 ? 3 : inner, depth + 1);
    } else if (type === 12) structure(depth + 1);
    else if (type !== 1 && type !== 2) throw damaged();
  };
  const structure = (depth: number) => {
    if (depth > maxDepth) throw damaged();
    for (let field = byte(); (field & 15) !== 0; field = byte()) {
      if (field >> 4 === 0) varint();
      element(field & 15, depth);
    }
  };
  structure(0);
}
