//! Sizes of files, uncompressed and as a web server sends them.

use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::ops::Add;

/// Bytes of one file, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

/// The same bytes, as hard as each format can (gzip 9, brotli 11): as a server sends them that keeps the result.
#[derive(Debug)]
pub(crate) struct Compressed {
    pub(crate) gzip: Vec<u8>,
    pub(crate) brotli: Vec<u8>,
}

impl Compressed {
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        // Which of the encoder's modes is the smallest, the bytes decide.
        let mut brotli = brotli_as(BrotliEncoderMode::BROTLI_MODE_GENERIC, bytes)?;
        let other = brotli_as(BrotliEncoderMode::BROTLI_MODE_FONT, bytes)?;
        if other.len() < brotli.len() {
            brotli = other;
        }
        Ok(Self { gzip: gzip.finish()?, brotli })
    }

    /// The sizes of compressed `bytes`.
    pub(crate) fn sizes(&self, bytes: &[u8]) -> Sizes {
        Sizes { raw: bytes.len(), gzip: self.gzip.len(), brotli: self.brotli.len() }
    }
}

impl Add for Sizes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// `bytes` in brotli 11, as this mode of the encoder writes them.
fn brotli_as(mode: BrotliEncoderMode, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let hardest = BrotliEncoderParams { quality: 11, lgwin: 22, mode, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &hardest)?;
    Ok(compressed)
}

/// A table: what, and its sizes.
pub(crate) fn table(rows: &[(&str, Sizes)]) -> String {
    let mut table = format!("{:<48}{:>10}{:>10}{:>10}\n", "bytes", "raw", "gzip 9", "brotli 11");
    for (what, Sizes { raw, gzip, brotli }) in rows {
        table += &format!("{what:<48}{raw:>10}{gzip:>10}{brotli:>10}\n");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_becomes_small_and_comes_back_whole() {
        let bytes = b"gopay-checkout ".repeat(1000);
        let compressed = Compressed::of(&bytes).expect("compresses");
        let sizes = compressed.sizes(&bytes);
        assert_eq!(sizes.raw, 15_000);
        assert!(sizes.gzip < 200 && sizes.brotli < sizes.gzip, "{sizes:?}");

        let mut unbrotlied = Vec::new();
        brotli::BrotliDecompress(&mut &compressed.brotli[..], &mut unbrotlied).expect("is brotli");
        assert!(unbrotlied == bytes);
        let mut unzipped = Vec::new();
        std::io::copy(&mut flate2::read::GzDecoder::new(&compressed.gzip[..]), &mut unzipped).expect("is gzip");
        assert!(unzipped == bytes);
    }
}
