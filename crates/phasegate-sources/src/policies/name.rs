//! Names within a policy set: one form for every source, and what each kind of file is.

use super::limits::{MAX_DATA_FILE_BYTES, MAX_DEPTH, MAX_MANIFEST_BYTES, MAX_REGO_FILE_BYTES};

/// The manifest of a bundle, at its top.
pub(super) const MANIFEST: &str = ".manifest";

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameFault {
    /// A component is `..`: no honest tool writes one, and it may lead anywhere.
    ClimbsOut,
    /// A backslash or a control character, which systems read differently.
    BadCharacter,
    /// More folders than [`MAX_DEPTH`].
    TooDeep,
}

/// Brings a name into the one form: components between single `/`, none at the head or the end,
/// no `.` component. The empty name is the top of the set.
pub(super) fn normalize(raw: &str) -> Result<String, NameFault> {
    if raw.chars().any(|c| c == '\\' || c.is_control()) {
        return Err(NameFault::BadCharacter);
    }
    let mut parts = Vec::new();
    for part in raw.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(NameFault::ClimbsOut),
            part => parts.push(part),
        }
    }
    if parts.len() > MAX_DEPTH {
        return Err(NameFault::TooDeep);
    }
    Ok(parts.join("/"))
}

/// What a file of a policy set is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A policy or its tests.
    Rego,
    /// Base data, mounted at the path of its folder.
    Data,
    /// The input schema of the module beside it.
    Schema,
    /// A table of cases for the decisions of the set.
    Cases,
    /// The manifest of a bundle.
    Manifest,
}

/// How the names of case tables end.
const CASES: [&str; 3] = [".cases.yaml", ".cases.yml", ".cases.json"];

impl Kind {
    /// The kind of a normalized name; `None` for what no policy set keeps: other names, and
    /// everything hidden.
    pub(super) fn of(name: &str) -> Option<Self> {
        if name == MANIFEST {
            return Some(Self::Manifest);
        }
        if name.split('/').any(|part| part.starts_with('.')) {
            return None;
        }
        match file_name(name) {
            "data.json" | "data.yaml" | "data.yml" => Some(Self::Data),
            file if ends_with_and_more(file, ".rego") => Some(Self::Rego),
            file if ends_with_and_more(file, ".schema.json") => Some(Self::Schema),
            file if CASES.iter().any(|end| ends_with_and_more(file, end)) => Some(Self::Cases),
            _ => None,
        }
    }

    /// How many bytes a file of this kind may have.
    pub(super) fn max_bytes(self) -> u64 {
        match self {
            Self::Rego => MAX_REGO_FILE_BYTES,
            Self::Data | Self::Schema | Self::Cases => MAX_DATA_FILE_BYTES,
            Self::Manifest => MAX_MANIFEST_BYTES,
        }
    }
}

fn file_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file)| file)
}

fn ends_with_and_more(file: &str, ending: &str) -> bool {
    file.len() > ending.len() && file.ends_with(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_becomes_one() {
        let deep = vec!["a"; MAX_DEPTH + 1].join("/");
        for (raw, want) in [
            ("a/b.rego", Ok("a/b.rego")),
            ("/a/b.rego", Ok("a/b.rego")),
            ("./a/b.rego", Ok("a/b.rego")),
            ("//a/.//b.rego", Ok("a/b.rego")),
            ("a/", Ok("a")),
            ("./", Ok("")),
            ("", Ok("")),
            ("a..b/c...rego", Ok("a..b/c...rego")),
            ("../a.rego", Err(NameFault::ClimbsOut)),
            ("/../a.rego", Err(NameFault::ClimbsOut)),
            ("a/../b.rego", Err(NameFault::ClimbsOut)),
            ("a/..", Err(NameFault::ClimbsOut)),
            ("..\\a.rego", Err(NameFault::BadCharacter)),
            ("a\u{1b}[31m.rego", Err(NameFault::BadCharacter)),
            ("a\0.rego", Err(NameFault::BadCharacter)),
            (deep.as_str(), Err(NameFault::TooDeep)),
        ] {
            assert_eq!(normalize(raw).as_deref().map_err(|fault| *fault), want, "{raw:?}");
        }
    }

    #[test]
    fn a_kind_is_told_by_the_name_alone() {
        for (name, want) in [
            ("a.rego", Some(Kind::Rego)),
            ("a/b_test.rego", Some(Kind::Rego)),
            ("data.json", Some(Kind::Data)),
            ("a/data.yaml", Some(Kind::Data)),
            ("a/data.yml", Some(Kind::Data)),
            ("a/promotion.schema.json", Some(Kind::Schema)),
            ("a/promotion.cases.yaml", Some(Kind::Cases)),
            ("promotion.cases.json", Some(Kind::Cases)),
            (".cases.yml", None),
            (".manifest", Some(Kind::Manifest)),
            ("a/.manifest", None),
            (".signatures.json", None),
            (".rego", None),
            ("a/.hidden.rego", None),
            (".git/a.rego", None),
            ("a.REGO", None),
            ("other.json", None),
            ("a/mydata.json", None),
            ("a.rego.bak", None),
            ("policy.wasm", None),
        ] {
            assert_eq!(Kind::of(name), want, "{name}");
        }
    }
}
