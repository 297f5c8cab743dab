/** Calls shorter than this waste what is done once a call; longer ones keep people waiting, and a driver's watchdog. */
const shortMs = 500;
const longMs = 2000;
const firstRows = 64;

/** How many query rows a call takes: doubled and halved until one takes about a second. Results do not depend on it. */
export function createCallPace(most: number) {
  let rows = Math.min(firstRows, most);
  let before = performance.now();
  return {
    rows: () => rows,
    /** A call has ended at `now`. */
    took(now: number): void {
      const ms = now - before;
      before = now;
      if (ms < shortMs) rows = Math.min(2 * rows, most);
      else if (ms > longMs) rows = Math.ceil(rows / 2);
    },
  };
}
