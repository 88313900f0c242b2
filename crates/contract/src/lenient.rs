//! Readers for values whose JSON type Midtrans does not keep to: a number where the document shows a string, a string
//! where it shows a number, `null` where a field is normally left out.

use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer};

/// A JSON string or number, as text. Numbers keep serde's shortest form (`44000`, `44000.5`).
pub(crate) enum Text<'de> {
    /// It was a string.
    Str(std::borrow::Cow<'de, str>),
    /// It was a whole number.
    Whole(i128),
    /// It was a number with a fraction or an exponent.
    Fraction(f64),
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string or a number")
            }

            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Text::Str(v.into()))
            }

            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Text::Str(v.to_owned().into()))
            }

            fn visit_string<E>(self, v: String) -> Result<Self::Value, E> {
                Ok(Text::Str(v.into()))
            }

            fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
                Ok(Text::Whole(v.into()))
            }

            fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
                Ok(Text::Whole(v.into()))
            }

            fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
                Ok(Text::Fraction(v))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Text<'_> {
    /// The text itself, whatever JSON type carried it.
    pub(crate) fn into_string(self) -> String {
        match self {
            Text::Str(text) => text.into_owned(),
            Text::Whole(number) => number.to_string(),
            Text::Fraction(number) => number.to_string(),
        }
    }
}

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

/// An optional text, where an empty one is none. Also whatever is read from one.
pub(crate) fn non_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    match Option::<Text<'de>>::deserialize(deserializer)?.map(Text::into_string) {
        Some(text) if !text.is_empty() => T::deserialize(text.into_deserializer()).map(Some),
        Some(_) | None => Ok(None),
    }
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
