// SPDX-License-Identifier: MIT
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson } from '../../../src/factory/record/canonical-json.ts';

const canonical = suite('canonicalJson');

canonical('gives the example of RFC 8785, section 3.2.2, the form of section 3.2.4', () => {
  const value = JSON.parse(
    '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
  );
  const hex =
    '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b333333333333333333' +
    '2e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c753030' +
    '30665c6e4127425c225c5c5c5c5c222f227d';
  assert.is(Buffer.from(canonicalJson(value)).toString('hex'), hex);
});

canonical('sorts keys as RFC 8785, section 3.2.3, does: by UTF-16 code units', () => {
  const value = JSON.parse(
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
      '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
  );
  assert.equal(Object.values(JSON.parse(canonicalJson(value))).sort(), Object.values(value).sort());
  const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((found) => found[1]);
  assert.equal(order, [
    ...['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis'],
    ...['Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh'],
  ]);
});

canonical('writes numbers as appendix B does', () => {
  const samples: [hex: string, text: string][] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555556', '333333333.3333334'],
  ];
  for (const [hex, text] of samples) assert.is(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE()), text);
});

canonical('gives equal values equal bytes, whatever the order of their keys', () => {
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, turned(one)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value);
      assert.is(canonicalJson(turned(value)), text);
      assert.is(canonicalJson(JSON.parse(text)), text);
    }),
  );
});

canonical('refuses what JSON cannot say', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', ['\udc00'], () => 1, [undefined], 1n])
    assert.throws(() => canonicalJson(value), TypeError);
  let deep: unknown = 1;
  for (let n = 0; n < 100; n++) deep = [deep];
  assert.throws(() => canonicalJson(deep), /deeper than 64 levels/);
});

canonical.run();
