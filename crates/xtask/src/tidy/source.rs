//! Rust text with its comments and literals blanked, so that a rule sees code and nothing else.

/// One Rust file, line for line.
#[derive(Debug)]
pub(crate) struct Source {
    /// The text, where every character of a comment, a string or a character literal is a space.
    /// Lines and columns are those of the file.
    code: String,
    /// For each line, how many columns it has without its literals, which nobody can break.
    columns: Vec<usize>,
    /// For each line, whether it belongs to something under `#[cfg(test)]`.
    test: Vec<bool>,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let (code, columns) = blank(text);
        let test = test_lines(&code);
        Self { code, columns, test }
    }

    /// The columns of each line, with its comments and without its literals, and its number.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (usize, usize)> {
        self.columns.iter().zip(1..).map(|(&columns, number)| (number, columns))
    }

    /// All lines of code, with their numbers from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().zip(1..).map(|(line, number)| (number, line))
    }

    /// The lines of code that are not under `#[cfg(test)]`.
    pub(crate) fn lines_outside_tests(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(number, _)| self.test.get(number - 1) != Some(&true))
    }
}

/// Whether a file holds Rust.
pub(crate) fn is_rust(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "rs")
}

/// Whether a whole file is there for tests or benchmarks alone.
pub(crate) fn is_test_file(name: &str) -> bool {
    let mut folders: Vec<&str> = name.split('/').collect();
    let file = folders.pop().unwrap_or_default();
    file == "tests.rs" || folders.iter().any(|&folder| folder == "tests" || folder == "benches")
}

/// The files that a file declares as modules under `#[cfg(test)]`: `<name>.rs`, or what lies in the
/// folder `<name>/`.
pub(crate) fn test_modules(name: &str, source: &Source) -> Vec<String> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let folder = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => name.trim_end_matches(".rs").to_owned(),
    };
    let lines = source.lines().filter(|(number, _)| source.test.get(number - 1) == Some(&true));
    let modules = lines.filter_map(|(_, line)| {
        let declared = line.trim().trim_start_matches("#[cfg(test)]").trim();
        declared.strip_prefix("mod ")?.strip_suffix(';')
    });
    modules.map(|module| format!("{folder}/{}", module.trim())).collect()
}

/// Where `word` stands in `line` with no part of a name on either side.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

fn blank(text: &str) -> (String, Vec<usize>) {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let (mut columns, mut column) = (Vec::new(), 0);
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        let (blanked, counted) = (end > at, end == at || chars[at] == '/');
        for &c in &chars[at..end.max(at + 1)] {
            code.push(if blanked && c != '\n' { ' ' } else { c });
            if c == '\n' {
                columns.push(std::mem::take(&mut column));
            } else {
                column += usize::from(counted);
            }
        }
        at = end.max(at + 1);
    }
    columns.push(column);
    (code, columns)
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let char_at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    match (char_at(at), char_at(at + 1)) {
        ('/', '/') => find(chars, at, |i| char_at(i) == '\n'),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => quoted_end(chars, at, '"'),
        // A lifetime has no second quote after its first character.
        ('\'', '\\') => quoted_end(chars, at, '\''),
        ('\'', _) if char_at(at + 2) == '\'' => at + 3,
        ('r', '"' | '#') => {
            let before = at.checked_sub(1).map_or(' ', char_at);
            let prefix =
                matches!(before, 'b' | 'c') && !is_name(at.checked_sub(2).map_or(' ', char_at));
            if is_name(before) && !prefix {
                return at;
            }
            let hashes = find(chars, at + 1, |i| char_at(i) != '#') - (at + 1);
            if char_at(at + 1 + hashes) != '"' {
                return at;
            }
            let close = |i: usize| char_at(i) == '"' && (1..=hashes).all(|k| char_at(i + k) == '#');
            (find(chars, at + 2 + hashes, close) + 1 + hashes).min(chars.len())
        }
        _ => at,
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn find(chars: &[char], from: usize, found: impl Fn(usize) -> bool) -> usize {
    (from..chars.len()).find(|&i| found(i)).unwrap_or(chars.len())
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut i, mut depth) = (at + 2, 1);
    while i < chars.len() && depth > 0 {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (i, depth) = (i + 2, depth + 1),
            ('*', Some('/')) => (i, depth) = (i + 2, depth - 1),
            _ => i += 1,
        }
    }
    i
}

fn test_lines(code: &str) -> Vec<bool> {
    let mut lines = vec![false; code.lines().count()];
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[at + mark.len()..];
        let mut depth = 0;
        let item = rest.find(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(c, '}' | ';')
        });
        let end = at + mark.len() + item.unwrap_or(rest.len());
        let line_of = |at: usize| code[..at].matches('\n').count();
        for line in lines.iter_mut().take(line_of(end) + 1).skip(line_of(at)) {
            *line = true;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_become_spaces() {
        for (text, want) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("a /* b\nc */ d", "a     \n     d"),
            (r#"f("x // y", 'z')"#, "f(        ,    )"),
            (r#"f("a\"b", '\'', '\\') g"#, "f(      ,     ,     ) g"),
            (r##"r#"a " b"# c"##, "           c"),
            (r###"br##"a "# b"## c"###, "b              c"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("r#type + number", "r#type + number"),
            ("b'x' c'y", "b    c'y"),
            ("\"open", "     "),
            ("r#\"open", "       "),
            ("'\u{e9}' 'label: loop", "    'label: loop"),
        ] {
            assert_eq!(Source::new(text).code, want, "{text}");
        }
    }

    #[test]
    fn literals_have_no_columns() {
        let text = "a(\"b\"); // c \"d\"\n'x' \"1\n2\"\n\u{e9}";
        let columns: Vec<_> = Source::new(text).columns().collect();
        assert_eq!(columns, [(1, 13), (2, 1), (3, 0), (4, 1)]);
    }

    #[test]
    fn what_stands_under_cfg_test_is_known() {
        let text =
            "a\n#[cfg(test)]\nmod tests {\n  {}\n  \"}\"\n}\nb\n#[cfg(test)]\nmod more;\nc\n";
        let outside: Vec<_> = Source::new(text).lines_outside_tests().map(|(n, _)| n).collect();
        assert_eq!(outside, [1, 7, 10]);
        assert!(is_test_file("crates/a/tests/b.rs") && is_test_file("crates/a/src/x/tests.rs"));
        assert!(is_test_file("tests/src/lib.rs") && !is_test_file("crates/a/src/test.rs"));
    }

    #[test]
    fn modules_for_tests_are_files_for_tests() {
        let text = "mod a;\n#[cfg(test)]\nmod b;\n#[cfg(test)] mod c;\n#[cfg(test)]\nmod d {}\n";
        let source = Source::new(text);
        assert_eq!(test_modules("p/src/lib.rs", &source), ["p/src/b", "p/src/c"]);
        assert_eq!(test_modules("p/src/x.rs", &source), ["p/src/x/b", "p/src/x/c"]);
    }

    #[test]
    fn words_have_borders() {
        for (line, word, want) in [
            ("use std::env;", "std::env", true),
            ("use std::environment;", "std::env", false),
            ("my_unsafe", "unsafe", false),
            ("(unsafe {", "unsafe", true),
        ] {
            assert_eq!(has_word(line, word), want, "{line}");
        }
    }
}
