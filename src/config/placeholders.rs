//! Placeholders in the merchant's URLs: `{order_id}` and `{transaction_id}`.

/// `url` with every `{name}` replaced by `value`. One that a URL API has encoded (`%7Bname%7D`) is one too. (`str::replace`
/// brings a search algorithm of two kilobytes along.)
#[must_use]
pub fn fill(url: &str, name: &str, value: &str) -> String {
    let mut whole = String::new();
    let mut rest = url;
    while let Some(next) = rest.chars().next() {
        match after_placeholder(rest, name) {
            Some(after) => {
                whole.push_str(value);
                rest = after;
            }
            None => {
                whole.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    whole
}

fn after_placeholder<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    after(after(text, '{', "%7b")?.strip_prefix(name)?, '}', "%7d")
}

fn after<'a>(text: &'a str, brace: char, encoded: &str) -> Option<&'a str> {
    text.strip_prefix(brace).or_else(|| {
        let (head, rest) = text.split_at_checked(3)?;
        head.eq_ignore_ascii_case(encoded).then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_counts_as_written_and_as_a_url_api_encodes_it() {
        for url in ["/o/{order_id}?a", "/o/%7Border_id%7D?a", "/o/%7border_id%7d?a", "/o/{order_id%7D?a"] {
            assert_eq!(fill(url, "order_id", "order-101"), "/o/order-101?a", "{url}");
            assert_eq!(fill(url, "transaction_id", "t-1"), url, "another's");
        }
        assert_eq!(fill("{order_id}{order_id}", "order_id", "x"), "xx");
        for url in ["/o/{order_id", "/o/order_id}", "/o/%7", "/o/%257Border_id%257D", "/é%7B", ""] {
            assert_eq!(fill(url, "order_id", "x"), url, "{url}");
        }
    }
}
