//! A data folder without room: reading goes on, writing is refused in a sentence, and it mends itself.

use std::path::Path;
use std::process::Command;

use web::refusal::STORAGE_FULL;

use crate::client::Client;
use crate::house::House;

/// A disk of its own for as long as this lives; needs root.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// `None` where this may not be done.
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|done| done.status.success())
            .then_some(Self { folder })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.folder.path()).status());
    }
}

/// Takes all the room there is.
fn fill(path: &Path) {
    let chunk = vec![b'x'; 64 * 1024];
    let mut file = std::fs::File::create(path).expect("a file can be made");
    while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
    let crumb = [b'x'; 512];
    while std::io::Write::write_all(&mut file, &crumb).is_ok() {}
}

#[test]
#[expect(clippy::print_stderr, reason = "a check that was left out has to be seen")]
fn a_full_disk_stops_writing_and_nothing_else_and_mends_itself() {
    let Some(disk) = Disk::mount("64m") else {
        eprintln!("SKIPPED: a full disk was NOT tried. That needs the right to mount a tmpfs (root).");
        return;
    };
    let house = House::in_folder(disk.folder.path());
    house.must(&["roster", "apply", "people.csv", "--source", "hr"]);
    let server = house.serve();
    let mut ada = Client::new(server.address);
    ada.sign_in(&house.link("ada@cast.example"))
        .expect("the server answers");
    let people = ada.get("/people").expect("the server answers").text();
    let role = [
        ("name", "Ed Editor"),
        ("email", "ed@cast.example"),
        ("role", "editor"),
    ];

    fill(&house.path("filler"));
    // Some room may be left within the files that are there, so it takes a few writes to find that there is none.
    let refused = (0..200).find_map(|n| {
        let email = format!("ed{n}@cast.example");
        let filled = [role[0], ("email", email.as_str()), role[2]];
        let answer = ada.post("/roles", &filled).expect("the server answers");
        (answer.status != 303).then_some(answer)
    });
    let refused = refused.expect("writes come to an end when there is no room");
    assert_eq!(refused.status, 507, "{}", refused.text());
    refused.must_say(STORAGE_FULL);
    let given = house.count("select count(*) from role_grant");

    // Reading works, and every page says how things stand.
    for path in ["/people", "/", "/ledger", "/programme"] {
        let page = ada.get(path).expect("the server answers");
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        page.must_say(STORAGE_FULL);
    }
    assert!(
        ada.get("/people")
            .expect("the server answers")
            .text()
            .contains(&people[people.len() - 200..])
    );
    let ready = ada.get("/health/ready").expect("the server answers");
    assert_eq!(ready.status, 503);
    assert_eq!(ada.get("/health/live").expect("the server answers").status, 200);
    assert_eq!(
        house.count("select count(*) from role_grant"),
        given,
        "what was refused is not there"
    );

    // Room is made: the next write is taken, and the banner goes.
    std::fs::remove_file(house.path("filler")).expect("it can be removed");
    let answer = ada.post("/roles", &role).expect("the server answers");
    assert_eq!(answer.status, 303, "{}", answer.text());
    ada.get("/people")
        .expect("the server answers")
        .must_not_say(STORAGE_FULL);
    assert_eq!(ada.get("/health/ready").expect("the server answers").status, 200);
    server.kill();
    house.must_be_sound();
    assert_eq!(house.count("select count(*) from role_grant"), given + 1);
}
