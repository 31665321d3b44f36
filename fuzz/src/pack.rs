//! No bytes make the pack reader panic, hang or take memory without a limit, and none talk it into a false record.
//!
//! The first byte chooses the door. Random bytes seldom are a ZIP, let alone a signed one, so two doors take texts that
//! replace files of the sample pack: one writes them into a pack that is sealed again by the organisation's own key, the
//! other into a ZIP that is sound but not sealed again. The texts are parted by zero bytes, and an empty one leaves the
//! file as it is.

use std::io::Cursor;
use std::sync::LazyLock;

use seal::archive::Archive;
use seal::{BagInfo, Frontier, Hash, Proof, Record, Signer, Trust, Verifier, Writer};

#[path = "../../crates/seal/tests/pack/sample.rs"]
mod sample;

/// Files of the sample that the writer of a pack does not make itself.
const GIVEN: [&str; 6] = [
    "data/records.jsonl",
    "log/proofs.jsonl",
    "log/checkpoint",
    "log/policy.txt",
    "log/proofs/3.tlog-proof",
    "data/completions.csv",
];

/// Files that make it a bag.
const MADE: [&str; 8] = [
    "bagit.txt",
    "bag-info.txt",
    "allowed_signers",
    "manifest-sha256.txt",
    "manifest-sha256.txt.sig",
    "tagmanifest-sha256.txt",
    "tagmanifest-sha256.txt.sig",
    "data/records.jsonl",
];

struct Sample {
    pack: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
    ledger: sample::Ledger,
    fingerprint: String,
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let pack = sample::pack().expect("the sample can be made");
    Sample {
        files: files(&pack),
        pack,
        ledger: sample::Ledger::new().expect("the sample can be made"),
        fingerprint: sample::pack_signer()
            .expect("the sample has a signer")
            .fingerprint(),
    }
});

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    match door % 4 {
        0 => {
            let verdict = seal::verify(Cursor::new(rest), &Trust::default());
            assert_eq!(verdict.is_verified(), verdict.claims.iter().all(|claim| claim.ok));
        }
        1 => sealed_again(rest),
        2 => not_sealed_again(rest),
        _ => texts(rest),
    }
}

/// What a fuzzer begins with: the sample pack, its files, and every text format alone.
pub fn seeds() -> Vec<Vec<u8>> {
    let file = |path: &&str| {
        let found = SAMPLE.files.iter().find(|(name, _)| name == path);
        found.expect("the sample has the file").1.clone()
    };
    let mut seeds = vec![[&[0], SAMPLE.pack.as_slice()].concat()];
    for (door, paths) in [(1, GIVEN.as_slice()), (2, MADE.as_slice())] {
        let all: Vec<Vec<u8>> = paths.iter().map(file).collect();
        seeds.push([&[door], all.join(&0).as_slice()].concat());
        for (n, text) in all.iter().enumerate() {
            seeds.push([&[door], vec![0; n].as_slice(), text].concat());
        }
    }
    // Another course in the first record that names one: whoever accepts that is stopped by the first seeds.
    let altered = String::from_utf8(file(&GIVEN[0])).expect("records are text");
    let altered = altered.replacen("B02", "B03", 1).into_bytes();
    seeds.push([&[1], altered.as_slice()].concat());
    seeds.push([&[2], [0; MADE.len() - 1].as_slice(), altered.as_slice()].concat());
    let alone = [GIVEN.as_slice(), MADE.as_slice()].concat();
    for text in alone.iter().map(file) {
        let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        seeds.push([&[3], text.as_slice()].concat());
        seeds.push([&[3], first_line].concat());
    }
    let mut frontier = Frontier::new();
    for n in 0..11 {
        frontier.push(Hash([n; 32]));
    }
    seeds.push([&[3], frontier.to_bytes().as_slice()].concat());
    seeds.push([&[3], SAMPLE.ledger.signer.vkey().as_bytes()].concat());
    seeds
}

/// Whoever holds the organisation's pack key can seal any file, but no record that the ledger does not hold.
fn sealed_again(rest: &[u8]) {
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    let mut texts = rest.split(|byte| *byte == 0);
    let mut changed: Vec<(&str, &[u8])> = Vec::new();
    for path in GIVEN {
        changed.push((path, texts.next().unwrap_or_default()));
    }
    let own = |path: &str| {
        let text = changed
            .iter()
            .find(|(name, text)| *name == path && !text.is_empty());
        text.map(|(_, text)| *text)
    };
    let given = SAMPLE
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("data/") || path.starts_with("log/"));
    for (path, bytes) in given {
        writer
            .add(path, own(path).unwrap_or(bytes))
            .expect("the sample's paths are allowed");
    }
    let signer = sample::pack_signer().expect("the sample has a signer");
    let pack = writer
        .finish(&BagInfo::new(), &signer)
        .expect("it is within the limits")
        .sink
        .into_inner();
    let trust = Trust {
        vkey: Some(SAMPLE.ledger.signer.vkey()),
        fingerprint: Some(SAMPLE.fingerprint.clone()),
    };
    let own_keys = seal::verify(Cursor::new(&pack), &Trust::default());
    if !seal::verify(Cursor::new(&pack), &trust).is_verified() {
        return;
    }
    assert!(
        own_keys.is_verified(),
        "a pack that the known keys verify is verified by its own"
    );
    let records = own("data/records.jsonl").unwrap_or_default();
    for line in records
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let line = str::from_utf8(line).expect("a verified record is text");
        let record = Record::from_line(line).expect("a verified record can be read");
        assert!(record.seq < sample::ENTRIES, "{record:?}");
        let mut held = SAMPLE.ledger.record(record.seq);
        if record.commit.is_some() {
            held.key = None;
            held.body = None;
            held.commit = record.commit.clone();
        }
        assert!(held == record || record.seq == sample::ERASED, "{record:?}");
        assert_eq!(
            record.leaf_hash().expect("a verified record has a leaf"),
            SAMPLE
                .ledger
                .record(record.seq)
                .leaf_hash()
                .expect("the sample is sound")
        );
    }
}

/// Whoever has no key can change no file that a signature covers.
fn not_sealed_again(rest: &[u8]) {
    let mut texts = rest.split(|byte| *byte == 0);
    let changed = MADE.map(|path| (path, texts.next().unwrap_or_default()));
    let pack = sample::rebuilt(&SAMPLE.pack, |path, bytes| {
        let text = changed
            .iter()
            .find(|(name, text)| *name == path && !text.is_empty());
        Some(text.map_or(bytes, |(_, text)| text.to_vec()))
    });
    let pack = pack.expect("it is within the limits");
    let trust = Trust {
        vkey: None,
        fingerprint: Some(SAMPLE.fingerprint.clone()),
    };
    if !seal::verify(Cursor::new(&pack), &trust).is_verified() {
        return;
    }
    for (held, (path, bytes)) in SAMPLE.files.iter().zip(files(&pack)) {
        let may_differ = ["tagmanifest-sha256.txt.sig", "zip-entries-sha256.txt"].contains(&path.as_str());
        assert!(may_differ || *held == (path.clone(), bytes), "{path} was changed");
    }
}

fn texts(bytes: &[u8]) {
    if let Ok(frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes);
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(verifier) = Verifier::from_vkey(text) {
        assert_eq!(verifier.vkey(), text);
    }
    let signer = Signer::from_seed("fuzz.example", &[1; 32]).expect("the name is allowed");
    let verifier = signer.verifier();
    if let Ok(checkpoint) = seal::open(text, &verifier) {
        assert!(text.starts_with(&checkpoint.text()));
    }
    if let Ok(proof) = Proof::from_text(text) {
        assert!(proof.check(&Hash([0; 32]), &verifier).is_err());
    }
    if let Ok(record) = Record::from_line(text) {
        let line = record.line();
        if record.leaf_hash().is_ok() {
            assert!(line.is_ok(), "a record with a leaf can be written");
        }
    }
    if let Ok((seq, path)) = seal::records::proof_from_line(text) {
        assert!(path.len() <= 64, "the path of {seq} has a limit");
    }
    if let Ok(path) = seal::proof::consistency_from_text(text) {
        assert_eq!(seal::proof::consistency_text(&path), text);
    }
    if let Err(error) = seal::signature::verify(text, b"", text) {
        assert!(!error.to_string().is_empty());
    }
}

fn files(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = Archive::open(Cursor::new(pack)).expect("the pack is sound");
    let paths = archive.members().iter().map(|member| member.path.clone());
    let paths: Vec<String> = paths.collect();
    let mut files = Vec::new();
    for (at, path) in paths.into_iter().enumerate() {
        files.push((path, archive.read(at, usize::MAX).expect("the pack is sound")));
    }
    files
}
