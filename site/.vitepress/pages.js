// Which document becomes which page. Every document of the repository is one; none is copied.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Not for readers of the site: GitHub's own forms, and notes beside recorded requests. */
const NOT_PAGES = [/^\.github\//, /^crates\/sandbox\/tests\//];

/** Names of pages that are not their file's. */
const NAMES = {
  'README.md': 'index.md',
  'npm/README.md': 'npm.md',
  'npm/create-gopay-shop/README.md': 'create-gopay-shop.md',
  'crates/contract/README.md': 'wire-types.md',
  'examples/hosts/README.md': 'hosts.md',
  'examples/backends/README.md': 'backends.md',
};

function pageOf(file) {
  const isIndonesian = file.endsWith('.id.md') || file.startsWith('docs/id/');
  const source = file.replace(/\.id\.md$/, '.md').replace(/^docs\/id\//, 'docs/');
  const name = NAMES[source] ?? source.replace(/\/README\.md$/, '.md').replace(/^.*\//, '').toLowerCase();
  return isIndonesian ? `id/${name}` : name;
}

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
});

/** Files of all pages, from the repository's root. */
export const files = tracked.split('\n').filter((file) => file && !NOT_PAGES.some((not) => not.test(file)));

/** The page of each file: `docs/id/production.md` → `id/production.md`. */
export const pages = Object.fromEntries(files.map((file) => [file, pageOf(file)]));

if (new Set(Object.values(pages)).size !== files.length) {
  throw new Error(`two documents would be the same page: ${Object.values(pages).sort().join(' ')}`);
}

/** The first heading of a document. */
export function titleOf(file) {
  return readFileSync(join(root, file), 'utf8').match(/^# (.+)$/m)?.[1].replaceAll('`', '') ?? file;
}

/** The page's address within the site. */
export function addressOf(file) {
  return `/${pages[file].replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`;
}

/**
 * Where a link of a document leads: to a page of the site, or, for sources, into the repository (`repository` is its address,
 * as far as it is known). Links within a page and to other sites stay. `null`: it leads nowhere that a reader could open.
 */
export function resolve(from, to, repository) {
  if (/^(#|\/|[a-z][a-z+.-]*:)/i.test(to)) return to;
  const [path, anchor] = to.split('#');
  const target = posix.normalize(posix.join(dirname(from), decodeURI(path))).replace(/\/$/, '');
  if (pages[target]) return addressOf(target) + (anchor ? `#${anchor}` : '');
  // VitePress fails on this one and names it.
  if (!existsSync(join(root, target))) return to;
  const kind = statSync(join(root, target)).isDirectory() ? 'tree' : 'blob';
  return repository ? `${repository}/${kind}/HEAD/${target}` : null;
}

/** A heading's anchor as GitHub makes it: the documents' links are written for that. */
export function slugify(heading) {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
}
