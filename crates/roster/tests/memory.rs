//! A file takes little memory beside its own bytes, a bad one too. One test, because what a process holds is counted for all of it.
//!
//! Where the system does not say what a process holds, only the refusals are looked at.

use std::fs;

use roster::sources::file::{self, Options};

const MB: usize = 1024 * 1024;

/// Megabytes this process has held at most since it was last asked to forget.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024)
}

/// Reads the file and says its refusal’s code, if any; fails when it takes more than so many megabytes.
fn reads(bytes: &[u8], megabytes_max: usize) -> Option<&'static str> {
    let forgets = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = peak();
    let code = file::read(bytes, &Options::default())
        .err()
        .map(|refusal| refusal.code);
    if let (true, Some(before), Some(after)) = (forgets, before, peak()) {
        let took = after.saturating_sub(before);
        assert!(
            took <= megabytes_max,
            "it took {took} MB, and may take {megabytes_max}"
        );
    }
    code
}

#[test]
fn a_file_takes_little_memory() {
    let cells = ",".repeat(50 * MB).into_bytes();
    assert_eq!(reads(&cells, 24), Some("file-row-too-long"));
    drop(cells);
    let mut open = b"source_id,person_type,department\n1,employee,\"".to_vec();
    open.resize(50 * MB, b'x');
    assert_eq!(reads(&open, 24), Some("file-row-too-long"));
    drop(open);
    let mut repeated = b"source_id,person_type,given_name\n".to_vec();
    (0..10_000).for_each(|n| repeated.extend(format!("7,employee,Person {n}\n").bytes()));
    assert_eq!(reads(&repeated, 24), None);
    let mut bad = b"source_id,person_type,start_date\n".to_vec();
    (0..30_000).for_each(|n| bad.extend(format!("{n},pirate,soon\n").bytes()));
    assert_eq!(reads(&bad, 24), None);
    let mut whole = b"source_id,email,given_name,family_name,person_type,start_date,manager_source_id,department,job_title,location,country\n".to_vec();
    (0..100_000).for_each(|n| whole.extend(format!("E{n:06},person.{n:06}@example.com,Given{n},Family{n},employee,2024-01-15,E{:06},Department {},Engineer,Site {},Germany\n", n / 10, n % 12, n % 40).bytes()));
    assert_eq!(reads(&whole, 40), None);
}
