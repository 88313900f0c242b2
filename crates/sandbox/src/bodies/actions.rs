//! `actions`: the URLs in a charge's answer.

use super::Writer;
use crate::{deeplink, ledger::Transaction};
use gopay_contract::ActionName;
use serde::Serialize;

/// One action. `fields`, always empty, is in the documents' sample only.
#[derive(Debug, Serialize)]
pub(super) struct ActionLine {
    name: ActionName,
    method: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<[(); 0]>,
}

impl Writer<'_> {
    /// The actions, in the order of the documents.
    pub(super) fn actions(&self, transaction: &Transaction) -> Vec<ActionLine> {
        let (base, id, reference) = (self.public_url, &transaction.transaction_id, &transaction.reference);
        let framed = self.behaviour.generate_qr_code_v2 && !transaction.omissions.no_generate_qr_code_v2;
        let deeplink = deeplink::url(self.behaviour.deeplink, base, transaction);
        let get = |name, url| ActionLine { name, method: "GET", url, fields: None };
        let mut actions = vec![get(ActionName::GenerateQrCode, format!("{base}/v2/gopay/{id}/qr-code"))];
        if framed {
            let slash = if self.behaviour.double_slash { "//" } else { "/" };
            actions.push(get(ActionName::GenerateQrCodeV2, format!("{base}{slash}v4/qris/gopay/{reference}/qr-code")));
        }
        actions.push(get(ActionName::DeeplinkRedirect, deeplink));
        actions.push(get(ActionName::GetStatus, format!("{base}/v2/{id}/status")));
        actions.push(ActionLine {
            name: ActionName::Cancel,
            method: "POST",
            url: format!("{base}/v2/{id}/cancel"),
            fields: self.behaviour.sample_fields.then_some([]),
        });
        actions
    }
}
