//! The phone's camera: finds the QR code in a picture of the screen and reads it, as a payer's app would.

/// The text in the one QR code of this PNG.
///
/// # Errors
/// Says what is there instead of one readable code.
pub(crate) fn scan(png: &[u8]) -> Result<String, String> {
    let picture = image::load_from_memory(png).map_err(|error| format!("no picture: {error}"))?.to_luma8();
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
