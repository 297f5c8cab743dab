import { describe, expect, it } from 'vitest';
import { portableExp, portableLog } from './portable-exp-log.ts';

describe('portable exp and log', () => {
  it('exp agrees with Math.exp within three units in the last place', () => {
    for (let i = 0; i <= 20_000; i++) {
      const x = (-i * 700) / 20_000 - i * 1e-9;
      expect(Math.abs(portableExp(x) / Math.exp(x) - 1)).toBeLessThan(3 * 2 ** -52);
    }
  });

  it('exp is exact at 0 and falls to 0 through the subnormals', () => {
    expect(portableExp(0)).toBe(1);
    expect(portableExp(-745)).toBe(5e-324);
    expect(portableExp(-746)).toBe(0);
    expect(portableExp(-1e300)).toBe(0);
  });

  it('log agrees with Math.log within five units in the last place', () => {
    for (let i = 0; i <= 20_000; i++) {
      const s = 1 + i ** 2 * 1.37e-7 + i * 1e-3;
      expect(Math.abs(portableLog(s) - Math.log(s))).toBeLessThanOrEqual(5 * 2 ** -52 * Math.log(s));
    }
    expect(portableLog(1)).toBe(0);
  });

  it('returns the bits that every engine must return', () => {
    const digits = (x: number) => x.toPrecision(17);
    expect([-0.1, -1, -17.3, -400].map(portableExp).map(digits)).toMatchInlineSnapshot(`
      [
        "0.90483741803595952",
        "0.36787944117144233",
        "3.0669412945635550e-8",
        "1.9151695967140057e-174",
      ]
    `);
    expect([1.5, 2, 9, 99].map(portableLog).map(digits)).toMatchInlineSnapshot(`
      [
        "0.40546510810816438",
        "0.69314718055994529",
        "2.1972245773362196",
        "4.5951198501345898",
      ]
    `);
  });
});
