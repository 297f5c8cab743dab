export function zero(width: 1 | 2 | 4): string {
  return width === 1 ? '0f' : `vec${width}f()`;
}

/** One component of a value of `vectorType(width)`. */
export function component(value: string, width: 1 | 2 | 4, at: number): string {
  return width === 1 ? value : `${value}.${'xyzw'[at]}`;
}

/** 0, 1, ... count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
