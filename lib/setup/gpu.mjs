import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { setUpAgain } from './finding.mjs';

/** @typedef {import('./finding.mjs').Finding} Finding */

/**
 * @typedef {object} Driver
 * @property {boolean} seen whether the set-up chooses the CUDA build by itself
 * @property {string[]} cards "NVIDIA H200, 139.8 GiB", one each
 */

/**
 * The NVIDIA driver as it tells of itself, by its own program where that is there.
 * @returns {Driver}
 */
export function findDriver() {
  const seen = fs.existsSync('/proc/driver/nvidia/version');
  const { status, stdout } = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'],
    { encoding: 'utf8', timeout: 20_000 },
  );
  const cards = (status === 0 ? stdout.trim().split('\n') : []).filter(Boolean).map((line) => {
    const [name, mebibytes, version] = line.split(', ');
    return `${name}, ${(Number(mebibytes) / 1024).toFixed(1)} GiB, driver ${version}`;
  });
  return { seen, cards };
}

/**
 * What the numbers are computed on, and what keeps a GPU from it.
 * @param {import('./preflight.mjs').EngineKind} kind the build that is chosen
 * @param {import('./engine.mjs').EngineReport} engine
 * @param {Driver} [driver]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Omit<Finding, 'item' | 'needed'>}
 */
export function deviceFinding(kind, engine, driver = findDriver(), env = process.env) {
  const speed = `a 1024³ product at ${engine.gigaflops} GFLOP/s now`;
  const isThere = driver.seen || driver.cards.length > 0;
  const cards = driver.cards.join('; ') || 'an NVIDIA GPU';
  if (engine.gpu) return { state: 'ok', found: `GPU: ${cards}; ${speed}` };
  const cpu = `CPU; ${speed}`;
  if (kind === 'cuda') {
    const said = engine.messages
      .match(/[^\n]*(?:cuda|cudnn|gpu libraries|dlopen)[^\n]*/i)?.[0]
      ?.replace(/^[IWE]\d{4} \S+\s+\d+ \S+\] /, '');
    return {
      state: isThere ? 'broken' : 'note',
      found: `${cpu}, though the CUDA build is installed${said ? ` (TensorFlow: ${said.trim()})` : ''}`,
      remedy: isThere
        ? `see that nvidia-smi lists the GPU and its driver is new enough for CUDA 12, then ${setUpAgain}`
        : 'install the NVIDIA driver; or unset INFOSSL_ENGINE for the smaller CPU build',
    };
  }
  if (!isThere) return { state: 'ok', found: `${cpu}; no NVIDIA driver here` };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { state: 'note', found: `${cpu}; ${cards} is here, but the CUDA build is published for linux-x64 only` };
  }
  const chosen =
    env.INFOSSL_ENGINE === 'cpu' ? 'INFOSSL_ENGINE=cpu chooses the CPU' : 'the set-up did not see its driver';
  return {
    state: 'note',
    found: `${cpu}; ${cards} is here, but ${chosen}`,
    remedy: `INFOSSL_ENGINE=cuda ${setUpAgain} (3 GB), and set INFOSSL_ENGINE=cuda for the other commands too`,
  };
}
