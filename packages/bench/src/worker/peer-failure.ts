import type { FailureStatus } from './protocol.ts';

/** Why a candidate gives no time. */
export class PeerFailure extends Error {
  readonly status: FailureStatus;

  constructor(status: FailureStatus, reason: string) {
    super(reason);
    this.name = 'PeerFailure';
    this.status = status;
  }
}

const missingModule = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/** The failure that an error stands for. */
export function toPeerFailure(error: unknown): PeerFailure {
  if (error instanceof PeerFailure) return error;
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  if (code === 'ADAPTER_UNAVAILABLE') return new PeerFailure('absent', message);
  if (code === 'DEVICE_LOST') return new PeerFailure('lost', message);
  if (typeof code === 'string' && missingModule.has(code)) {
    const name = /'([^']+)'/.exec(message)?.[1] ?? 'a package';
    return new PeerFailure('absent', `the npm package ${name} is not installed`);
  }
  return new PeerFailure('failed', message);
}
