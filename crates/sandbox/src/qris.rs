//! The text in the QR code: a QRIS string, which is EMV's "merchant-presented mode".
//!
//! Tag, length (two digits), value, one after the other; some values are such lists themselves; the last tag is a
//! CRC over all before it. The merchant in it is invented: no wallet may pay it.

use gopay_contract::GrossAmount;

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
}
