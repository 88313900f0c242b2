//! One attribute's text → its meaning, or what was expected instead.

use super::OrderToken;
use crate::payment::{Problem, ProblemCode, is_host};
use crate::text::Lang;
use gopay_contract::{GrossAmount, cut, shortened};

pub(super) const URL_EXPECTED: &str = "a path or an http(s) URL, like /api/gopay/charge";

/// An element's attributes, as they stand in the page.
pub(super) struct Attributes<'a>(pub(super) &'a [(String, String)]);

pub(super) fn unusable(attribute: &str, value: &str, expected: &str) -> Problem {
    let message = ["attribute ", attribute, " is \"", &shortened(value), "\"; expected ", expected].concat();
    Problem::new(ProblemCode::Config, message)
}

pub(super) fn missing(attribute: &str, expected: &str) -> Problem {
    Problem::new(ProblemCode::Config, ["attribute ", attribute, " is missing; expected ", expected].concat())
}

impl<'a> Attributes<'a> {
    /// The value, trimmed; an empty one counts as missing (frameworks write those for what is undefined).
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn needed(&self, name: &str, expected: &str) -> Result<&'a str, Problem> {
        self.get(name).ok_or_else(|| missing(name, expected))
    }

    /// Which of `words` it is; the first where there is none.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> Result<usize, Problem> {
        let Some(value) = self.get(name) else { return Ok(0) };
        let found = words.iter().position(|word| value.eq_ignore_ascii_case(word));
        found.ok_or_else(|| unusable(name, value, &words.join(" or ")))
    }

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

    pub(super) fn order_token(&self) -> Result<Option<OrderToken>, Problem> {
        match self.get("order-token") {
            Some(token) if token.bytes().all(|b| b.is_ascii_graphic()) => Ok(Some(OrderToken(token.to_owned()))),
            // The value is a secret, even a broken one.
            Some(_) => Err(unusable("order-token", "…", "visible ASCII characters without spaces")),
            None => Ok(None),
        }
    }

    pub(super) fn gross_amount(&self) -> Result<Option<GrossAmount>, Problem> {
        let Some(value) = self.get("gross-amount") else { return Ok(None) };
        GrossAmount::parse(value)
            .map(Some)
            .map_err(|_| unusable("gross-amount", value, "whole rupiah without separators, like 44000"))
    }

    pub(super) fn callback_url(&self) -> Result<Option<String>, Problem> {
        let Some(value) = self.get("callback-url") else { return Ok(None) };
        let expected = "an http(s) URL, or an app's own scheme like someapps://callback";
        let parts = cut(value, b':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)));
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

    pub(super) fn lang(&self, nearest: Option<&str>) -> Result<Lang, Problem> {
        match self.get("lang") {
            Some(tag) => Lang::from_tag(tag).ok_or_else(|| unusable("lang", tag, "id or en")),
            // The page's own language may be any; ours are two.
            None => Ok(nearest.and_then(Lang::from_tag).unwrap_or(Lang::Id)),
        }
    }

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
