//! Exactly these files: one too many would be served to the world, one too few breaks every shop.

use super::integrity::File;
use crate::command::root;
use crate::sizes::Compressed;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The demo shop, which shows how the widget is used, and the gallery of all that it shows.
pub(super) const DEMO: [&str; 13] = [
    "index.html",
    "shop.css",
    "shop.js",
    "pictures/barang.svg",
    "pictures/cangkir-batik.svg",
    "pictures/gula-aren.svg",
    "pictures/kedai.svg",
    "pictures/kopi-gayo.svg",
    "pictures/teh-melati.svg",
    "gallery/index.html",
    "gallery/gallery.css",
    "gallery/gallery.js",
    "gallery/qr.svg",
];

/// Folder of all demo files but the page.
const SOURCES: &str = "demo";

/// The demo shop's page.
const PAGE: &str = "index.html";

/// The attribute in a line of the page that tells Trunk how to build; it is removed.
const TRUNKS: &str = "data-trunk";

/// The list of the widget's files with their hashes.
pub(super) const MANIFEST: &str = "integrity.json";

/// Beside each file of the widget, for a server that sends what it finds.
const COMPRESSED: [&str; 2] = ["br", "gz"];

/// Writes a file of the widget and, beside it, the same compressed.
pub(super) fn write(dist: &Path, file: &File, compressed: &Compressed) -> Result<()> {
    let write = |path: &str, bytes: &[u8]| {
        let path = dist.join(path);
        fs::create_dir_all(path.parent().unwrap_or(dist))
            .and_then(|()| fs::write(&path, bytes))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    write(&file.path, &file.bytes)?;
    for (extension, bytes) in COMPRESSED.iter().zip([&compressed.brotli, &compressed.gzip]) {
        write(&format!("{}.{extension}", file.path), bytes)?;
    }
    Ok(())
}

/// Writes the demo shop as Trunk does: the page without Trunk's own lines, and beside it the files that those name.
pub(super) fn write_demo(dist: &Path) -> Result<()> {
    let page = fs::read_to_string(root().join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let for_all = page.split_inclusive('\n').filter(|line| !line.contains(TRUNKS));
    fs::write(dist.join(PAGE), for_all.collect::<String>())
        .with_context(|| format!("cannot write {PAGE} into dist"))?;
    for file in DEMO.into_iter().filter(|file| *file != PAGE) {
        let (from, to) = (root().join(SOURCES).join(file), dist.join(file));
        fs::create_dir_all(to.parent().unwrap_or(dist))
            .and_then(|()| fs::copy(&from, &to))
            .with_context(|| format!("cannot copy {} into dist", from.display()))?;
    }
    Ok(())
}

/// Refuses a `dist` that holds anything but `widget` and what belongs to it.
pub(super) fn check(dist: &Path, widget: &[&str]) -> Result<()> {
    let mut expected: BTreeSet<String> = DEMO.iter().chain(&[MANIFEST]).map(|&name| name.to_owned()).collect();
    for path in widget {
        expected.insert((*path).to_owned());
        expected.extend(COMPRESSED.iter().map(|extension| format!("{path}.{extension}")));
    }
    let mut found = BTreeSet::new();
    list(dist, dist, &mut found)?;
    let missing: Vec<_> = expected.difference(&found).collect();
    let more: Vec<_> = found.difference(&expected).collect();
    if missing.is_empty() && more.is_empty() {
        return Ok(());
    }
    bail!("dist/ must hold exactly the files that xtask/src/dist names; missing: {missing:?}, unexpected: {more:?}")
}

/// Adds every file below `folder`, by its path in `dist`.
pub(super) fn list(dist: &Path, folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            list(dist, &path, found)?;
        } else {
            found.insert(path.strip_prefix(dist)?.display().to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_too_many_and_a_file_too_few_are_both_refused_by_name() {
        let dist = std::env::temp_dir().join(format!("xtask-dist-contents-{}", std::process::id()));
        let compressed = Compressed::of(b"x").expect("compresses");
        let widget = ["gopay-checkout.js", "core/gopay-checkout.0123.wasm"];
        for path in widget {
            let file = File { path: path.to_owned(), bytes: b"x".to_vec() };
            write(&dist, &file, &compressed).expect("written");
        }
        for name in DEMO.iter().chain(&[MANIFEST]) {
            fs::create_dir_all(dist.join(name).parent().expect("below dist")).expect("made");
            fs::write(dist.join(name), "x").expect("written");
        }
        check(&dist, &widget).expect("it is all there, and nothing else");
        assert_eq!(fs::read(dist.join("gopay-checkout.js.br")).expect("beside it"), compressed.brotli);
        assert_eq!(fs::read(dist.join("gopay-checkout.js.gz")).expect("beside it"), compressed.gzip);

        fs::write(dist.join("core/gopay-checkout.4567.wasm"), "x").expect("written");
        let problem = check(&dist, &widget).expect_err("one too many").to_string();
        assert!(problem.contains("unexpected: [\"core/gopay-checkout.4567.wasm\"]"), "{problem}");

        fs::remove_file(dist.join("core/gopay-checkout.4567.wasm")).expect("was there");
        fs::remove_file(dist.join("gopay-checkout.js.br")).expect("was there");
        let problem = check(&dist, &widget).expect_err("one too few").to_string();
        assert!(problem.contains("missing: [\"gopay-checkout.js.br\"]"), "{problem}");
        fs::remove_dir_all(dist).expect("cleaned");
    }
}
