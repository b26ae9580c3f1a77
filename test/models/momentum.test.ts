import { expect, test } from 'vitest';
import { key, normal } from '../../lib/engine/random';
import { tf } from '../../lib/engine/tensorflow';
import { momentumUpdate } from '../../lib/models/momentum';
import { predictor } from '../../lib/models/predictor';
import { copyWeights, disposeWeights } from '../../lib/models/weights';
import { expectNoLeak } from '../matchers';

const module = predictor({ inputSize: 3, hidden: 4 });

test('target ← τ target + (1 − τ) online; running statistics and the online weights stay', async () => {
  const [online, target] = [module.init(key(1)), module.init(key(2))];
  tf.dispose(module.apply(online, normal(key(3), [8, 3]), { training: true }));
  const [onlineBefore, targetBefore] = [copyWeights(online), copyWeights(target)];
  await expectNoLeak(() => momentumUpdate(target, online, 0.9));
  for (const name of Object.keys(online)) {
    const [a, b] = [targetBefore[name]!, onlineBefore[name]!];
    expect(online[name]!).toMatchNumbers(b, { rtol: 0, atol: 0 });
    expect(target[name]!).toMatchNumbers(name.includes('running') ? a : a.mul(0.9).add(b.mul(0.1)));
  }
  expect(online['bn1.running_mean']!.dataSync()).not.toEqual(target['bn1.running_mean']!.dataSync());
});

test('τ = 1 moves nothing, τ = 0 copies, and the copy stands alone', () => {
  const [online, target] = [module.init(key(1)), module.init(key(2))];
  const before = target['fc1.weight']!.dataSync();
  momentumUpdate(target, online, 1);
  expect(target['fc1.weight']!.dataSync()).toEqual(before);
  momentumUpdate(target, online, 0);
  const copied = online['fc1.weight']!.dataSync();
  disposeWeights(online);
  expect(target['fc1.weight']!.dataSync()).toEqual(copied);
});

test('a copy of the online weights stays exactly that over many steps', () => {
  const online = module.init(key(1));
  const target = copyWeights(online);
  for (let step = 0; step < 200; step++) momentumUpdate(target, online, 0.996);
  expect(target['fc1.weight']!).toMatchNumbers(online['fc1.weight']!, { rtol: 0, atol: 0 });
});

test('unfit arguments', () => {
  const w = module.init(key(1));
  expect(() => momentumUpdate(w, w, 1.1)).toThrow('momentumUpdate: expected tau from 0 to 1, got 1.1');
  expect(() => momentumUpdate(w, w, Number.NaN)).toThrow('got NaN');
  const other = predictor({ inputSize: 3, hidden: 5 }).init(key(1));
  expect(() => momentumUpdate(w, other, 0.9)).toThrow(/got 'fc1.weight' \[3, 4\] in target and \[3, 5\] in online/);
  expect(() => momentumUpdate({}, w, 0.9)).toThrow(/got 'fc1.weight' none in target/);
});
