//! Text for terminals: what came from outside is made harmless, measured in columns, cut and
//! wrapped.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// The text on one line without anything that a terminal obeys or hides: white space becomes
/// spaces; other control characters, and those that reorder or hide text, are written as `\u{1b}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == ' ' || !is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        if is_space(c) {
            cleaned.push(' ');
        } else if is_unsafe(c) {
            cleaned.extend(c.escape_unicode());
        } else {
            cleaned.push(c);
        }
    }
    Cow::Owned(cleaned)
}

/// The text with as many characters, so that positions in it hold: what a terminal obeys or hides
/// is replaced.
pub(crate) fn masked(text: &str) -> String {
    let masked = |c| if is_unsafe(c) && c != '\t' { '\u{fffd}' } else { c };
    text.chars().map(masked).collect()
}

/// [`clean`] for text of several lines, which it keeps.
pub(crate) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || is_space(c) || is_invisible(c)
}

fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What reorders a line or takes no room in it (Unicode's `Bidi_Control`, and formatting without a
/// mark of its own).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// How many columns a text takes. A mark that combines counts as one, so that no pile of them is
/// ever too wide.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    c.width().unwrap_or(1).max(1)
}

/// The text in at most so many columns, its end replaced by dots when it does not fit.
pub(crate) fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}...", head(text, columns.saturating_sub(3))))
}

/// The same with its beginning replaced, for paths, whose end says more.
pub(crate) fn shorten_start(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut left = columns.saturating_sub(3);
    let mut kept: Vec<char> =
        text.chars().rev().take_while(|&c| take(&mut left, char_width(c))).collect();
    kept.reverse();
    Cow::Owned(format!("...{}", kept.into_iter().collect::<String>()))
}

fn head(text: &str, columns: usize) -> String {
    let mut left = columns;
    text.chars().take_while(|&c| take(&mut left, char_width(c))).collect()
}

fn take(left: &mut usize, columns: usize) -> bool {
    left.checked_sub(columns).inspect(|&rest| *left = rest).is_some()
}

/// The text followed by spaces up to so many columns.
pub(crate) fn pad_end(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text preceded by spaces up to so many columns.
pub(crate) fn pad_start(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Words on at most so many lines of at most so many columns; a longer word is cut, and dots stand
/// for lines left out.
pub(crate) fn wrap(text: &str, columns: usize, most_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, columns);
        let full = lines.len() == most_lines;
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&word) <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(line) if full => {
                *line = format!("{} ...", head(line, columns.saturating_sub(4)).trim_end());
                break;
            }
            _ => lines.push(word.into_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        let cases = [
            ("plain text, \u{e9}\u{4e16}", "plain text, \u{e9}\u{4e16}"),
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("two\nlines\tand a\rreturn", "two lines and a return"),
            (
                "bell\u{7} delete\u{7f} csi\u{9b}2J nul\0",
                "bell\\u{7} delete\\u{7f} csi\\u{9b}2J nul\\u{0}",
            ),
            ("right\u{202e}left\u{2066}x\u{200b}y", "right\\u{202e}left\\u{2066}x\\u{200b}y"),
            ("one\u{2028}line\u{85}", "one line "),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected);
        }
        assert_eq!(masked("a\tb\u{1b}\u{9b}\u{202e}c"), "a\tb\u{fffd}\u{fffd}\u{fffd}c");
        assert_eq!(clean_lines("a\u{1b}\nb"), "a\\u{1b}\nb");
    }

    #[test]
    fn text_is_measured_in_columns() {
        assert_eq!(width("ab"), 2);
        assert_eq!(width("\u{4e16}\u{754c}"), 4);
        assert_eq!(width("e\u{301}\u{301}\u{301}"), 4);
        assert_eq!(shorten("\u{4e16}\u{754c}\u{4e16}\u{754c}", 6), "\u{4e16}...");
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten_start("statistical_tests.accuracy_p_value", 16), "...uracy_p_value");
        assert_eq!(pad_start("\u{4e16}", 4), "  \u{4e16}");
        assert_eq!(pad_end("\u{4e16}", 4), "\u{4e16}  ");
    }

    #[test]
    fn words_are_wrapped_and_the_rest_is_left_out() {
        assert_eq!(wrap("one two three four", 9, 5), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 9, 2), ["one two", "three ..."]);
        assert_eq!(wrap("abcdefghijklmnop b", 9, 2), ["abcdef...", "b"]);
        assert_eq!(wrap("", 9, 2), Vec::<String>::new());
    }
}
