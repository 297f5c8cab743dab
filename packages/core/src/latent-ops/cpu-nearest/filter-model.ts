import { OnnxGraphWriter } from '../../onnxruntime/onnx-writer.ts';

/** Base rows whose smallest score stands for them at first. */
export const groupRows = 16;

/**
 * The filter as an ONNX model of any sizes: query [n, d + 1] and base [m, d + 1], m a multiple of `groupRows`, give
 * `scores` [n, count], the smallest products of each query with all base rows in ascending order, and `rows`, which rows
 * they belong to. `groupCount` is `count`, or the number of groups if that is less.
 *
 * The `count` smallest scores are in those `count` groups whose smallest scores are smallest, so that only these are
 * searched: a minimum of neighbors in memory costs far less than a place among the best.
 */
export function filterModel(): Uint8Array {
  const writer = new OnnxGraphWriter();
  writer.layer('nearest');
  writer.input('query', ['n', 'columns']);
  writer.input('base', ['m', 'columns']);
  writer.input('count', [1], 'int64');
  writer.input('groupCount', [1], 'int64');
  writer.output('scores', ['n', 'kept']);
  writer.output('rows', ['n', 'kept'], 'int32');
  const grouped = writer.node('Reshape', [
    writer.node('Gemm', ['query', 'base'], { transB: 1 }),
    writer.ints([0, -1, groupRows]),
  ]);
  const smallest = writer.node('ReduceMin', [grouped], { axes: [2], keepdims: 0 });
  const [, groups] = writer.nodes('TopK', [smallest, 'groupCount'], { axis: 1, largest: 0, sorted: 0 }, [
    writer.temporary(),
    writer.temporary(),
  ]) as [string, string];
  const members = writer.node('GatherND', [grouped, writer.node('Unsqueeze', [groups, writer.ints([2])])], {
    batch_dims: 1,
  });
  const [, places] = writer.nodes(
    'TopK',
    [writer.node('Reshape', [members, writer.ints([0, -1])]), 'count'],
    { axis: 1, largest: 0 },
    ['scores', writer.temporary()],
  ) as [string, string];
  const size = writer.ints([groupRows]);
  const group = writer.node('GatherElements', [groups, writer.node('Div', [places, size])], { axis: 1 });
  const rows = writer.node('Add', [writer.node('Mul', [group, size]), writer.node('Mod', [places, size])]);
  writer.node('Cast', [rows], { to: 6 }, 'rows');
  return writer.finish();
}
