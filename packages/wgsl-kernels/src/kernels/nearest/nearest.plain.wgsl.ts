import { loaded } from '../../wgsl/stored.wgsl.ts';
import { entry, four, type NearestTerms, scoreHeader, times, unscaled } from './nearest.common.wgsl.ts';
import { insertWgsl } from './nearest.insert.wgsl.ts';

/** Query rows of an invocation. */
export const plainQueries = 4;
/** Base rows that it takes at a time. */
export const plainBaseRows = 8;

/**
 * Pass 1, plain: each invocation ranks a stretch of the base for its few query rows, in registers, and keeps the best of
 * each. No workgroup memory, barrier or subgroup: for software adapters, where the first two are slow and the third may be
 * missing. The base values that all invocations of a workgroup read are the same.
 */
export function plainScoreWgsl({ candidates, filter }: Pick<NearestTerms, 'candidates' | 'filter'>): string {
  const vectors = plainBaseRows / 4;
  const sums = times(
    plainQueries * vectors,
    (at) => `var sum_${Math.floor(at / vectors)}_${at % vectors} = vec4f();`,
    '\n    ',
  );
  const products = (component: string) => `
      ${times(
        vectors,
        (vector) =>
          `let base_${component}_${vector} = vec4f(${times(4, (at) => `base_${4 * vector + at}.${component}`, ', ')});`,
        '\n      ',
      )}
      ${times(
        plainQueries * vectors,
        (at) => {
          const query = Math.floor(at / vectors);
          const sum = `sum_${query}_${at % vectors}`;
          return `${sum} = fma(vec4f(query_${query}.${component}), base_${component}_${at % vectors}, ${sum});`;
        },
        '\n      ',
      )}`;
  return /* wgsl */ `${scoreHeader(filter)}
${insertWgsl(candidates, plainQueries)}
${entry}
  let query_groups = params.queries / ${plainQueries}u;
  let first_query = (id % query_groups) * ${plainQueries}u;
  let split = id / query_groups;
  if (split >= params.splits) { return; }
  clear();
  ${times(plainQueries, (query) => `var worst_${query} = far;`, '\n  ')}
  let quads = params.depth / 4u;
  let end = min(params.base_rows, (split + 1u) * params.rows_per_split);
  for (var row = split * params.rows_per_split; row < end; row += ${plainBaseRows}u) {
    ${sums}
    for (var j = 0u; j < quads; j++) {
      ${times(plainQueries, (at) => `let query_${at} = ${loaded(`query_rows[(first_query + ${at}u) * quads + j]`, 4, filter)};`, '\n      ')}
      ${times(plainBaseRows, (at) => `let base_${at} = ${loaded(`base_rows[(row + ${at}u) * quads + j]`, 4, filter)};`, '\n      ')}
      ${['x', 'y', 'z', 'w'].map(products).join('')}
    }
    ${times(
      vectors,
      (vector) => /* wgsl */ `{
      let first = row + ${4 * vector}u;
      let norms = ${four('base_norms', 'first')};
      ${filter === 'f16' ? `let factors = ${four('base_factors', 'first')};` : ''}
      ${times(
        plainQueries,
        (
          query,
        ) => /* wgsl */ `let scores_${query} = norms - 2f * ${unscaled(filter, `sum_${query}_${vector}`, `query_factors[first_query + ${query}u]`, 'factors')};
      if (any(scores_${query} < vec4f(worst_${query}))) {
        for (var at = 0u; at < 4u; at++) { worst_${query} = insert(${query}u, scores_${query}[at], params.first_row + first + at); }
      }`,
        '\n      ',
      )}
    }`,
      '\n    ',
    )}
  }
  for (var query = 0u; query < ${plainQueries}u; query++) { store(query, params.first_list + split, first_query + query); }
}
`;
}
