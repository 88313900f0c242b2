// The documents as a site. `npm run build` writes it to target/site; a link that leads nowhere fails the build.

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitepress';
import { addressOf, files, pages, resolve, root, slugify, titleOf } from './pages.js';

/** Below which path the site is hosted: `/gopay-checkout/` on GitHub's pages. */
const base = `${process.env.SITE_BASE ?? ''}/`.replace(/\/+$/, '/');

/** The repository's address, where it is known: in GitHub's workflow. Elsewhere links to sources are plain words. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
const repository = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;

/** The widget itself, where `cargo xtask dist` has built it: its gallery needs no server. */
const dist = join(root, 'dist');
const hasGallery = existsSync(join(dist, 'gallery/index.html'));
if (!hasGallery) console.warn('There is no dist/, so the site has no gallery: `cargo xtask dist` builds it.');

/** What is read first, in this order; all other pages follow in a group of their own. */
const GROUPS = [
  ['On your page', 'Di halaman Anda', ['npm/create-gopay-shop/README', 'docs/reference', 'docs/events', 'docs/design', 'npm/README', 'docs/leptos', 'examples/hosts/README', 'docs/site-builders', 'docs/from-snap', 'docs/native-shells', 'docs/cara-bayar']],
  ['At the backend', 'Di backend', ['examples/backends/README', 'crates/merchant/README', 'crates/sandbox/README', 'crates/doctor/README', 'docs/contract', 'docs/midtrans', 'docs/attempts']],
  ['In production', 'Di produksi', ['docs/production', 'docs/hosting', 'docs/operations', 'docs/scaling', 'SECURITY']],
  ['What was tried', 'Yang sudah dicoba', ['docs/faults', 'docs/storage-faults', 'docs/accessibility', 'docs/browsers', 'docs/pages', 'docs/measured', 'tests/devices/README']],
  ['The project', 'Proyek', ['ARCHITECTURE', 'CONTRIBUTING', 'docs/glossary', 'CHANGELOG']],
];

function sidebar(language) {
  const isOf = (file) => pages[file].startsWith('id/') === (language === 'id');
  const left = new Set(files.filter((file) => isOf(file) && !/^README/.test(file)));
  const item = (file) => left.delete(file) && { text: titleOf(file), link: addressOf(file) };
  const spellings = (name) => (language === 'id' ? [`${name}.id.md`, name.replace('docs/', 'docs/id/') + '.md'] : [`${name}.md`]);
  const groups = GROUPS.map(([english, indonesian, names]) => ({
    text: language === 'id' ? indonesian : english,
    items: names.flatMap(spellings).map(item).filter(Boolean),
  }));
  groups.push({ text: language === 'id' ? 'Lainnya' : 'More', items: [...left].map(item) });
  return groups.filter((group) => group.items.length > 0);
}

/** Lets the documents' links, which are written for the repository, lead to pages. */
function withLinks(markdown) {
  markdown.disable('emoji', true);
  markdown.core.ruler.push('links-of-documents', ({ tokens, env }) => {
    const from = relative(root, env.realPath ?? env.path ?? '').replaceAll('\\', '/');
    for (const { children } of tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const to = resolve(from, token.attrGet('href'), repository);
          isDropped = to === null;
          if (!isDropped) token.attrSet('href', to);
        }
        if (isDropped && /^link_/.test(token.type)) {
          isDropped = token.type === 'link_open';
          Object.assign(token, { type: 'text', tag: '', attrs: null, nesting: 0, content: '' });
        }
      }
    }
  });
}

/** Makes a diagram of a snippet in mermaid's language, as GitHub does. */
function withDiagrams(markdown) {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index];
    if (info.trim() !== 'mermaid') return fence(tokens, index, ...rest);
    return `<MermaidDiagram source="${markdown.utils.escapeHtml(content)}" />`;
  };
}

/** The documents lie outside of this folder, where no packages are installed: what their pages import is looked for here. */
const packagesOfSite = {
  name: 'packages-of-site',
  enforce: 'pre',
  resolveId(id, importer) {
    const isOfDocument = importer?.split('?')[0].endsWith('.md') && /^(vue|vitepress)(\/|$)/.test(id);
    return isOfDocument ? this.resolve(id, join(root, 'site/package.json'), { skipSelf: true }) : null;
  },
};

const gallery = (text) => (hasGallery ? [{ text, link: `${base}widget/gallery/`, target: '_self' }] : []);

export default defineConfig({
  title: 'gopay-checkout',
  description: 'A checkout widget for GoPay through Midtrans\' Core API',
  base,
  srcDir: '..',
  srcExclude: ['**/{target,dist,node_modules,.venv,vendor}/**', '.github/**', 'crates/sandbox/tests/**', 'site/**'],
  outDir: '../target/site',
  cacheDir: '../target/site-cache',
  rewrites: pages,
  cleanUrls: true,
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify },
    headers: { slugify },
    toc: { slugify },
    config: (markdown) => {
      withLinks(markdown);
      withDiagrams(markdown);
    },
    // Markdown as GitHub shows it: no more syntax than that.
    attrs: { disable: true },
    linkify: false,
    languageAlias: { no_run: 'rust', 'rust,no_run': 'rust', caddyfile: 'nginx' },
  },
  vite: { publicDir: false, plugins: [packagesOfSite] },
  themeConfig: {
    // Not every page is there in both languages.
    i18nRouting: false,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        locales: {
          id: {
            translations: {
              button: { buttonText: 'Cari', buttonAriaLabel: 'Cari' },
              modal: {
                noResultsText: 'Tidak ditemukan:',
                resetButtonTitle: 'Hapus',
                footer: { selectText: 'pilih', navigateText: 'pindah', closeText: 'tutup' },
              },
            },
          },
        },
      },
    },
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: { nav: [{ text: 'Reference', link: '/reference' }, ...gallery('Gallery')], sidebar: sidebar('en') },
    },
    id: {
      label: 'Bahasa Indonesia',
      lang: 'id',
      themeConfig: {
        nav: [{ text: 'Ke produksi', link: '/id/production' }, ...gallery('Galeri')],
        sidebar: { '/id/': sidebar('id') },
        outline: { label: 'Di halaman ini' },
        docFooter: { prev: 'Sebelumnya', next: 'Berikutnya' },
        darkModeSwitchLabel: 'Tampilan',
        sidebarMenuLabel: 'Menu',
        returnToTopLabel: 'Kembali ke atas',
        langMenuLabel: 'Bahasa',
      },
    },
  },
  buildEnd({ outDir }) {
    if (!hasGallery) return;
    const widget = join(outDir, 'widget');
    for (const name of ['gopay-checkout.js', 'integrity.json', 'core', 'gallery']) {
      cpSync(join(dist, name), join(widget, name), { recursive: true });
    }
    // Beside the demo shop its name leads there; here, to the documents.
    const page = join(widget, 'gallery/index.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('<a href="/" data-text>Toko contoh</a>', `<a href="${base}">gopay-checkout</a>`));
  },
});
