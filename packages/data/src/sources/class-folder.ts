import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { byCodePoints } from './class-names.ts';
import { decodeAll, type EncodedPicture, warn } from './decode-all.ts';
import { realPathInside } from './inside.ts';
import { type DatasetFormat, type LoadOptions, type Split, splitToRead } from './source.ts';
import { limitAndDivide, takeSplit } from './take-split.ts';

/** What the name of a picture file ends with; upper or lower case. */
export const pictureName = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Folders that a split may lie in; the first that is there is taken. */
const splitFolders: Readonly<Record<Split, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
};

export const classFolderFormat: DatasetFormat = {
  description: 'a folder that has a folder of pictures for each class',
  recognises: (_, entries = []) => entries.some((entry) => !entry.name.startsWith('.') && entry.isDirectory()),
  load: loadClassFolder,
};

/** Where a folder of pictures has its splits; undefined for one that is not there. */
type SplitFolders = Readonly<Record<Split, string | undefined>>;

/** A picture file of a folder, and the index of its class. */
type PictureFile = EncodedPicture & { readonly source: string };

/** The pictures below a folder, in the order of their paths, and the files that are none by their names. */
interface Listing {
  readonly classes: readonly string[];
  readonly pictures: readonly PictureFile[];
  readonly others: readonly string[];
}

/**
 * Loads a folder with a folder of picture files for each class, as torchvision's ImageFolder has it:
 *
 *     photos/cat/1.jpg            or    photos/train/cat/1.jpg
 *     photos/cat/more/2.png             photos/test/cat/2.png
 *     photos/dog/1.webp                 photos/val/…
 *
 * The classes are the folders' names, in the order of their code points. Without folders for the splits they are made at
 * random by the seed, class by class. Hidden files are not looked at; others that are no pictures by their names are
 * counted in a warning.
 *
 * @throws DataError `DATA_FORMAT` where the folder does not look like that; `DATA_UNSAFE` for a symbolic link that leads
 *   out of it or to a folder; `DATA_LABEL` for a class to test with that is not trained; and as `decodeAll`
 */
async function loadClassFolder(folder: string, options: LoadOptions): Promise<ImageDataset> {
  const name = basename(resolve(folder));
  const folders = await findSplits(folder);
  const { classes, pictures, others } =
    folders.train === undefined
      ? await listAndSplit(folder, options)
      : await listSplit(folder, folders as SplitFolders & { train: string }, options);
  if (others.length > 0) {
    const some = others.slice(0, 3).join(', ');
    const more = others.length > 3 ? ', …' : '';
    warn(options, `${folder}: ${others.length} files that are no pictures of a class are left out: ${some}${more}`);
  }
  return decodeAll(name, classes, pictures, options);
}

async function findSplits(folder: string): Promise<SplitFolders> {
  const names = new Map((await entriesOf(folder)).map((entry) => [entry.name, entry]));
  const find = (split: Split): string | undefined => {
    const name = splitFolders[split].find((candidate) => names.get(candidate)?.isDirectory());
    return name === undefined ? undefined : join(folder, name);
  };
  const [train, validation, test] = [find('train'), find('validation'), find('test')];
  // A lone "train" or "test" may well be a class: of locomotives, or of exams.
  if (train === undefined || (validation === undefined && test === undefined)) {
    return { train: undefined, validation: undefined, test: undefined };
  }
  return { train, validation, test };
}

async function listSplit(
  folder: string,
  folders: SplitFolders & { readonly train: string },
  options: LoadOptions,
): Promise<Listing> {
  const split = splitToRead(options, (split) => folders[split] !== undefined);
  const part = folders[split];
  if (part === undefined) {
    throw new DataError(
      'DATA_NOT_FOUND',
      `${folder}: expected a folder ${splitFolders[split].join(' or ')} beside train, there is none`,
    );
  }
  const train = await listClasses(folders.train, folder);
  if (split === 'train') return { ...train, pictures: limitAndDivide(folder, train.pictures, options) };
  const listing = await listClasses(part, folder);
  const labels = listing.classes.map((name) => {
    const label = train.classes.indexOf(name);
    if (label !== -1) return label;
    throw new DataError(
      'DATA_LABEL',
      `${join(part, name)}: expected a class that ${folders.train} has, one of ${train.classes.join(', ')}`,
    );
  });
  const pictures = listing.pictures.map((picture) => ({ ...picture, label: labels[picture.label]! }));
  return { classes: train.classes, pictures: limitAndDivide(folder, pictures, options), others: listing.others };
}

async function listAndSplit(folder: string, options: LoadOptions): Promise<Listing> {
  const listing = await listClasses(folder, folder);
  return { ...listing, pictures: takeSplit(folder, listing.pictures, options) };
}

/** @param root symbolic links may not lead out of it */
async function listClasses(folder: string, root: string): Promise<Listing> {
  const realRoot = await realpath(root);
  const classes: string[] = [];
  const pictures: PictureFile[] = [];
  const others: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (!(await isFolder(path, entry, realRoot))) {
      others.push(path);
      continue;
    }
    const before = pictures.length;
    await listPictures(path, classes.length, realRoot, pictures, others);
    if (pictures.length === before) {
      throw new DataError(
        'DATA_FORMAT',
        `${path}: expected the pictures of class ${entry.name} (JPEG, PNG, WebP, GIF, TIFF, AVIF), it has none; ` +
          'remove the folder, or put some into it',
      );
    }
    classes.push(entry.name);
  }
  if (classes.length > 0) return { classes, pictures, others };
  throw new DataError(
    'DATA_FORMAT',
    `${folder}: expected a folder for each class, as in ${join(folder, 'cat', '1.jpg')}, there is none in it`,
  );
}

async function listPictures(
  folder: string,
  label: number,
  realRoot: string,
  pictures: PictureFile[],
  others: string[],
): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (await isFolder(path, entry, realRoot)) await listPictures(path, label, realRoot, pictures, others);
    else if (pictureName.test(entry.name)) pictures.push({ name: path, source: path, label });
    else others.push(path);
  }
}

type Entry = Awaited<ReturnType<typeof entriesOf>>[number];

/** Whether it is one. A link to one could go round in circles, and a link to anywhere else takes in what is not shown. */
async function isFolder(path: string, entry: Entry, realRoot: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const { target, inside } = await realPathInside(path, realRoot);
  if (inside && !(await stat(target)).isDirectory()) return false;
  throw new DataError(
    'DATA_UNSAFE',
    `${path}: expected files, or symbolic links to files in the same data set, got a link to ${target}; ` +
      'put what it leads to in its place',
  );
}

/** What a folder holds, but for hidden files, by the code points of the names. */
async function entriesOf(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(folder, error, 'check the path');
  });
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => byCodePoints(a.name, b.name));
}
