import { acquire, type DataPlaces } from './acquire';
import { DEBIAN_DATASETS, FASHION_MNIST, MNIST } from './catalogue';
import type { Dataset, Split } from './dataset';
import { readIdxPair } from './idx';
import { countNote } from './loadCifar';
import { makeDataset } from './makeDataset';

export const MNIST_OFFICIAL: Readonly<Record<Split, number>> = { train: 60_000, test: 10_000 };

/** In the order of the labels (README of https://github.com/zalandoresearch/fashion-mnist). */
const GARMENTS = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** MNIST or Fashion-MNIST from their IDX files: [count, 28, 28, 1], exact. */
export async function loadMnist(name: 'mnist' | 'fashion-mnist', split: Split, places: DataPlaces): Promise<Dataset> {
  const fashion = name === 'fashion-mnist';
  const publications = fashion ? FASHION_MNIST : MNIST;
  const searchFolders = fashion ? [...places.searchFolders, DEBIAN_DATASETS] : places.searchFolders;
  const prefix = split === 'train' ? 'train' : 't10k';
  const imageFile = await acquire(publications[`${prefix}-images-idx3-ubyte`]!, { ...places, searchFolders });
  const labelFile = await acquire(publications[`${prefix}-labels-idx1-ubyte`]!, { ...places, searchFolders });
  const content = await readIdxPair(imageFile, labelFile, 10);
  const title = fashion ? 'Fashion-MNIST' : 'MNIST';
  return makeDataset({
    ...content,
    name,
    split,
    channels: 1,
    classNames: fashion ? GARMENTS : Array.from({ length: 10 }, (_, digit) => String(digit)),
    real: true,
    source: `${title} ${split}: ${countNote(content.labels.length, MNIST_OFFICIAL[split])} images, exact`,
  });
}
