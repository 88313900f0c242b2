//! The QR code: its text, a QRIS string, which is EMV's "merchant-presented mode"; and the images behind `generate-qr-code` and
//! `generate-qr-code-v2`. These are public: a shop's page shows them in an `<img>`.
//!
//! Of the string: tag, length (two digits), value, one after the other; some values are such lists themselves; the last tag is a
//! CRC over all before it. The merchant in it is invented: no wallet may pay it.

use crate::{ApiError, behaviour::QrCodeWhenFinal, core_api::error_response, ledger::Transaction, sandbox::Sandbox};
use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use gopay_contract::GrossAmount;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, codecs::png::PngEncoder, imageops};
use qrcode::{Color, EcLevel, QrCode};
use std::sync::Arc;

/// CRC-16/CCITT-FALSE (polynomial 1021, start FFFF, nothing reflected), as EMV wants it.
const CRC: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_IBM_3740);

/// The string for one payment.
#[must_use]
pub fn text(gross_amount: GrossAmount, reference: &str) -> String {
    let gopay = [
        field("00", "COM.GO-JEK.WWW"),
        field("01", "936009143000000000"),
        field("02", "G000000000"),
        field("03", "UMI"),
    ];
    let qris = [field("00", "ID.CO.QRIS.WWW"), field("02", "ID1000000000000"), field("03", "UMI")];
    let payment = [field("00", "COM.GO-JEK.WWW"), field("01", reference)];
    let fields = [
        field("00", "01"),
        // 12: a dynamic code, for one payment.
        field("01", "12"),
        field("26", &gopay.concat()),
        field("51", &qris.concat()),
        field("52", "5499"),
        field("53", "360"),
        field("54", &gross_amount.rupiah().to_string()),
        field("58", "ID"),
        field("59", "TOKO SANDBOX"),
        field("60", "JAKARTA"),
        field("61", "10110"),
        field("62", &field("50", &payment.concat())),
    ];
    let covered = fields.concat() + "6304";
    let crc = CRC.checksum(covered.as_bytes());
    format!("{covered}{crc:04X}")
}

/// True if the CRC at the end of a QRIS string is right.
#[must_use]
pub fn crc_holds(text: &str) -> bool {
    let Some((covered, crc)) = text.split_at_checked(text.len().saturating_sub(4)) else {
        return false;
    };
    covered.ends_with("6304") && format!("{:04X}", CRC.checksum(covered.as_bytes())) == crc
}

fn field(tag: &str, value: &str) -> String {
    format!("{tag}{:02}{value}", value.len())
}

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

    fn example() -> String {
        text(GrossAmount::from_rupiah(44_000).expect("valid"), "A120260131030000ABCDEFGHIJID")
    }

    #[test]
    fn the_crc_is_the_one_that_emvco_names() {
        // The check value of CRC-16/CCITT-FALSE.
        assert_eq!(CRC.checksum(b"123456789"), 0x29B1);
        assert!(crc_holds(&example()));
        assert!(!crc_holds(&example().replace("44000", "44001")));
        assert!(!crc_holds("") && !crc_holds("é63"));
    }

    #[test]
    fn the_string_reads_as_a_list_of_tags_to_its_end() {
        let text = example();
        let mut rest = text.as_str();
        let mut tags = Vec::new();
        while !rest.is_empty() {
            let length: usize = rest[2..4].parse().expect("two digits");
            tags.push((&rest[..2], &rest[4..4 + length]));
            rest = &rest[4 + length..];
        }
        assert!(tags.contains(&("54", "44000")) && tags.contains(&("53", "360")) && tags.contains(&("58", "ID")));
        assert!(text.starts_with("00020101021226") && text.contains("COM.GO-JEK.WWW"));
        assert_eq!(tags.last().map(|(tag, _)| *tag), Some("63"));
    }

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
