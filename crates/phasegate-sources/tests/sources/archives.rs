//! Reading bundles, most of them malicious or damaged.

use std::io::{Cursor, Read as _};
use std::path::Path;

use flate2::Compression;
use phasegate_sources::policies::{limits, read, read_archive};
use tar::EntryType;

use crate::support::{POLICY, Tar, bundle, gzip, refused};

const MANIFEST: &[u8] = br#"{"revision": "r1", "roots": ["gate"]}"#;

fn honest() -> Tar {
    Tar::of(&[(".manifest", MANIFEST), ("gate.rego", POLICY)])
}

#[test]
fn malicious_archives_are_refused() {
    let long = "x".repeat(99);
    for (what, tar, code, words) in [
        ("climbs out", honest().file(b"../evil.rego", POLICY), "path_escapes", "`../evil.rego`"),
        ("within", honest().file(b"a/../b.rego", POLICY), "path_escapes", "component `..`"),
        ("absolute", honest().file(b"/../../etc/x.rego", POLICY), "path_escapes", "`..`"),
        ("ignored kind", honest().file(b"../x.txt", b""), "path_escapes", "`../x.txt`"),
        (
            "folder climbs out",
            honest().entry(EntryType::Directory, b"../up/", 0, b""),
            "path_escapes",
            "`../up/`",
        ),
        ("backslash", honest().file(b"..\\x.rego", POLICY), "archive", "backslash"),
        ("control", honest().file(b"x\x1b.rego", POLICY), "archive", "control character"),
        ("not UTF-8", honest().file(b"\xff\xfe.rego", POLICY), "archive", "not UTF-8"),
        ("no name", honest().file(b"./", b""), "archive", "name of a folder"),
        ("folder name", honest().file(b"x.rego/", POLICY), "archive", "name of a folder"),
        ("twice", honest().file(b"gate.rego", POLICY), "archive", "`gate.rego` twice"),
        ("twice, spelled", honest().file(b"/./gate.rego", POLICY), "archive", "twice"),
        ("two manifests", honest().file(b".manifest", MANIFEST), "archive", "`.manifest` twice"),
        ("link", honest().entry(EntryType::Symlink, b"a.rego", 0, b""), "archive", "a link"),
        ("hard link", honest().entry(EntryType::Link, b"a.rego", 0, b""), "archive", "a link"),
        ("device", honest().entry(EntryType::Block, b"sda", 0, b""), "archive", "a device"),
        ("terminal", honest().entry(EntryType::Char, b"tty", 0, b""), "archive", "a device"),
        ("pipe", honest().entry(EntryType::Fifo, b"a.rego", 0, b""), "archive", "special file"),
        ("sparse", honest().entry(EntryType::GNUSparse, b"a.rego", 0, b""), "archive", ""),
        ("unknown", honest().entry(EntryType::new(b'?'), b"a.rego", 0, b""), "archive", ""),
        (
            "huge by its header",
            honest().entry(EntryType::Regular, b"b.rego", 0o77_777_777_777, POLICY),
            "archive",
            "ends within an entry",
        ),
        (
            "longer than it is",
            honest().entry(EntryType::Regular, b"b.rego", 100_000, POLICY),
            "archive",
            "ends within an entry",
        ),
        (
            "endless long name",
            honest().entry(EntryType::GNULongName, long.as_bytes(), 1 << 40, POLICY),
            "archive",
            "damaged",
        ),
        ("empty", Tar::new(), "empty", "no `.rego` file"),
    ] {
        let (_folder, path) = bundle(&tar.gz());
        let error = refused(&path, code, &[words]);
        assert_eq!(error.path(), path, "{what}");
    }
}

#[test]
fn a_bomb_stops_at_the_bound() {
    let zeros = vec![0; usize::try_from(limits::MAX_UNPACKED_BYTES).unwrap()];
    // Beside the policies: ignored, and counted all the same.
    let tar = honest().file(b"notes.bin", &zeros).gz();
    assert!(tar.len() < 1 << 20, "{} bytes make no bomb", tar.len());
    let (_folder, path) = bundle(&tar);
    refused(&path, "limit", &["unpacks to more than 67108864 bytes"]);

    // After the end, and in the name of a name.
    let (_folder, path) = bundle(&gzip(&[honest().bytes(), zeros.clone()].concat()));
    refused(&path, "limit", &["unpacks to more than"]);
    let tar = honest().entry(EntryType::GNULongName, b"x", zeros.len() as u64, &zeros);
    let (_folder, path) = bundle(&tar.gz());
    refused(&path, "limit", &["unpacks to more than"]);

    // A policy of zeros is stopped by its own limit, long before the archive's.
    let (_folder, path) = bundle(&Tar::new().file(b"gate.rego", &zeros).gz());
    refused(&path, "limit", &["`gate.rego`", "1048576 bytes"]);

    // A stream without end.
    let mut endless = flate2::read::GzEncoder::new(std::io::repeat(0), Compression::fast());
    let head = Cursor::new(gzip(&honest().bytes()));
    let error = read_archive(Path::new("stream"), head.chain(&mut endless)).unwrap_err();
    assert_eq!(error.code(), "limit", "{error}");
}

#[test]
fn a_hundred_thousand_entries_are_too_many() {
    let tar = (0..100_000).fold(Tar::new(), |tar, i| tar.file(format!("{i}.txt").as_bytes(), b""));
    let (_folder, path) = bundle(&tar.gz());
    refused(&path, "limit", &["more than 10000 entries"]);
}

#[test]
fn damaged_archives_are_refused_wherever_they_end() {
    let whole = honest().gz();
    assert_eq!(read_archive(Path::new("whole"), whole.as_slice()).unwrap().files.len(), 1);
    for end in 0..whole.len() {
        let error = read_archive(Path::new("cut"), &whole[..end]).unwrap_err();
        assert_eq!(error.code(), "archive", "cut after {end} bytes: {error}");
    }
    let tar = honest().bytes();
    let not_tar = b"package gate\n".repeat(100);
    for (what, bytes) in [
        ("bytes after the gzip stream", [whole.as_slice(), b"more"].concat()),
        ("entries after the end of the tar", gzip(&[tar.clone(), honest().bytes()].concat())),
        ("a second stream with more", [whole.clone(), whole.clone()].concat()),
        ("not a tar", gzip(&not_tar)),
        ("a tar that ends within a header", gzip(&tar[..700])),
        ("a tar that ends within a file", gzip(&tar[..1530])),
        ("not gzip", tar.clone()),
    ] {
        let error = read_archive(Path::new("b.tgz"), bytes.as_slice()).expect_err(what);
        assert_eq!(error.code(), "archive", "{what}: {error}");
        assert!(error.to_string().contains("`b.tgz`"), "{what}: {error}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let tar = honest()
        .entry(EntryType::GNULongName, b"long", 10, b"long.rego\0")
        .file(b"short.rego", POLICY)
        .bytes();
    // A linear congruential generator (Knuth, MMIX): the same cases in every run.
    let mut state = 1_u64;
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut refused = 0;
    for _ in 0..5_000 {
        let mut changed = tar.clone();
        for _ in 0..=next(3) {
            let (at, bytes) = (next(changed.len()), [0, 0xff, b'/', b'7', b'L', b'x', b'g', b'S']);
            changed[at] = bytes[next(bytes.len())];
        }
        // The sum is made right again, so that the change is looked at and not only the sum.
        for header in [0, 1024, 2048, 3072] {
            let sum: u32 = changed[header..header + 512]
                .iter()
                .zip(0..)
                .map(|(&byte, i)| if (148..156).contains(&i) { 32 } else { u32::from(byte) })
                .sum();
            changed[header + 148..header + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
        let stored = flate2::read::GzEncoder::new(changed.as_slice(), Compression::none());
        refused += usize::from(read_archive(Path::new("changed"), stored).is_err());
    }
    assert!((500..5_000).contains(&refused), "{refused} of 5000 were refused");
}

#[test]
fn what_other_tools_add_does_no_harm() {
    let comment = b"52 comment=0123456789012345678901234567890123456789\n";
    let tar = Tar::new()
        .entry(EntryType::XGlobalHeader, b"pax_global_header", comment.len() as u64, comment)
        .entry(EntryType::Directory, b"./", 0, b"")
        .entry(EntryType::Directory, b"./gate/", 0, b"")
        .file(b"./._gate.rego", b"Mac OS X")
        .file(b"./gate/gate.rego", POLICY)
        .file(b"./.signatures.json", b"{}");
    // GNU tar pads to its record size.
    let mut bytes = tar.bytes();
    bytes.resize(10_240, 0);
    let (_folder, path) = bundle(&gzip(&bytes));
    let set = read(&path).unwrap();
    assert_eq!(set.files.keys().collect::<Vec<_>>(), ["gate/gate.rego"]);
    assert_eq!((set.revision, set.roots), (None, None));
}

#[test]
fn long_names_are_read() {
    let name = format!("{}/{}.rego", "folder".repeat(12), "file".repeat(20));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(POLICY.len() as u64);
    builder.append_data(&mut header, &name, POLICY).unwrap();
    let (_folder, path) = bundle(&gzip(&builder.into_inner().unwrap()));
    assert_eq!(read(&path).unwrap().files.into_keys().collect::<Vec<_>>(), [name]);
}

#[test]
fn a_manifest_that_opa_would_not_write_is_refused() {
    for (manifest, words) in [
        (&b"{"[..], "`.manifest`"),
        (br#"{"roots": ["gate", "gate/a"]}"#, "overlap"),
        (br#"{"revison": "r1"}"#, "`revison` is not a key"),
        (br#"{"rego_version": 0}"#, "only Rego v1"),
        (b"\xff", "UTF-8"),
    ] {
        let files: &[(&str, &[u8])] = &[(".manifest", manifest), ("gate.rego", POLICY)];
        let (_folder, path) = bundle(&Tar::of(files).gz());
        refused(&path, "manifest", &[words]);
        let root = crate::support::directory(files);
        refused(root.path(), "manifest", &[words]);
    }
}
