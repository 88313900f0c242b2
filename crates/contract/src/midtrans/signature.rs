//! `signature_key`: proof that a notification comes from a holder of the server key.

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

/// `lowercase_hex(SHA512(order_id + status_code + gross_amount + server key))`, over the raw texts of the payload
/// (Midtrans, "HTTP(S) notification / webhooks").
///
/// It does not cover `transaction_status`: a captured signature of one status can be sent again with another. So a
/// right signature is a reason to ask Midtrans, and not yet an answer.
///
/// It cannot be compared with `==`, which ends at the first difference and so tells where it is:
///
/// ```compile_fail
/// # use gopay_contract::midtrans::Signature;
/// let sign = || Signature::over("order-101", "200", "44000.00", "SB-Mid-server-test");
/// assert!(sign() == sign());
/// ```
///
/// ```
/// # use gopay_contract::midtrans::Signature;
/// let signature = Signature::over("order-101", "200", "44000.00", "SB-Mid-server-test");
/// assert!(signature.matches(&signature.to_hex()));
/// ```
#[derive(Clone)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature over the raw texts.
    #[must_use]
    pub fn over(order_id: &str, status_code: &str, gross_amount: &str, server_key: &str) -> Self {
        let hash = Sha512::new()
            .chain_update(order_id)
            .chain_update(status_code)
            .chain_update(gross_amount)
            .chain_update(server_key)
            .finalize();
        Self(hash.into())
    }

    /// The signature as it stands in a payload: 128 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|n| char::from(b"0123456789abcdef"[usize::from(n)]))
            .collect()
    }

    /// Compares `hex` with this signature in constant time.
    #[must_use]
    pub fn matches(&self, hex: &str) -> bool {
        self.to_hex().as_bytes().ct_eq(hex.as_bytes()).into()
    }
}

/// Shows nothing of the signature: with it anyone could sign that body.
impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signature(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `order_id`, `status_code`, `gross_amount`, server key, and what they are signed with: three of Midtrans' published
    /// fixtures, the inputs of Midtrans' page "Receiving Notifications" with the signature that its sample notification
    /// carries, and one of this project.
    const VECTORS: [(&str, &str, &str, &str, &str); 5] = [
        (
            "ORDER-sandbox-0001",
            "200",
            "150000.00",
            "SB-Mid-server-test",
            "d65b4adf15335095fe1bfafe24964d48009dcc2989393e13570b0c9852ea60df0040b1a9646b9c9ef9433317f77acc8e387c59998dc20f5bd93fff93d23672e4",
        ),
        (
            "ORDER-sandbox-0002",
            "201",
            "75000.00",
            "SB-Mid-server-test",
            "db70270f6c27da2b564d4fffd9df3eeae578a7afba22bf5e6071711c7914d7a3d22ccaa533e864cf53742ca73c9e63016b0cbc1f97ee253a77b24b7a410d876a",
        ),
        (
            "ORDER-sandbox-0003",
            "202",
            "50000.00",
            "SB-Mid-server-test",
            "a51d1bd2aa8b1dca9228f3827cd641b6dadf52ebb9ed40fb45db6a06dbb33de7cde8e80caa93dfb5e6beeaaf44f698dc7f6f56edd46556eddaa2a774ff7692c6",
        ),
        (
            "order-101",
            "200",
            "44000.00",
            "SB-Mid-server-test",
            "8e1e1d058aa5ff5c7255b3ef2c4956b3082249b72db3b7f340c99f74c2c377b3f3ee71403480b2d5379831d90e6f0054e8332f4df73c3627d79a07ae8b3dd9ce",
        ),
        (
            "1111",
            "200",
            "100000.00",
            "askvnoibnosifnboseofinbofinfgbiufglnbfg",
            "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231",
        ),
    ];

    #[test]
    fn the_published_signatures_are_ours_too() {
        for (order_id, status_code, gross_amount, server_key, hex) in VECTORS {
            let signature = Signature::over(order_id, status_code, gross_amount, server_key);
            assert_eq!(signature.to_hex(), hex);
            assert!(signature.matches(hex));
        }
    }

    #[test]
    fn another_key_another_code_or_a_cut_signature_does_not_match() {
        let (order_id, status_code, gross_amount, server_key, hex) = VECTORS[3];
        assert!(!Signature::over(order_id, status_code, gross_amount, "SB-Mid-server-tesT").matches(hex));
        assert!(!Signature::over(order_id, "201", gross_amount, server_key).matches(hex));
        let right = Signature::over(order_id, status_code, gross_amount, server_key);
        assert!(!right.matches(&hex[..127]) && !right.matches("") && !right.matches(&hex.to_ascii_uppercase()));
    }

    #[test]
    fn a_signature_in_a_log_line_shows_nothing() {
        let (order_id, status_code, gross_amount, server_key, hex) = VECTORS[0];
        let shown = format!("{:?}", Signature::over(order_id, status_code, gross_amount, server_key));
        assert!(!shown.contains(&hex[..8]));
    }
}
