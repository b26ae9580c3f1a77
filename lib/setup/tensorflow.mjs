import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setUpAgain } from './finding.mjs';
import { SetupProblem } from './problem.mjs';
import { runProcess } from './process.mjs';
import { venvPython } from './python.mjs';
import { isStamped, removeStamp, writeStamp } from './step.mjs';

/** @typedef {import('./step.mjs').Step} Step */
/** @typedef {import('./preflight.mjs').EngineKind} EngineKind */

const version = '2.21.0';

// NVIDIA's wheels that tensorflow[and-cuda] asks for.
const cudaWheels = [
  'nvidia-cublas-cu12==12.9.3.13',
  'nvidia-cuda-cupti-cu12==12.9.79',
  'nvidia-cuda-nvcc-cu12==12.9.86',
  'nvidia-cuda-nvrtc-cu12==12.9.86',
  'nvidia-cuda-runtime-cu12==12.9.79',
  'nvidia-cudnn-cu12==9.28.0.42',
  'nvidia-cufft-cu12==11.4.1.4',
  'nvidia-curand-cu12==10.3.10.19',
  'nvidia-cusolver-cu12==11.7.5.82',
  'nvidia-cusparse-cu12==12.5.10.65',
  'nvidia-nccl-cu12==2.32.3',
  'nvidia-nvjitlink-cu12==12.9.86',
];

/**
 * The platform tags of wheels that run here; pip takes each to the letter.
 * @param {string} platform as in "linux-x64"
 */
function wheelPlatforms(platform) {
  if (platform === 'darwin-arm64') return ['macosx_12_0_arm64', 'macosx_11_0_arm64'];
  const machine = platform === 'linux-arm64' ? 'aarch64' : 'x86_64';
  const glibc = Array.from({ length: 24 }, (_, i) => `manylinux_2_${28 - i}`);
  return [...glibc, 'manylinux2014', 'manylinux2010', 'manylinux1'].map((tag) => `${tag}_${machine}`);
}

/**
 * The wheels that hold TensorFlow's libraries and headers.
 * @param {EngineKind} kind
 * @param {string} platform as in "linux-x64"
 */
export function tensorflowWheels(kind, platform = `${process.platform}-${process.arch}`) {
  if (kind === 'cuda') return [`tensorflow==${version}`, ...cudaWheels];
  return [platform === 'linux-x64' ? `tensorflow-cpu==${version}` : `tensorflow==${version}`];
}

/**
 * @param {string} root
 * @param {EngineKind} kind
 */
export function engineFolder(root, kind) {
  return join(root, '.venv', `engine-${kind}`);
}

/**
 * TensorFlow's C library and headers, from its wheel. Only the library is used, never the Python in it, so one wheel serves
 * whichever Python is there, and lies in a folder of its own.
 * @param {string} root
 * @param {EngineKind} kind
 * @returns {Step}
 */
export function tensorflowStep(root, kind) {
  const folder = engineFolder(root, kind);
  const stamp = join(folder, '.infossl');
  const wheels = tensorflowWheels(kind);
  return {
    name: `TensorFlow ${version} (${kind === 'cuda' ? 'NVIDIA GPU, 3 GB to download' : 'CPU, 274 MB to download'})`,
    gigabytes: kind === 'cuda' ? 9 : 2.5,
    isDone: () => isStamped(stamp, wheels) && existsSync(join(folder, 'tensorflow')),
    item: 'TensorFlow',
    undo: () => removeStamp(stamp),
    examine() {
      const build = kind === 'cuda' ? 'CUDA build, for an NVIDIA GPU' : 'CPU build';
      if (!existsSync(folder)) return { state: 'missing', found: `${version}, ${build}, is not installed` };
      if (!isStamped(stamp, wheels))
        return { state: 'broken', found: `${folder} is another version, or half installed` };
      tensorflowLibraries(root, kind);
      const [wrong] = wrongFiles(folder);
      if (wrong) return { state: 'broken', found: wrong };
      return { state: 'ok', found: `${version}, ${build}, in ${folder}` };
    },
    async run({ env, onProgress }) {
      const partial = `${folder}.partial`;
      rmSync(partial, { recursive: true, force: true });
      const platforms = wheelPlatforms(`${process.platform}-${process.arch}`);
      await runProcess(
        'installing TensorFlow',
        venvPython(root),
        [
          ...['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--target', partial, '--progress-bar=raw'],
          ...['--implementation', 'cp', '--python-version', '3.12', '--abi', 'cp312', '--abi', 'none', '--abi', 'abi3'],
          ...platforms.flatMap((platform) => ['--platform', platform]),
          ...wheels,
        ],
        {
          env,
          onLine: (line) => {
            const bytes = line.match(/^Progress (\d+) of (\d+)/);
            if (bytes)
              onProgress(`${(Number(bytes[1]) / 1e6).toFixed(0)} of ${(Number(bytes[2]) / 1e6).toFixed(0)} MB`);
            else if (/^Installing collected/.test(line)) onProgress('unpacking');
          },
        },
      );
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
      writeStamp(stamp, wheels);
    },
  };
}

/**
 * @param {string} root
 * @param {EngineKind} kind
 * @returns {{ include: string, folder: string, libraries: string[] }} where the libraries and headers lie
 */
export function tensorflowLibraries(root, kind) {
  const folder = join(engineFolder(root, kind), 'tensorflow');
  const libraries = readdirSync(folder)
    .filter((file) => /^libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(file))
    .map((file) => join(folder, file));
  if (libraries.length !== 2) {
    throw new SetupProblem(
      `The TensorFlow wheel in ${folder} holds ${libraries.length} of its two libraries`,
      `run ${setUpAgain}`,
    );
  }
  return { include: join(folder, 'include'), folder, libraries };
}

/**
 * What of the wheel's libraries and headers is not as long as the wheel's own list says.
 * @param {string} folder
 */
function wrongFiles(folder) {
  const record = readdirSync(folder).find((name) => /^tensorflow.*\.dist-info$/.test(name));
  if (!record) return [`${folder} lacks the wheel's own list of files`];
  const listed = readFileSync(join(folder, record, 'RECORD'), 'utf8').matchAll(
    /^"?(tensorflow\/(?:libtensorflow_|include\/tensorflow\/c\/)[^",]*)"?,[^,]*,(\d+)$/gm,
  );
  return [...listed].flatMap(([, name = '', size]) => {
    const path = join(folder, name);
    const { size: actual = undefined } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (actual === Number(size)) return [];
    return [`${path} ${actual === undefined ? 'is missing' : `has ${actual} bytes, expected ${size}`}`];
  });
}
