//! The images behind `generate-qr-code` and `generate-qr-code-v2`. Public: a shop's page shows them in an `<img>`.

use crate::{ApiError, behaviour::QrCodeWhenFinal, core_api::error_response, ledger::Transaction, sandbox::Sandbox};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::png::PngEncoder, imageops};
use qrcode::{Color, EcLevel, QrCode};
use std::sync::Arc;

/// `GET /v2/gopay/{transaction_id}/qr-code`
pub(crate) async fn plain(State(sandbox): State<Arc<Sandbox>>, Path(transaction_id): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find(&transaction_id).cloned());
    answer(&sandbox, found, Look::Plain)
}

/// `GET /v4/qris/gopay/{reference}/qr-code`
pub(crate) async fn framed(State(sandbox): State<Arc<Sandbox>>, Path(reference): Path<String>) -> Response {
    let found = sandbox.with_ledger(|ledger, _| ledger.find_by_reference(&reference).cloned());
    answer(&sandbox, found, Look::Framed)
}

fn answer(sandbox: &Sandbox, found: Result<Transaction, ApiError>, look: Look) -> Response {
    let behaviour = sandbox.behaviour();
    let refused = |transaction: &Transaction| match behaviour.qr_code_when_final {
        QrCodeWhenFinal::Served => false,
        QrCodeWhenFinal::Refused => transaction.transaction_status().is_final(),
    };
    let png = found.and_then(|transaction| {
        if !behaviour.qris_activated {
            return Err(ApiError::PartnerUnavailable);
        }
        if refused(&transaction) {
            return Err(ApiError::NotFound);
        }
        png(&transaction.qris, look, behaviour.qr_code_module_pixels).map_err(|error| {
            tracing::error!(%error, "a QR code could not be drawn");
            ApiError::PartnerUnavailable
        })
    });
    match png {
        Ok(png) => {
            let headers = [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, behaviour.qr_code_cache_control.as_str()),
            ];
            (headers, png).into_response()
        }
        Err(error) => error_response(sandbox, &error),
    }
}

/// Layout of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// A square: the code and its quiet zone.
    Plain,
    /// Taller than wide, with a frame above and below, as `generate-qr-code-v2` is.
    Framed,
}

/// Error: the QR code could not be drawn.
#[derive(Debug, thiserror::Error)]
enum DrawError {
    #[error("the text does not fit into a QR code: {0}")]
    TooLong(#[from] qrcode::types::QrError),
    #[error("PNG: {0}")]
    Png(#[from] image::ImageError),
}

/// Modules of white around the code, as the standard asks.
const QUIET_ZONE: u32 = 4;
/// Most pixels for a module: more would be a picture of thousands of pixels.
const MOST_MODULE_PIXELS: u8 = 32;
/// Modules of frame above and below.
const FRAME: u32 = 10;

const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
const BLACK: Rgb<u8> = Rgb([0, 0, 0]);
const FRAME_COLOUR: Rgb<u8> = Rgb([0, 99, 145]);

/// "QRIS", one row a string, one module a character: no font is needed for four letters.
const QRIS: [&str; 5] = [
    " ###  ####  ###  ####",
    "#   # #   #  #  #    ",
    "# # # ####   #   ### ",
    "#  #  #  #   #      #",
    " ## # #   # ### #### ",
];

/// The PNG of `text`.
fn png(text: &str, look: Look, module_pixels: u8) -> Result<Vec<u8>, DrawError> {
    let scale = u32::from(module_pixels.clamp(1, MOST_MODULE_PIXELS));
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let modules = draw(&code, look);
    let picture =
        imageops::resize(&modules, modules.width() * scale, modules.height() * scale, imageops::FilterType::Nearest);
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&picture, picture.width(), picture.height(), ExtendedColorType::Rgb8)?;
    Ok(png)
}

/// Draws the code, one pixel for each module.
fn draw(code: &QrCode, look: Look) -> RgbImage {
    let width = u32::try_from(code.width()).unwrap_or_default();
    let side = width + 2 * QUIET_ZONE;
    let frame = match look {
        Look::Plain => 0,
        Look::Framed => FRAME,
    };
    let mut picture = RgbImage::from_pixel(side, side + 2 * frame, FRAME_COLOUR);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (frame..frame + side).contains(&y) {
            let dark = x
                .checked_sub(QUIET_ZONE)
                .zip(y.checked_sub(QUIET_ZONE + frame))
                .is_some_and(|(x, y)| x < width && y < width && code[(x as usize, y as usize)] == Color::Dark);
            *pixel = if dark { BLACK } else { WHITE };
        }
    }
    if look == Look::Framed {
        for (y, row) in (2..).zip(QRIS) {
            for (x, mark) in (QUIET_ZONE..).zip(row.bytes()) {
                if mark == b'#' {
                    picture.put_pixel(x, y, WHITE);
                }
            }
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_reads_back_what_was_drawn_in_both_looks_and_any_size() {
        for (look, module_pixels) in [(Look::Plain, 4), (Look::Plain, 8), (Look::Framed, 8), (Look::Framed, 200)] {
            let png = png("00020101021226 an example", look, module_pixels).expect("drawn");
            let grey = image::load_from_memory(&png).expect("a PNG").to_luma8();
            let (width, height) = grey.dimensions();
            assert_eq!(height > width, look == Look::Framed);
            let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
                grey.get_pixel(x as u32, y as u32).0[0]
            });
            let grids = prepared.detect_grids();
            let (_, text) = grids[0].decode().expect("readable");
            assert_eq!(text, "00020101021226 an example");
        }
    }
}
