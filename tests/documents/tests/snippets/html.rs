//! A page, or a part of one: its form, its `<gopay-checkout>`s by the widget's own parser, and its scripts.

use super::javascript;
use gopay_checkout::config::Config;
use html5gum::{StartTag, Token, Tokenizer};

/// Attributes of any element.
const OF_ANY_ELEMENT: [&str; 6] = ["id", "class", "slot", "style", "hidden", "part"];

pub(crate) fn check(code: &str) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    let mut script: Option<String> = None;
    for token in Tokenizer::new(code) {
        let Ok(token) = token;
        match token {
            Token::Error(error) => return Err(format!("{:?}", error.value)),
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                match name.as_str() {
                    "gopay-checkout" => element(&tag)?,
                    "script" => script = script_tag(&tag)?.then(String::new),
                    _ => {}
                }
                if name.contains('-') || name == "script" {
                    if tag.self_closing {
                        return Err(format!("<{name}/> does not end: HTML wants </{name}>"));
                    }
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                let name = text(&tag.name);
                if (name.contains('-') || name == "script") && open.pop().as_ref() != Some(&name) {
                    return Err(format!("</{name}> ends nothing"));
                }
                if let Some(code) = script.take().filter(|_| name == "script") {
                    javascript::check(&code)?;
                }
            }
            Token::String(words) => {
                if let Some(script) = &mut script {
                    script.push_str(&String::from_utf8_lossy(&words));
                }
            }
            Token::Comment(_) | Token::Doctype(_) => {}
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not ended")) }
}

/// True if the content is a script to check.
fn script_tag(tag: &StartTag<()>) -> Result<bool, String> {
    let of = |name: &str| tag.attributes.iter().find(|(known, _)| text(known) == name).map(|(_, value)| text(value));
    let Some(src) = of("src") else { return Ok(of("type").is_none_or(|it| it == "module")) };
    if src.ends_with("gopay-checkout.js") && of("type").as_deref() != Some("module") {
        return Err(format!("{src} is a module: it wants type=\"module\""));
    }
    match of("integrity") {
        Some(hash) if !hash.starts_with("sha384-") => {
            Err(format!("integrity is {hash:?}; dist/integrity.json has sha384-…"))
        }
        Some(_) if of("crossorigin").is_none() => {
            Err("integrity without crossorigin holds on one's own origin alone".to_owned())
        }
        Some(_) | None => Ok(false),
    }
}

fn element(tag: &StartTag<()>) -> Result<(), String> {
    let attributes: Vec<_> = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
    check_attributes(&attributes)
}

/// Checks the attributes as the widget does.
pub(crate) fn check_attributes(attributes: &[(String, String)]) -> Result<(), String> {
    for (name, _) in attributes {
        let of_the_page =
            OF_ANY_ELEMENT.contains(&name.as_str()) || name.starts_with("data-") || name.starts_with("aria-");
        if !Config::ATTRIBUTES.contains(&name.as_str()) && !of_the_page {
            return Err(format!("<gopay-checkout> has no attribute {name:?}"));
        }
    }
    let config = Config::read(attributes, None).map_err(|problem| problem.message.clone())?;
    config.warnings.first().map_or(Ok(()), |warning| Err(warning.message.clone()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
