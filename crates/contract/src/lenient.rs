//! Readers for values whose JSON type Midtrans does not keep to: a number where the document shows a string, a string
//! where it shows a number, `null` where a field is normally left out.

use crate::json::{Json, Unreadable};
use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer};

/// The beginning of a text that was refused: enough to find it, and not a page of it.
#[must_use]
pub fn shortened(text: &str) -> String {
    let end = text.char_indices().nth(60).map_or(text.len(), |(end, _)| end);
    text[..end].to_owned()
}

/// True if `text` contains `word`. (`str::contains` brings a search algorithm of two kilobytes along.)
#[must_use]
pub fn contains(text: &str, word: &str) -> bool {
    position(text, word).is_some()
}

/// The position of the first `word` in `text`.
#[must_use]
pub fn position(text: &str, word: &str) -> Option<usize> {
    text.as_bytes().windows(word.len()).position(|part| part == word.as_bytes())
}

/// Splits `text` at the first `mark`, an ASCII character. (`str::split_once` brings a search of its own along.)
#[must_use]
pub fn split_once_ascii(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|b| b == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// An optional text, where an empty one is none. Also a value that is parsed from one.
pub(crate) fn non_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = Json::deserialize(deserializer)?.optional_text("a text").map_err(Unreadable::into_serde)?;
    text.map(|text| T::deserialize(text.into_deserializer())).transpose()
}

/// A flag that may come as `"true"` (the Java sample of the documents sends it so). Empty, it is not set.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Flag {
        Bool(bool),
        Text(String),
    }
    match Option::<Flag>::deserialize(deserializer)? {
        None => Ok(false),
        Some(flag) => match flag {
            Flag::Bool(flag) => Ok(flag),
            Flag::Text(text) if text.is_empty() => Ok(false),
            Flag::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Flag::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Flag::Text(text) => Err(serde::de::Error::custom(format_args!("expected true or false, got {text:?}"))),
        },
    }
}
