//! A pack that was written verifies, and a pack that was touched anywhere does not, and says where.
//!
//! Invariants: every claim of docs/pack-format.md about what is caught has a test here.
//!
//! Not here: other people's tools on the same pack (crates/stories/foreign).

mod sample;

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use seal::archive::{Archive, ArchiveWriter, check_path};
use seal::{BagInfo, PackSigner, Trust, Verdict, Writer, verify};
use sha2_next::{Digest, Sha256};

fn verdict(pack: &[u8]) -> Verdict {
    verify(Cursor::new(pack), &Trust::default())
}

fn pack() -> Vec<u8> {
    sample::pack().expect("the sample can be written")
}

/// The first claim: what is wrong, and where.
fn first_wrong(pack: &[u8]) -> (String, String) {
    let verdict = verdict(pack);
    let first = verdict.claims.into_iter().next().expect("a verdict has claims");
    assert!(!first.ok, "nothing is wrong");
    (first.claim, first.subject)
}

fn rebuilt(change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) -> Vec<u8> {
    sample::rebuilt(&pack(), change).expect("the sample can be rebuilt")
}

/// Changes one file, as text.
fn with(name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    rebuilt(|path, bytes| {
        Some(match path == name {
            true => change(String::from_utf8(bytes).expect("it is text")).into_bytes(),
            false => bytes,
        })
    })
}

#[test]
fn a_pack_that_was_written_verifies_and_says_what_was_checked() {
    let verdict = verdict(&pack());
    assert!(verdict.is_verified(), "{verdict:#?}");
    let claims: Vec<&str> = verdict.claims.iter().map(|claim| claim.claim.as_str()).collect();
    let expected = [
        "archive",
        "structure",
        "payload",
        "tags",
        "manifest-signature",
        "tagmanifest-signature",
        "signer",
        "checkpoint",
        "records",
        "proof-files",
    ];
    assert_eq!(claims, expected);
    let json = serde_json::to_value(&verdict).expect("a verdict is JSON");
    assert_eq!(json["verdict"], "verified");
    assert_eq!(json["claims"][0]["subject"], "pack");
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(2));
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    assert_eq!(pack(), pack());
}

#[test]
fn an_ordinary_zip_reader_opens_it() {
    let mut archive = zip::ZipArchive::new(Cursor::new(pack())).expect("any reader opens it");
    let mut text = String::new();
    archive
        .by_name("bagit.txt")
        .expect("it is there")
        .read_to_string(&mut text)
        .expect("it unpacks");
    assert_eq!(text, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    assert_eq!(
        archive
            .by_name("data/completions.csv")
            .expect("it is there")
            .unix_mode(),
        Some(0o100_644)
    );
}

/// Whose bytes these are: each file's header, contents and directory entry; the end record is the pack's.
fn owners(pack: &[u8]) -> Vec<String> {
    let mut owners = vec!["pack".to_owned(); pack.len()];
    let mut archive = zip::ZipArchive::new(Cursor::new(pack)).expect("any reader opens it");
    for at in 0..archive.len() {
        let file = archive.by_index_raw(at).expect("it is there");
        let name = file.name().expect("our names are text").into_owned();
        let (from, to) = (
            file.header_start(),
            file.data_start().expect("it has data") + file.compressed_size(),
        );
        owners[from as usize..to as usize].fill(name.clone());
        let central = file.central_header_start() as usize;
        owners[central..central + 46 + name.len()].fill(name);
    }
    owners
}

#[test]
fn ten_thousand_flipped_bytes_are_all_caught_and_the_file_named() {
    let pack = pack();
    let owners = owners(&pack);
    assert!(verdict(&pack).is_verified(), "the sample itself is sound");
    std::thread::scope(|scope| {
        for seed in [0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d] {
            let (mut pack, owners) = (pack.clone(), &owners);
            scope.spawn(move || flip(&mut pack, owners, seed));
        }
    });
}

fn flip(pack: &mut [u8], owners: &[String], seed: u64) {
    let mut state = seed; // xorshift: the same places every time
    for _ in 0..5_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = (state % pack.len() as u64) as usize;
        let (owner, flip) = (&owners[at], (state >> 40) as u8 | 1);
        pack[at] ^= flip;
        let verdict = verdict(pack);
        let first = &verdict.claims[0];
        assert!(
            !verdict.is_verified() && !first.ok,
            "byte {at} of {owner} xor {flip:#x} went unnoticed"
        );
        let named = first.subject == *owner || first.detail.contains(owner);
        assert!(
            named || owner == "pack",
            "byte {at} of {owner} xor {flip:#x}: {first:?}"
        );
        pack[at] ^= flip;
    }
}

#[test]
fn a_cut_or_lengthened_pack_is_refused() {
    let pack = pack();
    for length in (0..pack.len()).step_by(97) {
        assert!(!verdict(&pack[..length]).is_verified(), "cut to {length}");
    }
    for more in [&b"\0"[..], b"PK\x05\x06", &pack] {
        assert!(!verdict(&[&pack, more].concat()).is_verified());
        assert!(!verdict(&[more, &pack].concat()).is_verified());
    }
}

#[test]
fn an_altered_file_is_named_even_when_the_zip_is_made_anew() {
    let altered = with("data/completions.csv", |text| {
        text.replacen("person 7", "person 8", 1)
    });
    assert_eq!(
        first_wrong(&altered),
        ("payload".into(), "data/completions.csv".into())
    );
    let altered = with("log/policy.txt", |text| text + "# a remark\n");
    assert_eq!(first_wrong(&altered), ("tags".into(), "log/policy.txt".into()));
}

#[test]
fn a_file_that_was_taken_out_or_put_in_is_named() {
    let without = rebuilt(|path, bytes| (path != "data/completions.csv").then_some(bytes));
    assert_eq!(first_wrong(&without).0, "structure");
    let missing = verdict(&without);
    assert!(
        missing
            .claims
            .iter()
            .any(|claim| !claim.ok && claim.subject == "data/completions.csv"),
        "{missing:?}"
    );
    let without = rebuilt(|path, bytes| (path != "log/proofs/3.tlog-proof").then_some(bytes));
    assert_eq!(
        first_wrong(&without),
        ("tags".into(), "log/proofs/3.tlog-proof".into())
    );
}

#[test]
fn manifests_made_anew_do_not_pass_without_the_key() {
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
        let (changed, claim) = match manifest {
            "manifest-sha256.txt" => ("data/completions.csv", "manifest-signature"),
            _ => ("log/policy.txt", "tagmanifest-signature"),
        };
        let forged = forge(changed);
        let claims = verdict(&forged).claims;
        assert!(
            claims.iter().any(|found| !found.ok && found.claim == claim),
            "{claims:?}"
        );
        assert!(
            !claims.iter().any(|found| !found.ok && found.claim == "payload"),
            "the forger did the sums right"
        );
    }
}

/// Adds a space to a file and makes every digest right again; only the signatures cannot be.
fn forge(changed: &str) -> Vec<u8> {
    let digest = |bytes: &[u8]| {
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let original = pack();
    let mut archive = Archive::open(Cursor::new(original.as_slice())).expect("the sample opens");
    let mut read = |path: &str| {
        let at = archive.find(path).expect("it is there");
        archive.read(at, usize::MAX).expect("it unpacks")
    };
    let (before, info) = (read(changed), read("bag-info.txt"));
    let manifest = String::from_utf8(read("manifest-sha256.txt")).expect("text");
    let tagmanifest = String::from_utf8(read("tagmanifest-sha256.txt")).expect("text");
    // The length stays, so that Payload-Oxum stays.
    let mut after = before.clone();
    let last = after.len() - 1;
    after[last] = b' ';
    let new_manifest = manifest.replace(&digest(&before), &digest(&after));
    let new_tagmanifest = tagmanifest
        .replace(&digest(&before), &digest(&after))
        .replace(&digest(manifest.as_bytes()), &digest(new_manifest.as_bytes()));
    assert!(!info.is_empty());
    rebuilt(|path, bytes| {
        Some(match path {
            _ if path == changed => after.clone(),
            "manifest-sha256.txt" => new_manifest.clone().into_bytes(),
            "tagmanifest-sha256.txt" => new_tagmanifest.clone().into_bytes(),
            _ => bytes,
        })
    })
}

#[test]
fn a_pack_signed_by_somebody_else_is_told_from_ours_by_the_fingerprint() {
    let other = PackSigner::from_seed(sample::IDENTITY, &[99; 32]).expect("the identity is allowed");
    let forged = sample::pack_signed_by(&other).expect("anybody can write a pack");
    assert!(verdict(&forged).is_verified(), "it is sound in itself");
    let ours = sample::pack_signer().expect("the sample's key").fingerprint();
    let trust = Trust {
        fingerprint: Some(ours),
        vkey: None,
    };
    assert!(verify(Cursor::new(pack()), &trust).is_verified());
    let verdict = verify(Cursor::new(forged), &trust);
    assert_eq!(
        (verdict.is_verified(), verdict.claims[0].claim.as_str()),
        (false, "signer")
    );
}

#[test]
fn a_checkpoint_of_another_log_is_refused_when_the_log_is_known() {
    let ledger = sample::Ledger::new().expect("the sample's ledger");
    let trust = Trust {
        vkey: Some(ledger.signer.vkey()),
        fingerprint: None,
    };
    assert!(verify(Cursor::new(pack()), &trust).is_verified());
    let other = seal::Signer::from_seed(sample::ORIGIN, &[12; 32]).expect("the name is allowed");
    let trust = Trust {
        vkey: Some(other.vkey()),
        fingerprint: None,
    };
    let verdict = verify(Cursor::new(pack()), &trust);
    assert_eq!(
        (verdict.is_verified(), verdict.claims[0].claim.as_str()),
        (false, "checkpoint")
    );
}

/// The organisation itself signs a pack whose records are not those of its ledger.
fn dishonest(change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let original = pack();
    let mut archive = Archive::open(Cursor::new(original.as_slice())).expect("the sample opens");
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    for at in 0..archive.members().len() {
        let path = archive.members()[at].path.clone();
        let bytes = archive.read(at, usize::MAX).expect("it unpacks");
        if path.starts_with("data/") || path.starts_with("log/") {
            let text = change(&path, String::from_utf8(bytes).expect("the sample is text"));
            writer.add(&path, text.as_bytes()).expect("it can be added");
        }
    }
    let signer = sample::pack_signer().expect("the sample's key");
    writer
        .finish(&BagInfo::new(), &signer)
        .expect("it can be signed")
        .sink
        .into_inner()
}

#[test]
fn records_that_are_not_the_ledgers_are_refused_though_properly_signed() {
    assert!(
        verdict(&dishonest(|_, text| text)).is_verified(),
        "unchanged, it is sound"
    );
    type Change = fn(String) -> String;
    let cases: [(&str, Change, &str); 9] = [
        (
            "data/records.jsonl",
            |text| text.replacen(r#"\"score\":3"#, r#"\"score\":9"#, 1),
            "records",
        ),
        (
            "data/records.jsonl",
            |text| text.replacen("\"class\":\"A\"", "\"class\":\"B\"", 1),
            "records",
        ),
        (
            "data/records.jsonl",
            |text| text.replacen("\"seq\":0", "\"seq\":1", 1),
            "records",
        ),
        (
            "data/records.jsonl",
            |text| text.replacen("{\"", "{\"extra\":1,\"", 1),
            "records",
        ),
        (
            "data/records.jsonl",
            |text| text.lines().skip(1).map(|line| format!("{line}\n")).collect(),
            "records",
        ),
        ("data/records.jsonl", |text| text.trim_end().to_owned(), "records"),
        (
            "log/proofs.jsonl",
            |text| text.lines().take(3).map(|line| format!("{line}\n")).collect(),
            "records",
        ),
        (
            "log/proofs/3.tlog-proof",
            |text| text.replacen("index 3", "index 6", 1),
            "proof-files",
        ),
        (
            "log/checkpoint",
            |text| text.replacen("40", "41", 1),
            "checkpoint",
        ),
    ];
    for (name, change, claim) in cases {
        let pack = dishonest(|path, text| if path == name { change(text) } else { text });
        assert_eq!(first_wrong(&pack).0, claim, "{name}");
    }
}

#[test]
fn a_pack_without_a_ledger_is_a_pack_but_records_need_a_checkpoint() {
    let signer = sample::pack_signer().expect("the sample's key");
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    writer
        .add("data/report.txt", b"all is well")
        .expect("it can be added");
    let pack = writer
        .finish(&BagInfo::new(), &signer)
        .expect("it can be signed")
        .sink
        .into_inner();
    assert!(verdict(&pack).is_verified());
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    writer.add("data/records.jsonl", b"").expect("it can be added");
    let pack = writer
        .finish(&BagInfo::new(), &signer)
        .expect("it can be signed")
        .sink
        .into_inner();
    assert_eq!(first_wrong(&pack).0, "checkpoint");
}

#[test]
fn paths_that_one_file_system_reads_differently_are_refused() {
    for path in [
        "",
        "/a",
        "a//b",
        "a/",
        "..",
        "a/../b",
        "a/.",
        "a\\b",
        "a:b",
        "é",
        "a b",
        "a\n",
        "CON/..",
        &"x".repeat(201),
    ] {
        assert!(check_path(path).is_err(), "{path:?}");
    }
    for path in ["data/a.csv", "log/proofs/0.tlog-proof", "data/A-1_2@3+(4),=.x"] {
        assert!(check_path(path).is_ok(), "{path:?}");
    }
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    writer.add("data/a", b"1").expect("it can be added");
    assert!(writer.add("data/A", b"2").is_err(), "the same file on Windows");
    assert!(writer.add("Manifest-SHA256.txt", b"").is_err(), "the pack's own");
    assert!(BagInfo::new().with("A", "x\ny: z").is_err());
    assert!(
        Writer::new(Cursor::new(Vec::new()))
            .finish(&BagInfo::new(), &sample::pack_signer().expect("a key"))
            .is_err()
    );
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    writer
        .add("data/zeros", std::io::repeat(0).take(100 << 20))
        .expect("it can be added");
    let error = writer
        .finish()
        .expect_err("the writer has the same limit as the reader");
    assert!(error.to_string().contains("zip bomb"), "{error}");
    // The same from somebody who says that 3 bytes unpack to 4 GiB.
    let mut pack = ArchiveWriter::new(Cursor::new(Vec::new()));
    pack.add("data/zeros", &b"000"[..]).expect("it can be added");
    let mut bytes = pack.finish().expect("it is small").into_inner();
    let central = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .expect("it has a directory");
    bytes[22..26].fill(0xf0);
    bytes[central + 24..central + 28].fill(0xf0);
    let claims = verdict(&bytes).claims;
    assert!(claims[0].detail.contains("zip bomb"), "{claims:?}");
    // And from somebody who understates.
    bytes[22..26].copy_from_slice(&1_u32.to_le_bytes());
    bytes[central + 24..central + 28].copy_from_slice(&1_u32.to_le_bytes());
    let claims = verdict(&bytes).claims;
    assert!(
        claims[0].detail.contains("more than its stated length"),
        "{claims:?}"
    );
}

#[test]
fn archives_of_other_programs_are_refused_with_a_sentence() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["data/a", "bagit.txt"] {
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .expect("it can be started");
        writer.write_all(b"hello").expect("it can be written");
    }
    let bytes = writer.finish().expect("it can be finished").into_inner();
    let claims = verdict(&bytes).claims;
    assert!(!claims[0].ok && claims[0].detail.ends_with('.'), "{claims:?}");
}

#[test]
fn a_file_larger_than_one_piece_comes_back_whole() {
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(300_000)
    .collect();
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new()));
    writer
        .add("data/noise", noise.as_slice())
        .expect("it can be added");
    writer.add("data/empty", &b""[..]).expect("it can be added");
    writer
        .add("data/even", [b'x'; 200_000].as_slice())
        .expect("it can be added");
    let bytes = writer.finish().expect("it can be finished").into_inner();
    let mut archive = Archive::open(Cursor::new(bytes)).expect("it was written by us");
    assert_eq!(archive.read(0, usize::MAX).expect("it unpacks"), noise);
    assert_eq!(archive.read(1, usize::MAX).expect("it unpacks"), b"");
    assert_eq!(archive.read(2, usize::MAX).expect("it unpacks"), [b'x'; 200_000]);
    assert!(archive.read(2, 199_999).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!verdict(&bytes).is_verified());
    }

    #[test]
    fn no_overwritten_stretch_makes_the_reader_panic(at in any::<prop::sample::Index>(), with in prop::collection::vec(any::<u8>(), 1..60)) {
        let mut pack = pack();
        let at = at.index(pack.len());
        let to = (at + with.len()).min(pack.len());
        let before = pack[at..to].to_vec();
        pack[at..to].copy_from_slice(&with[..to - at]);
        prop_assert_eq!(verdict(&pack).is_verified(), before == with[..to - at]);
    }
}
