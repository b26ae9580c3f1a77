import { createHash } from 'node:crypto';
import type { Dataset } from '../../lib/datasets/dataset';
import { relu } from '../../lib/models/activations';
import { batchNorm } from '../../lib/models/batchNorm';
import { conv2d } from '../../lib/models/conv2d';
import { mlp } from '../../lib/models/mlp';
import type { Weights } from '../../lib/models/module';
import { globalAveragePool } from '../../lib/models/pooling';
import { sequential } from '../../lib/models/sequential';
import { vicreg } from '../../lib/objectives/vicreg';
import type { RunOptions } from '../../lib/training/runOptions';
import type { TrainOptions } from '../../lib/training/trainingPlan';

/** Small images of `classes` colours with noise, deterministic: class c is bright in its own channel and place. */
export function coloredNoise(count: number, size = 8, classes = 3): Dataset {
  const images = new Uint8Array(count * size * size * 3);
  const labels = Int32Array.from({ length: count }, (_, n) => n % classes);
  let state = 12345;
  for (let i = 0; i < images.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const label = labels[Math.floor(i / (size * size * 3))]!;
    images[i] = ((state >>> 24) >> 1) + (i % 3 === label ? 100 : 0);
  }
  const checksum = createHash('sha256').update(images).digest('hex');
  const classNames = Array.from({ length: classes }, (_, c) => `colour ${c}`);
  const shape = { count, height: size, width: size, channels: 3 };
  return {
    name: 'coloredNoise',
    split: 'train',
    images,
    labels,
    ...shape,
    classNames,
    real: false,
    source: 'noise',
    checksum,
  };
}

/** A training of a fraction of a second: 6 steps of 8 images, 3 an epoch, with batch normalisation and dropped images. */
export function smallRun(options: Partial<TrainOptions> = {}): TrainOptions {
  const encoder = sequential('tiny', [8, 8, 3], {
    conv1: conv2d({ filters: 4, kernelSize: 3, padding: 1 }),
    bn1: batchNorm(),
    relu: relu(),
    pool: globalAveragePool(),
  });
  const networks = { encoder, projector: mlp({ sizes: [4, 8, 8], normalize: true, name: 'projector' }) };
  return { dataset: coloredNoise(26), networks, objective: vicreg(), epochs: 2, batchSize: 8, seed: 3, ...options };
}

/** All values of a training's weights, exactly. */
export function bits(weights: object): Record<string, number[]> {
  const all: Record<string, number[]> = {};
  for (const [network, own] of Object.entries(weights as Record<string, Weights>)) {
    for (const [name, value] of Object.entries(own)) all[`${network}.${name}`] = Array.from(value.dataSync());
  }
  return all;
}

/** 15 steps, each with a snapshot after it. */
export function snapshotRun(): RunOptions {
  return { name: 'each-step', ...smallRun({ epochs: 5, snapshots: 16 }) };
}

/** 60 steps, three an epoch. */
export function killedRun(): RunOptions {
  return { name: 'killed', ...smallRun({ epochs: 20 }) };
}
