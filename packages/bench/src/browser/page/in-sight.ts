/** What `document` tells of whether the page can be seen. */
export interface Sight {
  readonly hidden: boolean;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/** Resolves once the page can be seen. */
function seen(sight: Sight): Promise<void> {
  if (!sight.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (sight.hidden) return;
      sight.removeEventListener('visibilitychange', look);
      resolve();
    };
    sight.addEventListener('visibilitychange', look);
  });
}

/**
 * Does work that is timed while the page can be seen, since browsers throttle what is in the background: waits until it
 * can be, and does it once more if it was out of sight in between. `waiting` is told that it waits, and that it goes on.
 */
export async function whileInSight<T>(
  sight: Sight,
  work: () => Promise<T>,
  waiting: (is: boolean) => void,
): Promise<T> {
  for (;;) {
    if (sight.hidden) {
      waiting(true);
      await seen(sight);
      waiting(false);
    }
    let wasHidden = false;
    const look = () => {
      wasHidden ||= sight.hidden;
    };
    sight.addEventListener('visibilitychange', look);
    try {
      const result = await work();
      if (!wasHidden) return result;
    } finally {
      sight.removeEventListener('visibilitychange', look);
    }
  }
}
