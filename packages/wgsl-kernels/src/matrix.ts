/** A row-major f32 matrix: `n` rows of `d` values, `data.length === n * d`. */
export interface Matrix {
  readonly data: Float32Array;
  readonly n: number;
  readonly d: number;
}
