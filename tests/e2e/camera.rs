//! QR code scanners: read the QR code on a screenshot, as a payer's app reads it from the screen.

use image::GrayImage;
use rxing::{BarcodeFormat, helpers};

/// A decoder of QR codes. Neither shares code with the other, and most scanners of phones are built upon one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// quirc's: strict about contrast and shape.
    Quirc,
    /// `ZXing`'s.
    Zxing,
}

impl Decoder {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Quirc, Self::Zxing];

    /// Reads the one QR code in this picture.
    ///
    /// # Errors
    /// If there is no QR code, an unreadable one, or, by [`Decoder::Quirc`], more than one.
    pub fn reads(self, picture: &GrayImage) -> Result<String, String> {
        match self {
            Self::Quirc => by_quirc(picture),
            Self::Zxing => {
                let (luma, (width, height)) = (picture.as_raw().clone(), picture.dimensions());
                let read = helpers::detect_in_luma(luma, width, height, Some(BarcodeFormat::QR_CODE));
                read.map(|found| found.getText().to_owned()).map_err(|error| format!("not read: {error}"))
            }
        }
    }
}

/// Reads the one QR code in this PNG.
///
/// # Errors
/// If there is no QR code, an unreadable one, or more than one.
pub(crate) fn scan(png: &[u8]) -> Result<String, String> {
    let picture = image::load_from_memory(png).map_err(|error| format!("no image: {error}"))?.to_luma8();
    Decoder::Quirc.reads(&picture)
}

fn by_quirc(picture: &GrayImage) -> Result<String, String> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.get_pixel(u32::try_from(x).unwrap_or(0), u32::try_from(y).unwrap_or(0)).0[0]
    });
    let mut texts: Vec<_> = prepared.detect_grids().iter().map(|grid| grid.decode().map(|(_, text)| text)).collect();
    match texts.pop() {
        Some(Ok(text)) if texts.is_empty() => Ok(text),
        Some(Ok(_)) => Err("more than one QR code".to_owned()),
        Some(Err(error)) => Err(format!("a QR code that cannot be read: {error}")),
        None => Err("no QR code".to_owned()),
    }
}
