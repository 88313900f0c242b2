//! Parsers of single attributes: a value, or the problem that says what was expected.

use super::OrderToken;
use crate::payment::{Problem, ProblemCode, is_host};
use crate::text::Lang;
use gopay_contract::{GrossAmount, shortened, split_once_ascii};

/// Expected values of a URL attribute.
pub(super) const URL_EXPECTED: &str = "a path or an http(s) URL, like /api/gopay/charge";

/// The attributes of an element: names and values.
pub(super) struct Attributes<'a>(pub(super) &'a [(String, String)]);

/// The problem of an attribute with an unusable value.
pub(super) fn unusable(attribute: &str, value: &str, expected: &str) -> Problem {
    let message = ["attribute ", attribute, " is \"", &shortened(value), "\"; expected ", expected].concat();
    Problem::new(ProblemCode::Config, message)
}

/// The problem of a missing attribute.
pub(super) fn missing(attribute: &str, expected: &str) -> Problem {
    Problem::new(ProblemCode::Config, ["attribute ", attribute, " is missing; expected ", expected].concat())
}

impl<'a> Attributes<'a> {
    /// The trimmed value. An empty one counts as missing: frameworks write it for undefined values.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of an attribute that must be there.
    pub(super) fn required(&self, name: &str, expected: &str) -> Result<&'a str, Problem> {
        self.get(name).ok_or_else(|| missing(name, expected))
    }

    /// Index of the value in `words`; the first where the attribute is missing.
    pub(super) fn choice(&self, name: &str, words: &[&str]) -> Result<usize, Problem> {
        let Some(value) = self.get(name) else { return Ok(0) };
        let found = words.iter().position(|word| value.eq_ignore_ascii_case(word));
        found.ok_or_else(|| unusable(name, value, &words.join(" or ")))
    }

    /// The same for an attribute that only changes how it looks: a value that is not known is the default, and a warning.
    pub(super) fn looks(&self, name: &str, words: &[&str], warnings: &mut Vec<Problem>) -> usize {
        self.choice(name, words).unwrap_or_else(|problem| {
            warnings.push(problem);
            0
        })
    }

    /// An `http(s)` URL or a path.
    pub(super) fn url(&self, name: &str) -> Result<Option<String>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let scheme_end = value.bytes().position(|b| matches!(b, b':' | b'/' | b'?' | b'#'));
        let web = match scheme_end {
            Some(end) if value.as_bytes()[end] == b':' => {
                value[..end].eq_ignore_ascii_case("http") || value[..end].eq_ignore_ascii_case("https")
            }
            Some(_) | None => true,
        };
        let clean = !value.chars().any(|c| c.is_control() || c.is_whitespace());
        if web && clean { Ok(Some(value.to_owned())) } else { Err(unusable(name, value, URL_EXPECTED)) }
    }

    /// `order-token`.
    pub(super) fn order_token(&self) -> Result<Option<OrderToken>, Problem> {
        match self.get("order-token") {
            Some(token) if token.bytes().all(|b| b.is_ascii_graphic()) => Ok(Some(OrderToken(token.to_owned()))),
            // The value is a secret, even a broken one.
            Some(_) => Err(unusable("order-token", "…", "visible ASCII characters without spaces")),
            None => Ok(None),
        }
    }

    /// `gross-amount`, in whole rupiah.
    pub(super) fn gross_amount(&self) -> Result<Option<GrossAmount>, Problem> {
        let Some(value) = self.get("gross-amount") else { return Ok(None) };
        GrossAmount::parse(value)
            .map(Some)
            .map_err(|_| unusable("gross-amount", value, "whole rupiah without separators, like 44000"))
    }

    /// `callback-url`: an `http(s)` URL, or one with an app's own scheme, but none that runs code.
    pub(super) fn callback_url(&self) -> Result<Option<String>, Problem> {
        let Some(value) = self.get("callback-url") else { return Ok(None) };
        let expected = "an http(s) URL, or an app's own scheme like someapps://callback";
        let parts = split_once_ascii(value, b':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
        let (scheme, rest) = parts.ok_or_else(|| unusable("callback-url", value, expected))?;
        let scheme_ok = scheme.bytes().enumerate().all(|(i, b)| match b {
            b'a'..=b'z' | b'A'..=b'Z' => true,
            b'0'..=b'9' | b'+' | b'-' | b'.' => i > 0,
            _ => false,
        });
        let runs = ["javascript", "data", "vbscript", "blob", "file"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
        let clean = value.bytes().all(|b| b.is_ascii_graphic());
        if scheme.is_empty() || !scheme_ok || runs || rest.is_empty() || !clean {
            return Err(unusable("callback-url", value, expected));
        }
        Ok(Some(value.to_owned()))
    }

    /// `lang`; without a usable one the language around the element, or Indonesian.
    pub(super) fn lang(&self, nearest: Option<&str>, warnings: &mut Vec<Problem>) -> Lang {
        let tag = self.get("lang");
        let lang = tag.and_then(Lang::from_tag);
        if let (Some(tag), None) = (tag, lang) {
            warnings.push(unusable("lang", tag, Lang::TAGS));
        }
        // The page's own language may be any; the widget's are a few.
        lang.or_else(|| nearest.and_then(Lang::from_tag)).unwrap_or(Lang::Id)
    }

    /// `trusted-hosts`: hosts, separated by commas or spaces.
    pub(super) fn trusted_hosts(&self) -> Result<Vec<String>, Problem> {
        let Some(value) = self.get("trusted-hosts") else { return Ok(Vec::new()) };
        let mut hosts = Vec::new();
        for host in value.split(|c: char| c == ',' || c.is_whitespace()).filter(|host| !host.is_empty()) {
            let host = host.to_ascii_lowercase();
            if !is_host(&host) {
                return Err(unusable("trusted-hosts", &host, "hosts like sim.toko.example or 127.0.0.1:7081"));
            }
            hosts.push(host);
        }
        Ok(hosts)
    }
}
