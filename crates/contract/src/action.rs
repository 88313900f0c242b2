//! `actions`: the URLs in a charge's answer, chosen by name and never by place (the order has changed over the years).

use crate::json::{Json, Unreadable, set_once};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The purpose of an action's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionName {
    /// The QR code as a PNG, at `…/v2/gopay/{transaction_id}/qr-code`.
    GenerateQrCode,
    /// The QR code in the official QRIS frame; taller than wide; not on every account.
    GenerateQrCodeV2,
    /// The link that opens the GoPay app (or, in the sandbox, its simulator).
    DeeplinkRedirect,
    /// Midtrans' own get-status. Needs the server key: never for a browser.
    GetStatus,
    /// Midtrans' own cancel. Needs the server key: never for a browser.
    Cancel,
    /// A name that this version does not know; kept as it came.
    Other(String),
}

impl ActionName {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::GenerateQrCode => "generate-qr-code",
            Self::GenerateQrCodeV2 => "generate-qr-code-v2",
            Self::DeeplinkRedirect => "deeplink-redirect",
            Self::GetStatus => "get-status",
            Self::Cancel => "cancel",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for ActionName {
    fn from(name: String) -> Self {
        match name.as_str() {
            "generate-qr-code" => Self::GenerateQrCode,
            "generate-qr-code-v2" => Self::GenerateQrCodeV2,
            "deeplink-redirect" => Self::DeeplinkRedirect,
            "get-status" => Self::GetStatus,
            "cancel" => Self::Cancel,
            _ => Self::Other(name),
        }
    }
}

impl Serialize for ActionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One of a charge's actions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), serde(deny_unknown_fields))]
pub struct Action {
    /// The action's name.
    pub name: ActionName,
    /// `GET` or `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The URL exactly as Midtrans gave it. Never re-encoded: GoPay's links are opaque.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub url: String,
}

impl Action {
    pub(crate) fn read(json: Json) -> Result<Self, Unreadable> {
        let (mut name, mut method, mut url) = (None, None, None);
        const NAME: &str = "actions";
        for (field, value) in json.fields(NAME)? {
            match field.as_str() {
                "name" => set_once(&mut name, value.optional_text(NAME)?.map(ActionName::from), NAME)?,
                "method" => set_once(&mut method, value.optional_text(NAME)?, NAME)?,
                "url" => set_once(&mut url, value.optional_text(NAME)?, NAME)?,
                _ => {}
            }
        }
        match (name, url) {
            (Some(name), Some(url)) => Ok(Self { name, method, url }),
            (None, _) | (_, None) => {
                Err(Unreadable::because(NAME, || "actions: expected a name and a url in each".to_owned()))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Json::deserialize(deserializer)?).map_err(Unreadable::into_serde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_later_year_is_kept_as_it_came() {
        let json = r#"{"name":"generate-qr-code-v3","method":"GET","url":"https://x.example/"}"#;
        let action: Action = serde_json::from_str(json).expect("lenient");
        assert_eq!(action.name, ActionName::Other("generate-qr-code-v3".to_owned()));
        assert_eq!(serde_json::to_string(&action).expect("writes"), json);
    }
}
