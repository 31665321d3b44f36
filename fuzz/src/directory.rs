//! No bytes of a directory make reading its answers panic, and what it says of people is a list that can be read again.
//!
//! The first byte chooses the kind of directory, and whether the rest are messages as a server sends them or a filter as an
//! owner types it.

use std::collections::BTreeMap;

use db::Zone;
use roster::engagement::EngagementKind;
use roster::sources::file;
use roster::sources::ldap::ber::{ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET, element, number};
use roster::sources::ldap::message::{self, Answer};
use roster::sources::ldap::{Attributes, Flavour, Hearing, Terms, filter};

const FILTERS: &[&str] = &[
    "(objectClass=inetOrgPerson)",
    "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
    r"(|(cn=A*d\2aa*)(memberOf=cn=\28x\29,dc=x)(sn~=y)(n>=1))",
];

/// One input of the fuzzer.
pub fn run(bytes: &[u8]) {
    let Some((door, rest)) = bytes.split_first() else {
        return;
    };
    if door % 4 == 3 {
        if let Ok(compiled) = filter::compile(&String::from_utf8_lossy(rest)) {
            assert_eq!(
                roster::sources::ldap::ber::whole(&compiled),
                Ok(Some(compiled.len()))
            );
        }
        return;
    }
    let flavours = [Flavour::Ldap, Flavour::ActiveDirectory];
    let terms = Terms {
        flavour: flavours[usize::from(door % 2)],
        kind: Some(EngagementKind::Employee),
        kinds: BTreeMap::new(),
        groups: vec!["cn=a,dc=x".to_owned()],
        attributes: Attributes {
            start: "hired".to_owned(),
            end: if door % 8 < 4 {
                String::new()
            } else {
                "left".to_owned()
            },
            ..Attributes::default()
        },
    };
    listen(rest, &terms);
}

fn listen(mut rest: &[u8], terms: &Terms) {
    let zone = Zone::utc();
    let mut hearing = Hearing::new(terms, &zone);
    let mut people = 0;
    while let Ok(Some(length)) = message::length(rest) {
        let Some(whole) = rest.get(..length) else { break };
        match message::answer(whole) {
            Ok((_, Answer::Entry(entry))) => {
                hearing.hear(&entry).expect("there are not that many");
                people += 1;
            }
            Ok(_) => {}
            Err(_) => break,
        }
        rest = &rest[length..];
    }
    let Ok(heard) = hearing.finish() else { return };
    assert!(heard.people > 0 && heard.people <= people);
    if let Ok(snapshot) = file::read(&heard.csv, &file::Options::default()) {
        assert_eq!(
            snapshot.rows, heard.people as u64,
            "nobody is lost on the way, and nobody is made up"
        );
    }
}

fn entry(name: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let listed: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, value)| {
            let values = element(SET, &element(OCTETS, value));
            element(SEQUENCE, &[element(OCTETS, name.as_bytes()), values].concat())
        })
        .collect();
    let content = [element(OCTETS, name.as_bytes()), element(SEQUENCE, &listed)].concat();
    element(SEQUENCE, &[number(INTEGER, 2), element(0x64, &content)].concat())
}

fn done() -> Vec<u8> {
    let result = [number(ENUMERATED, 0), element(OCTETS, b""), element(OCTETS, b"")].concat();
    element(SEQUENCE, &[number(INTEGER, 2), element(0x65, &result)].concat())
}

/// What a fuzzer begins with: a conversation for every door that it opens.
pub fn seeds() -> Vec<Vec<u8>> {
    let ada = entry(
        "uid=ada,ou=people,dc=x",
        &[
            ("entryUUID", b"a-1"),
            ("objectGUID", &[7; 16]),
            ("mail", b"ada@x.example"),
            ("givenName", b"Ada"),
            ("sn", b"Byron"),
            ("employeeType", b"contractor"),
            ("manager", b"uid=bo, ou=People,dc=x"),
            ("memberOf", b"CN=a,DC=x"),
            ("userAccountControl", b"514"),
            ("accountExpires", b"134273376000000000"),
            ("hired", b"20240115083000Z"),
            ("left", b"2026-06-30"),
        ],
    );
    let bo = entry(
        "uid=bo,ou=people,dc=x",
        &[
            ("entryUUID", b"b-1"),
            ("objectGUID", &[9; 16]),
            ("cn", b"Bo \xc3\xb6"),
            ("pwdAccountLockedTime", b"000001010000Z"),
        ],
    );
    let conversation = [ada, bo, done()].concat();
    let mut seeds: Vec<Vec<u8>> = [0_u8, 1, 2, 4, 5, 6]
        .iter()
        .map(|door| [&[*door], conversation.as_slice()].concat())
        .collect();
    seeds.extend(FILTERS.iter().map(|text| [&[3], text.as_bytes()].concat()));
    seeds
}
