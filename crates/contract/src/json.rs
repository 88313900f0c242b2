//! A JSON value of any type, and readers of its fields.
//!
//! Answers are read through this and not by serde's derive: a derived reader of twenty optional fields, with serde's own
//! sentences about every wrong type, was a seventh of what a payer's browser fetched. What a field may be is said once
//! more here, shorter, and for server and browser alike.

use crate::lenient::split_once_ascii;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value.
pub(crate) enum Json {
    Null,
    Whole(i64),
    /// A value that no field of an answer can have: a truth value, a number with a fraction or one that is too large.
    Other,
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// Error: a field cannot be read. It has the field's name and the expected value. Only servers report the latter: the
/// browser's build leaves the words out.
pub(crate) struct Unreadable {
    pub(crate) name: &'static str,
    #[cfg(feature = "midtrans")]
    why: String,
}

impl Unreadable {
    pub(crate) fn because(name: &'static str, why: impl FnOnce() -> String) -> Self {
        #[cfg(not(feature = "midtrans"))]
        let _untold = why;
        Self {
            name,
            #[cfg(feature = "midtrans")]
            why: why(),
        }
    }

    fn expected(name: &'static str, what: &str) -> Self {
        Self::because(name, || [name, ": expected ", what].concat())
    }

    /// Converts the error for serde.
    pub(crate) fn into_serde<E: serde::de::Error>(self) -> E {
        #[cfg(feature = "midtrans")]
        return E::custom(self.why);
        #[cfg(not(feature = "midtrans"))]
        E::custom(self.name)
    }
}

impl Json {
    /// Returns the value, or `None` for `null` and for an empty text: typed languages write absence so.
    fn present(self) -> Option<Self> {
        match self {
            Self::Null => None,
            Self::Text(text) if text.is_empty() => None,
            Self::Whole(_) | Self::Other | Self::Text(_) | Self::List(_) | Self::Object(_) => Some(self),
        }
    }

    /// A text, whatever JSON type carried it.
    fn into_text(self, name: &'static str) -> Result<String, Unreadable> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Whole(number) => Ok(number.to_string()),
            Self::Null | Self::Other | Self::List(_) | Self::Object(_) => {
                Err(Unreadable::expected(name, "a string or a whole number"))
            }
        }
    }

    /// An optional text that may also come as a number.
    pub(crate) fn optional_text(self, name: &'static str) -> Result<Option<String>, Unreadable> {
        self.present().map(|value| value.into_text(name)).transpose()
    }

    /// Reads the entries of a list and drops the unreadable ones. An object counts as the list of its values: PHP
    /// writes an array with gaps so.
    pub(crate) fn list<T>(self, read: impl Fn(Self) -> Result<T, Unreadable>) -> Vec<T> {
        let mut list = Vec::new();
        match self {
            Self::List(values) => list.extend(values.into_iter().filter_map(|value| read(value).ok())),
            Self::Object(fields) => list.extend(fields.into_iter().filter_map(|(_, value)| read(value).ok())),
            Self::Null | Self::Whole(_) | Self::Other | Self::Text(_) => {}
        }
        list
    }

    /// The texts in a list.
    pub(crate) fn texts(self, name: &'static str) -> Vec<String> {
        self.list(|value| value.into_text(name))
    }

    /// The fields of an object.
    pub(crate) fn fields(self, name: &'static str) -> Result<Vec<(String, Self)>, Unreadable> {
        match self {
            Self::Object(fields) => Ok(fields),
            Self::Null | Self::Whole(_) | Self::Other | Self::Text(_) | Self::List(_) => {
                Err(Unreadable::expected(name, "an object"))
            }
        }
    }
}

/// Reads a text that may also come as a whole number.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D, name: &'static str) -> Result<String, D::Error> {
    Json::deserialize(deserializer)?.into_text(name).map_err(Unreadable::into_serde)
}

/// Implements `Deserialize` by a type's reader of text, which may also come as a whole number.
macro_rules! deserialize_text {
    ($type:ty, $name:literal, $read:expr) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $read(&crate::json::text(deserializer, $name)?).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use deserialize_text;

fn twice(name: &'static str) -> Unreadable {
    Unreadable::because(name, || [name, " stands there twice"].concat())
}

/// Sets a field that may occur only once: duplicate keys are rejected.
pub(crate) fn set_once<T>(field: &mut Option<T>, value: Option<T>, name: &'static str) -> Result<(), Unreadable> {
    if field.is_some() && value.is_some() {
        return Err(twice(name));
    }
    if value.is_some() {
        *field = value;
    }
    Ok(())
}

/// The name under which `serde_json` passes a number on as text (its feature `arbitrary_precision`). The script's build
/// has it so, because the reading of fractions, with its tables, was two of the kilobytes that a payer fetches.
const NUMBER: &str = "$serde_json::private::Number";

/// A whole number, however it is written: `44000`, `44000.00`, or as Java writes ten million, `1.0E7`.
fn number(written: &Json) -> Json {
    let Json::Text(written) = written else { return Json::Other };
    whole(written).map_or(Json::Other, Json::Whole)
}

fn whole(written: &str) -> Option<i64> {
    let (written, power) = match split_once_ascii(written, b'e').or_else(|| split_once_ascii(written, b'E')) {
        Some((written, power)) => (written, power.parse().ok()?),
        None => (written, 0_u32),
    };
    let (whole, fraction) = split_once_ascii(written, b'.').unwrap_or((written, ""));
    let fraction = fraction.trim_end_matches('0');
    let zeros = power.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let digits: i64 = [whole, fraction].concat().parse().ok()?;
    digits.checked_mul(10_i64.checked_pow(zeros)?)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_none<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
                deserializer.deserialize_any(self)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Whole(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(i64::try_from(value).map_or(Json::Other, Json::Whole))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                // Whole numbers up to 2^53 are exact; `44000.0` is one.
                let is_whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
                #[expect(clippy::cast_possible_truncation, reason = "whole, and small enough")]
                let whole = value as i64;
                Ok(if is_whole { Json::Whole(whole) } else { Json::Other })
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(value) = values.next_element()? {
                    list.push(value);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
                let mut object: Vec<(String, Json)> = Vec::new();
                while let Some((name, value)) = fields.next_entry()? {
                    if name == NUMBER {
                        return Ok(number(&value));
                    }
                    object.push((name, value));
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_reads_numbers_as_a_server_does() {
        for (written, number) in [
            ("44000", Some(44_000)),
            ("44000.00", Some(44_000)),
            ("1.0E7", Some(10_000_000)),
            ("1e+7", Some(10_000_000)),
            ("1.25e2", Some(125)),
            ("-1", Some(-1)),
            ("0.0", Some(0)),
            ("44000.5", None),
            ("1.255e2", None),
            ("1e-1", None),
            ("1e400", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(whole(written), number, "{written}");
            let read = match serde_json::from_str::<Json>(written) {
                Ok(Json::Whole(read)) => Some(read),
                Ok(Json::Null | Json::Other | Json::Text(_) | Json::List(_) | Json::Object(_)) | Err(_) => None,
            };
            assert_eq!(read, number, "{written}");
        }
    }
}
