function tableOf(polynomial: number): Uint32Array {
  return new Uint32Array(256).map((_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0);
    return crc;
  });
}

function checksum(table: Uint32Array, bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 255];
  return (crc ^ 0xffffffff) >>> 0;
}

const ieee = tableOf(0xedb88320);
const castagnoli = tableOf(0x82f63b78);

/** CRC-32 of zip and PNG (polynomial 0xEDB88320, reflected). */
export function crc32(bytes: Uint8Array): number {
  return checksum(ieee, bytes);
}

/** CRC-32C of iSCSI and TFRecord (Castagnoli's polynomial 0x82F63B78, reflected; RFC 3720, appendix B.4). */
export function crc32c(bytes: Uint8Array): number {
  return checksum(castagnoli, bytes);
}
