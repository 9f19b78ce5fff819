// Some of the packages that carry a Node binary write `os` and `cpu` as a string, where the field is a list; pnpm then
// takes them for packages of every system and downloads them all.
function readPackage(manifest) {
  for (const field of ['os', 'cpu']) {
    if (typeof manifest[field] === 'string') manifest[field] = [manifest[field]];
  }
  return manifest;
}

export const hooks = { readPackage };
