/** A row-major f32 matrix: `n` rows of `d` values, `data.length === n * d`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly n: number;
  readonly d: number;
  /** Where the same values lie on a device; kernels on that device take them from there. */
  readonly resident?: ResidentMatrix | undefined;
}

/** The values of a matrix on a device. They belong to whoever put them there. */
export interface ResidentMatrix {
  readonly device: GPUDevice;
  readonly buffer: GPUBuffer;
  /** The row of the buffer, counted in the matrix's own width, at which the matrix begins. */
  readonly firstRow: number;
  /** The matrix's `data`: a matrix with other values is not there. */
  readonly data: Float32Array;
}

/** Where a matrix lies on the device; undefined where it does not. */
export function residentOn(device: GPUDevice, { data, resident }: Matrix): ResidentMatrix | undefined {
  return resident?.device === device && resident.data === data ? resident : undefined;
}
