//! QR code scanner: reads the QR code on a screenshot, as a payer's app reads it from the screen.

/// Reads the one QR code in this PNG.
///
/// # Errors
/// If there is no QR code, an unreadable one, or more than one.
pub(crate) fn scan(png: &[u8]) -> Result<String, String> {
    let image = image::load_from_memory(png).map_err(|error| format!("no image: {error}"))?.to_luma8();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        image.get_pixel(u32::try_from(x).unwrap_or(0), u32::try_from(y).unwrap_or(0)).0[0]
    });
    let mut texts: Vec<_> = prepared.detect_grids().iter().map(|grid| grid.decode().map(|(_, text)| text)).collect();
    match texts.pop() {
        Some(Ok(text)) if texts.is_empty() => Ok(text),
        Some(Ok(_)) => Err("more than one QR code".to_owned()),
        Some(Err(error)) => Err(format!("a QR code that cannot be read: {error}")),
        None => Err("no QR code".to_owned()),
    }
}
