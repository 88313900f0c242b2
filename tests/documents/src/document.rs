//! One document: what is in it that can be held against something.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::path::PathBuf;

/// A Markdown file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The path from the repository's folder.
    pub path: PathBuf,
    /// All of it.
    pub text: String,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Snippet {
    /// The first word of what stands behind the fence; empty where nothing does.
    pub language: String,
    /// The code between the fences.
    pub code: String,
    /// The first line, counted from 1.
    pub line: usize,
}

/// A link or a picture.
#[derive(Clone, Debug)]
pub struct Link {
    /// The target as it is written.
    pub to: String,
    /// The line, counted from 1.
    pub line: usize,
}

impl Document {
    fn events(&self) -> impl Iterator<Item = (Event<'_>, usize)> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
        let line = |at: usize| self.text[..at].matches('\n').count() + 1;
        Parser::new_ext(&self.text, options).into_offset_iter().map(move |(event, at)| (event, line(at.start)))
    }

    /// Its fenced blocks. One that is only indented would never be looked at, and counts as one without a language.
    #[must_use]
    pub fn snippets(&self) -> Vec<Snippet> {
        let mut snippets = Vec::new();
        let mut open: Option<Snippet> = None;
        for (event, line) in self.events() {
            if let Event::Start(Tag::CodeBlock(kind)) = event {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
                open = Some(Snippet { language, code: String::new(), line });
            } else if let (Event::Text(text), Some(snippet)) = (&event, &mut open) {
                snippet.code.push_str(text);
            } else if event == Event::End(TagEnd::CodeBlock) {
                snippets.extend(open.take());
            }
        }
        snippets
    }

    /// Its links and pictures.
    #[must_use]
    pub fn links(&self) -> Vec<Link> {
        let lead = |(event, line)| {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else { return None };
            Some(Link { to: dest_url.to_string(), line })
        };
        self.events().filter_map(lead).collect()
    }

    /// The texts in `back-ticks`.
    #[must_use]
    pub fn code_words(&self) -> Vec<String> {
        let word = |(event, _)| if let Event::Code(text) = event { Some(text.to_string()) } else { None };
        self.events().filter_map(word).collect()
    }

    /// The anchors of its headings, as GitHub makes them.
    #[must_use]
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        let mut open: Option<String> = None;
        for (event, _) in self.events() {
            if let Event::Start(Tag::Heading { .. }) = event {
                open = Some(String::new());
            } else if let (Event::Text(text) | Event::Code(text), Some(heading)) = (&event, &mut open) {
                heading.push_str(text);
            } else if let (Event::End(TagEnd::Heading(_)), Some(heading)) = (&event, &mut open) {
                let anchor = anchor(heading);
                let twins = anchors.iter().filter(|it| **it == anchor).count();
                anchors.push(if twins == 0 { anchor } else { format!("{anchor}-{twins}") });
                open = None;
            }
        }
        anchors
    }
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        Document { path: PathBuf::from("x.md"), text: text.to_owned() }
    }

    #[test]
    fn a_fence_is_found_with_its_language_and_its_line_in_a_list_too() {
        let found = document("# A\n\n```js\nlet a;\n```\n\n- b\n\n  ```sh\n  ls\n  ```\n").snippets();
        let told: Vec<_> = found.iter().map(|it| (it.language.as_str(), it.code.as_str(), it.line)).collect();
        assert_eq!(told, [("js", "let a;\n", 3), ("sh", "ls\n", 9)]);
    }

    #[test]
    fn what_is_only_indented_has_no_language() {
        assert_eq!(document("a\n\n    ls\n").snippets()[0].language, "");
    }

    #[test]
    fn an_anchor_is_the_heading_in_small_letters_without_its_marks() {
        let anchors = document("## 1. Keys\n\n## SQLite or `PostgreSQL`?\n\n## 1. Keys\n").anchors();
        assert_eq!(anchors, ["1-keys", "sqlite-or-postgresql", "1-keys-1"]);
    }
}
