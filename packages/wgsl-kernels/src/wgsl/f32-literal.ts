/** The WGSL literal of a number as an f32. */
export function f32Literal(value: number): string {
  return `${Math.fround(value)}f`;
}
