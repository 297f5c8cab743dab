import type { LossOptions, TrainState } from '../training/engine.ts';

interface Trainer {
  setState(state: TrainState): void;
  getState(): Promise<TrainState>;
  dispose(): Promise<void>;
}

/** What trains, compiled for one loss at a time: another loss takes its state over. */
export class LossSwitch<T extends Trainer> {
  readonly #compile: (loss: LossOptions) => Promise<T>;
  #loss: LossOptions;
  #trainer: T;

  private constructor(compile: (loss: LossOptions) => Promise<T>, loss: LossOptions, trainer: T) {
    this.#compile = compile;
    this.#loss = loss;
    this.#trainer = trainer;
  }

  static async create<T extends Trainer>(
    compile: (loss: LossOptions) => Promise<T>,
    loss: LossOptions,
  ): Promise<LossSwitch<T>> {
    return new LossSwitch(compile, loss, await compile(loss));
  }

  /** What trains now. */
  get trainer(): T {
    return this.#trainer;
  }

  /** The trainer of a loss, which is the same one for the same object. */
  async use(loss: LossOptions): Promise<T> {
    if (loss === this.#loss) return this.#trainer;
    const state = await this.#trainer.getState();
    // First, since both at once may be more than a device holds.
    await this.#trainer.dispose();
    this.#trainer = await this.#compile(loss);
    this.#loss = loss;
    this.#trainer.setState(state);
    return this.#trainer;
  }
}
