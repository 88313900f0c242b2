//! The error body of Midtrans, and of a merchant that answers in Midtrans' manner.

use crate::StatusCode;
use crate::json::{Json, Unreadable, set_once};
use serde::{Deserialize, Deserializer, Serialize};

/// Midtrans' error body. Its shape is the same for every error; `validation_messages` come with 400 only, and `id` is
/// sometimes missing (412, 413).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), serde(deny_unknown_fields))]
pub struct ErrorBody {
    /// The status code of the answer. It decides, whatever the HTTP status says.
    pub status_code: StatusCode,
    /// A sentence for developers; never shown raw to a payer.
    pub status_message: String,
    /// One sentence per bad field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub validation_messages: Vec<String>,
    /// Midtrans' id of the request, for its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl ErrorBody {
    /// An error with a code and a sentence, nothing more.
    #[must_use]
    pub fn new(status_code: u16, status_message: impl Into<String>) -> Self {
        Self {
            status_code: StatusCode(status_code),
            status_message: status_message.into(),
            validation_messages: Vec::new(),
            id: None,
        }
    }
}

impl ErrorBody {
    fn read(json: Json) -> Result<Self, Unreadable> {
        const CODE: &str = "status_code";
        let (mut status_code, mut status_message, mut id, mut validation_messages) = (None, None, None, Vec::new());
        for (name, value) in json.fields("an error body")? {
            match name.as_str() {
                "status_code" => {
                    let code = value.optional_text(CODE)?.map(|text| StatusCode::parse(&text)).transpose();
                    set_once(
                        &mut status_code,
                        code.map_err(|why| Unreadable::because(CODE, || why.to_string()))?,
                        CODE,
                    )?;
                }
                "status_message" => status_message = value.optional_text("status_message").ok().flatten(),
                "validation_messages" => validation_messages = value.texts("validation_messages"),
                "id" => id = value.optional_text("id").ok().flatten(),
                _ => {}
            }
        }
        let status_code =
            status_code.ok_or_else(|| Unreadable::because(CODE, || "missing field `status_code`".to_owned()))?;
        Ok(Self { status_code, status_message: status_message.unwrap_or_default(), validation_messages, id })
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Json::deserialize(deserializer)?).map_err(Unreadable::into_serde)
    }
}
