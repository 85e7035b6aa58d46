//! Reading directories and single files.

use std::fs;

use phasegate_sources::policies::limits;
use phasegate_sources::policies::read;

use crate::support::{POLICY, Tar, bundle, directory, refused};

/// A set that has everything, beside what is ignored.
const FULL: &[(&str, &[u8])] = &[
    (".manifest", br#"{"revision": "r1", "roots": ["gate", "limits", "a"]}"#),
    (".signatures.json", b"{}"),
    (".git/config.rego", b"package outside"),
    ("README.md", b"# Policies"),
    ("a/b/data.yml", b"x: 1"),
    ("a/data.yaml", b"x: 1"),
    ("data.json", b"{}"),
    ("gate.rego", POLICY),
    ("gate.schema.json", b"{}"),
    ("gate_test.rego", b"package gate_test"),
    ("limits/data.json", br#"{"cost": 1}"#),
    ("limits/.data.json.swp", b""),
    ("policy.wasm", b"\0asm"),
];

const KEPT: &[&str] = &[
    "a/b/data.yml",
    "a/data.yaml",
    "data.json",
    "gate.rego",
    "gate.schema.json",
    "gate_test.rego",
    "limits/data.json",
];

#[test]
fn a_directory_and_its_bundle_give_the_same_set() {
    let root = directory(FULL);
    let set = read(root.path()).unwrap();
    assert_eq!(set.files.keys().collect::<Vec<_>>(), KEPT);
    assert_eq!(set.files.get("gate.rego").map(Vec::as_slice), Some(POLICY));
    assert_eq!(set.revision.as_deref(), Some("r1"));
    assert_eq!(set.roots.as_ref().map(Vec::len), Some(3));

    for head in ["", "/", "./"] {
        let backwards = FULL.iter().rev();
        let tar = backwards.fold(Tar::new(), |tar, (name, bytes)| {
            tar.file(format!("{head}{name}").as_bytes(), bytes)
        });
        let (_folder, path) = bundle(&tar.gz());
        assert_eq!(read(&path).unwrap(), set, "names begin with `{head}`");
    }
}

#[test]
fn a_single_file_is_a_set() {
    let root = directory(&[("gate.rego", POLICY), ("other.rego", POLICY)]);
    let set = read(&root.path().join("gate.rego")).unwrap();
    assert_eq!(
        set.files.into_iter().collect::<Vec<_>>(),
        [("gate.rego".to_owned(), POLICY.to_vec())]
    );
}

#[test]
fn what_is_no_policy_set_is_refused() {
    let root = directory(&[
        ("notes.txt", &b"x"[..]),
        ("empty", b""),
        ("empty.tar.gz", b""),
        ("plain.tgz", b"package gate"),
        ("nothing/README.md", b""),
        ("hidden/.gate.rego", POLICY),
        ("data-only/data.json", b"{}"),
    ]);
    for (name, code, words) in [
        ("absent", "not_found", &["does not exist"][..]),
        ("notes.txt", "not_a_policy_set", &["give a directory"]),
        ("empty", "not_a_policy_set", &["give a directory"]),
        ("empty.tar.gz", "archive", &["not gzip-compressed"]),
        ("plain.tgz", "archive", &["not gzip-compressed"]),
        ("nothing", "empty", &["no `.rego` file"]),
        ("hidden", "empty", &["hidden"]),
        ("data-only", "empty", &["no `.rego` file"]),
    ] {
        let path = root.path().join(name);
        let error = refused(&path, code, words);
        assert_eq!(error.path(), path);
    }
}

#[test]
fn sizes_are_limited() {
    let policy = |bytes: u64| {
        let mut text = POLICY.to_vec();
        text.resize(usize::try_from(bytes).unwrap(), b'#');
        text
    };
    let most = policy(limits::MAX_REGO_FILE_BYTES);
    let root = directory(&[("gate.rego", &most)]);
    assert_eq!(read(root.path()).unwrap().files.get("gate.rego"), Some(&most));
    let over = policy(limits::MAX_REGO_FILE_BYTES + 1);
    let data_over = vec![b' '; usize::try_from(limits::MAX_DATA_FILE_BYTES + 1).unwrap()];
    let half = vec![b' '; usize::try_from(limits::MAX_SET_BYTES / 2).unwrap()];
    let manifest_over = vec![b' '; usize::try_from(limits::MAX_MANIFEST_BYTES + 1).unwrap()];
    for (files, words) in [
        (&[("gate.rego", over.as_slice())][..], ["`gate.rego`", "1048576 bytes"]),
        (
            &[("gate.rego", POLICY), ("a/data.json", &data_over)],
            ["`a/data.json`", "16777216 bytes, the most for a file"],
        ),
        (&[("gate.rego", POLICY), (".manifest", &manifest_over)], ["`.manifest`", "262144"]),
        (
            &[("a/data.json", &half), ("b/data.json", &half), ("gate.rego", POLICY)],
            ["with `gate.rego`", "16777216"],
        ),
    ] {
        let root = directory(files);
        refused(root.path(), "limit", &words);
        let (_folder, path) = bundle(&Tar::of(files).gz());
        refused(&path, "limit", &words);
    }
    let root = directory(&[("gate.rego", &over)]);
    refused(&root.path().join("gate.rego"), "limit", &["`gate.rego`"]);
}

#[test]
fn depth_and_entries_are_limited() {
    let deep = format!("{}gate.rego", "a/".repeat(limits::MAX_DEPTH));
    let root = directory(&[(&deep, POLICY)]);
    refused(root.path(), "limit", &["nests deeper than 32 folders"]);
    let (_folder, path) = bundle(&Tar::new().file(deep.as_bytes(), POLICY).gz());
    refused(&path, "limit", &["nests deeper than 32 folders"]);

    let root = directory(&[("gate.rego", POLICY)]);
    for i in 0..limits::MAX_ENTRIES {
        fs::write(root.path().join(format!("{i}.txt")), b"").unwrap();
    }
    refused(root.path(), "limit", &["more than 10000 entries"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use phasegate_sources::policies::read;

    use crate::support::{POLICY, directory, refused};

    #[test]
    fn links_inside_are_followed() {
        // As Kubernetes mounts a config map: names lead through a hidden link to hidden files.
        let root = directory(&[
            ("set/..2026_01_01/gate.rego", POLICY),
            ("set/..2026_01_01/sub/more.rego", POLICY),
        ]);
        let set = root.path().join("set");
        symlink("..2026_01_01", set.join("..data")).unwrap();
        symlink("..data/gate.rego", set.join("gate.rego")).unwrap();
        symlink("..data/sub", set.join("sub")).unwrap();
        let names =
            |path: &std::path::Path| read(path).unwrap().files.into_keys().collect::<Vec<_>>();
        assert_eq!(names(&set), ["gate.rego", "sub/more.rego"]);
        // The given path itself may be a link.
        symlink("set", root.path().join("link")).unwrap();
        assert_eq!(names(&root.path().join("link")), ["gate.rego", "sub/more.rego"]);
    }

    #[test]
    fn links_to_the_outside_in_a_circle_or_nowhere_are_refused() {
        for (link, target, code, words) in [
            ("set/out.rego", "../outside.rego", "path_escapes", "copy what it names"),
            ("set/notes.txt", "../outside.rego", "path_escapes", "copy what it names"),
            ("set/out", "../folder", "path_escapes", "copy what it names"),
            ("set/a/up", "..", "not_a_policy_set", "leads back"),
            ("set/self", ".", "not_a_policy_set", "leads back"),
            ("set/gone.rego", "nowhere", "io", "check that it exists"),
            ("set/loop.rego", "loop.rego", "io", "check that it exists"),
        ] {
            let root = directory(&[
                ("set/gate.rego", POLICY),
                ("set/a/data.json", b"{}"),
                ("outside.rego", POLICY),
                ("folder/more.rego", POLICY),
            ]);
            symlink(target, root.path().join(link)).unwrap();
            refused(&root.path().join("set"), code, &[words]);
        }
    }

    #[test]
    fn names_that_read_differently_elsewhere_are_refused() {
        for (name, words) in [
            (&b"a\xff.rego"[..], "not UTF-8"),
            (b"a\\b.rego", "backslash"),
            (b"a\x1b[31m.rego", "control character"),
        ] {
            let root = directory(&[("gate.rego", POLICY)]);
            fs::write(root.path().join(OsStr::from_bytes(name)), POLICY).unwrap();
            refused(root.path(), "not_a_policy_set", &[words, "rename it"]);
        }
    }

    #[test]
    fn a_socket_in_place_of_a_policy_is_refused() {
        let root = directory(&[("gate.rego", POLICY)]);
        let _listener = UnixListener::bind(root.path().join("socket.rego")).unwrap();
        refused(root.path(), "not_a_policy_set", &["`socket.rego`", "neither a file nor a folder"]);
        refused(&root.path().join("socket.rego"), "not_a_policy_set", &["neither a file"]);
    }
}
