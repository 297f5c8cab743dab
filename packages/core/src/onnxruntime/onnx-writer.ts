/**
 * Writes ONNX models: the few protobuf messages that a graph of nodes needs. A kept library exists
 * (onnx-proto), but it brings 2 MB of generated code for what is a hundred lines here, and copies
 * every weight several times.
 */
import { bytesField, type Chunk, concat, floatField, intField } from '../files/protobuf.ts';

/** TensorProto.DataType */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const elementTypes = { float32: FLOAT, int32: INT32, int64: INT64 } as const;

/** Sizes that one session takes in every value have a name. */
type Dimension = number | string;
/** AttributeProto.AttributeType */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A node's attribute: a whole number, a list of them, a string, or { float }. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

function attribute(name: string, value: Attribute): Chunk {
  const named = bytesField(1, name);
  if (typeof value === 'number') return concat([named, intField(3, value), intField(20, ATTRIBUTE.int)]);
  if (typeof value === 'string') return concat([named, bytesField(4, value), intField(20, ATTRIBUTE.string)]);
  if ('float' in value) return concat([named, floatField(2, value.float), intField(20, ATTRIBUTE.float)]);
  return concat([named, ...value.map((item) => intField(8, item)), intField(20, ATTRIBUTE.ints)]);
}

function valueInfo(name: string, shape: readonly Dimension[], type: number): Chunk {
  const dims = shape.map((size) => bytesField(1, typeof size === 'string' ? bytesField(2, size) : intField(1, size)));
  const tensorType = concat([intField(1, type), bytesField(2, concat(dims))]);
  return concat([bytesField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

/** Builds one graph. Tensors are named by the caller or numbered; every method returns the name. */
export class OnnxGraphWriter {
  readonly #nodes: Chunk[] = [];
  readonly #inputs: Chunk[] = [];
  readonly #outputs: Chunk[] = [];
  readonly #initializers: Chunk[] = [];
  readonly #constants = new Map<string, string>();
  #count = 0;
  #layer = 'graph';

  /** Names the nodes that follow, so that ONNX Runtime's errors and profiles say which layer they belong to. */
  layer(name: string): void {
    this.#layer = name;
  }

  input(name: string, shape: readonly Dimension[], type: keyof typeof elementTypes = 'float32'): string {
    this.#inputs.push(bytesField(11, valueInfo(name, shape, elementTypes[type])));
    return name;
  }

  output(name: string, shape: readonly Dimension[], type: keyof typeof elementTypes = 'float32'): string {
    this.#outputs.push(bytesField(12, valueInfo(name, shape, elementTypes[type])));
    return name;
  }

  /** A float tensor that is part of the model. */
  floats(values: Float32Array, shape: readonly number[], name = `c${this.#count++}`): string {
    this.#initializer(name, shape, FLOAT, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return name;
  }

  scalar(value: number): string {
    return this.#once(`f${value}`, (name) => this.floats(Float32Array.of(value), [], name));
  }

  /** A list of whole numbers, as shapes and axes are given. */
  ints(values: readonly number[]): string {
    return this.#once(`i${values.join(',')}`, (name) => {
      const raw = new BigInt64Array(values.map(BigInt));
      this.#initializer(name, [values.length], INT64, new Uint8Array(raw.buffer));
      return name;
    });
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = output ?? `t${this.#count++}`;
    this.nodes(type, inputs, attributes, [name]);
    return name;
  }

  /** A node with several outputs. */
  nodes(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): readonly string[] {
    this.#nodes.push(
      bytesField(
        1,
        concat([
          ...inputs.map((name) => bytesField(1, name)),
          ...outputs.map((name) => bytesField(2, name)),
          bytesField(3, `${this.#layer}/${type}_${outputs[0]}`),
          bytesField(4, type),
          ...Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value))),
        ]),
      ),
    );
    return outputs;
  }

  temporary(): string {
    return `t${this.#count++}`;
  }

  /**
   * The model's bytes.
   * @param metadata what the file says of itself to whoever reads it
   */
  finish(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    const graph = concat([
      ...this.#nodes,
      bytesField(2, 'csx'),
      ...this.#initializers,
      ...this.#inputs,
      ...this.#outputs,
    ]);
    // IR version 8 goes with opset 17: the reductions take their axes as an attribute, ReduceSum as an input.
    const opset = concat([bytesField(1, ''), intField(2, 17)]);
    const properties = Object.entries(metadata).map(([key, value]) =>
      bytesField(14, concat([bytesField(1, key), bytesField(2, value)])),
    );
    return concat([intField(1, 8), bytesField(2, 'csx'), bytesField(7, graph), bytesField(8, opset), ...properties]);
  }

  #initializer(name: string, shape: readonly number[], type: number, raw: Chunk): void {
    const dims = shape.map((size) => intField(1, size));
    this.#initializers.push(
      bytesField(5, concat([...dims, intField(2, type), bytesField(8, name), bytesField(9, raw)])),
    );
  }

  #once(key: string, make: (name: string) => string): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = make(`k${this.#count++}`);
    this.#constants.set(key, name);
    return name;
  }
}
