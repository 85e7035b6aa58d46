//! Everything that is brought in is under a license of the list in `deny.toml`.

use toml::{Table, Value};

use super::fault::Fault;
use super::tree::Tree;
use super::workspace::Workspace;

const LIST: &str = "deny.toml";

pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Fault> {
    let table = tree.get(LIST).and_then(|text| text.parse::<Table>().ok());
    let Some(licenses) = table.as_ref().and_then(|table| table.get("licenses")) else {
        let remedy = "write the `allow` list under `[licenses]`";
        return vec![Fault::new(LIST, 0, "there is no list of licenses", remedy)];
    };
    let mut faults = Vec::new();
    for package in &workspace.foreign {
        let mut allowed = strings(licenses.get("allow"));
        let exceptions = licenses.get("exceptions").and_then(Value::as_array).into_iter().flatten();
        for exception in exceptions {
            let name = exception.get("crate").or_else(|| exception.get("name"));
            if name.and_then(Value::as_str) == Some(&package.name) {
                allowed.extend(strings(exception.get("allow")));
            }
        }
        let license = package.license.as_deref().unwrap_or_default();
        let refused = match Parser::new(license).parse(&allowed) {
            Some(true) => continue,
            Some(false) => format!("under `{license}`, which the list does not allow"),
            None => format!("under `{license}`, which is no license expression"),
        };
        faults.push(Fault::new(
            "Cargo.lock",
            0,
            format!("`{} {}` is {refused}", package.name, package.version),
            "do without it, or allow its license in deny.toml with a reason",
        ));
    }
    faults
}

fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Reads an SPDX license expression: `AND` binds tighter than `OR`, and `WITH` makes one name of
/// two; the old `MIT/Apache-2.0` means `OR`.
struct Parser {
    tokens: std::vec::IntoIter<String>,
    next: Option<String>,
}

impl Parser {
    fn new(expression: &str) -> Self {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let tokens: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
        let mut parser = Self { tokens: tokens.into_iter(), next: None };
        parser.next = parser.tokens.next();
        parser
    }

    /// Whether one of the choices needs allowed licenses only; `None` when it is no expression.
    fn parse(mut self, allowed: &[&str]) -> Option<bool> {
        let answer = self.any(allowed)?;
        self.next.is_none().then_some(answer)
    }

    fn any(&mut self, allowed: &[&str]) -> Option<bool> {
        let mut answer = self.all(allowed)?;
        while self.take("OR") {
            answer |= self.all(allowed)?;
        }
        Some(answer)
    }

    fn all(&mut self, allowed: &[&str]) -> Option<bool> {
        let mut answer = self.one(allowed)?;
        while self.take("AND") {
            answer &= self.one(allowed)?;
        }
        Some(answer)
    }

    fn one(&mut self, allowed: &[&str]) -> Option<bool> {
        if self.take("(") {
            let answer = self.any(allowed)?;
            return self.take(")").then_some(answer);
        }
        let mut name = self.word()?;
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.word()?);
        }
        Some(allowed.contains(&name.as_str()))
    }

    fn word(&mut self) -> Option<String> {
        let word =
            self.next.take().filter(|word| !matches!(&**word, "(" | ")" | "AND" | "OR" | "WITH"));
        self.next = self.tokens.next();
        word
    }

    fn take(&mut self, token: &str) -> bool {
        let taken = self.next.as_deref() == Some(token);
        if taken {
            self.next = self.tokens.next();
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{expect, tree};
    use super::super::workspace::Foreign;
    use super::*;

    #[test]
    fn expressions_are_read() {
        let allowed = ["MIT", "Apache-2.0", "BSD-3-Clause", "X WITH e"];
        for (expression, want) in [
            ("MIT", Some(true)),
            ("GPL-3.0", Some(false)),
            ("GPL-3.0 OR MIT", Some(true)),
            ("GPL-3.0/MIT", Some(true)),
            ("MIT AND GPL-3.0", Some(false)),
            ("MIT AND Apache-2.0 AND BSD-3-Clause", Some(true)),
            ("MIT OR GPL-3.0 AND GPL-2.0", Some(true)),
            ("(MIT OR GPL-3.0) AND GPL-2.0", Some(false)),
            ("(GPL-3.0 OR MIT) AND BSD-3-Clause", Some(true)),
            ("X WITH e", Some(true)),
            ("MIT WITH e", Some(false)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT)", None),
            ("MIT GPL-3.0", None),
        ] {
            assert_eq!(Parser::new(expression).parse(&allowed), want, "{expression}");
        }
    }

    #[test]
    fn what_is_brought_in_is_allowed() {
        let foreign = |name: &str, license: Option<&str>| Foreign {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
        };
        let workspace = Workspace {
            foreign: vec![
                foreign("good", Some("MIT")),
                foreign("odd", Some("GPL-3.0")),
                foreign("bad", Some("GPL-3.0")),
                foreign("none", None),
            ],
            ..Workspace::default()
        };
        let list = "[licenses]\nallow = [\"MIT\"]\n\
                    exceptions = [{ crate = \"odd\", allow = [\"GPL-3.0\"] }]\n";
        let want = ["Cargo.lock:0: `bad 1.0.0`", "Cargo.lock:0: no license expression"];
        expect(&check(&tree(&[(LIST, list)]), &workspace), &want);
        for list in [&[][..], &[(LIST, "[bans]\n")], &[(LIST, "[")]] {
            expect(&check(&tree(list), &workspace), &["deny.toml:0: no list of licenses"]);
        }
    }
}
