//! What a payer fetches: sizes as they are, and as a web server sends them.

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::Path;

/// Bytes of one file, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl Sizes {
    /// Compresses as hard as each format can (gzip 9, brotli 11), as a server does that keeps the result.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let mut brotli = Vec::new();
        let hardest = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &bytes[..], &mut brotli, &hardest)?;
        Ok(Self { raw: bytes.len(), gzip: gzip.finish()?.len(), brotli: brotli.len() })
    }

    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// A table of `files` of `folder` and their sum.
pub(crate) fn table(folder: &Path, files: &[&str]) -> Result<String> {
    let row = |name: &str, s: Sizes| format!("{name:<32}{:>10}{:>10}{:>10}\n", s.raw, s.gzip, s.brotli);
    let mut table = format!("{:<32}{:>10}{:>10}{:>10}\n", "bytes", "raw", "gzip 9", "brotli 11");
    let mut sum = Sizes::default();
    for name in files {
        let bytes = std::fs::read(folder.join(name)).with_context(|| format!("cannot read {name}"))?;
        let sizes = Sizes::of(&bytes)?;
        table += &row(name, sizes);
        sum = sum.plus(sizes);
    }
    Ok(table + &row("together", sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_becomes_small() {
        let sizes = Sizes::of(&b"gopay-checkout ".repeat(1000)).expect("compresses");
        assert_eq!(sizes.raw, 15_000);
        assert!(sizes.gzip < 200 && sizes.brotli < sizes.gzip, "{sizes:?}");
    }
}
