//! Validation errors of a charge's data: one sentence per field, with its value and the expected one.

/// Sentences, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct ValidationErrors(pub(super) Vec<String>);

impl ValidationErrors {
    pub(super) fn add(&mut self, sentence: String) {
        self.0.push(sentence);
    }

    pub(super) fn check_length(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(format!("{field} is {} of {count} characters, expected at most {most}", shown(text)));
        }
    }

    /// Checks the length without showing the value, for values that must not be in a log.
    pub(super) fn check_length_unshown(&mut self, field: &str, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(format!("{field} is a text of {count} characters, expected at most {most}"));
        }
    }
}

/// The beginning of a value, quoted.
pub(super) fn shown(text: &str) -> String {
    let beginning: String = text.chars().take(40).collect();
    if beginning.len() < text.len() { format!("\"{}…\"", beginning.escape_debug()) } else { format!("{text:?}") }
}
