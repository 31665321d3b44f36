//! The people of the stories, by first name: each stands for one way of having to do with training.
//!
//! All are invented; their addresses end in what can never be registered.
//!
//! Not here: the people of the fixtures, who are a company of their own (`fixtures/`).

/// Somebody who can be at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub name: &'static str,
    pub email: &'static str,
    /// The id the organisation's HR system has for them; empty for who is not on its list.
    pub source_id: &'static str,
}

/// Owns the programme. She is on the roster, so that she also learns.
pub const ADA: Member = Member {
    name: "Ada Owner",
    email: "ada@cast.example",
    source_id: "1",
};
/// Edits courses and rules.
pub const ED: Member = Member {
    name: "Ed Editor",
    email: "ed@cast.example",
    source_id: "2",
};
/// Learns, and holds no role.
pub const LENA: Member = Member {
    name: "Lena Learner",
    email: "lena@cast.example",
    source_id: "3",
};
/// Manages Lena, and holds the role for it.
pub const MAX: Member = Member {
    name: "Max Manager",
    email: "max@cast.example",
    source_id: "4",
};
/// Audits, from outside: she is on no list.
pub const AUDE: Member = Member {
    name: "Aude Auditor",
    email: "aude@audit.example",
    source_id: "",
};
/// Works by contract.
pub const CONNIE: Member = Member {
    name: "Connie Contractor",
    email: "connie@vendor.example",
    source_id: "6",
};

/// The cast as the HR system's list has it on Monday 1 June 2026.
pub const ROSTER: &str = "\
source_id,email,given_name,family_name,person_type,status,start_date,end_date,manager_source_id,department,job_title
1,ada@cast.example,Ada,Owner,employee,active,2024-01-15,,,Security,Head of Security
2,ed@cast.example,Ed,Editor,employee,active,2024-02-01,,1,Security,Trainer
3,lena@cast.example,Lena,Learner,employee,active,2026-05-18,,4,Sales,Account Manager
4,max@cast.example,Max,Manager,employee,active,2023-03-01,,1,Sales,Head of Sales
6,connie@vendor.example,Connie,Contractor,contractor,active,2026-05-25,,4,Sales,Campaign Assistant
";
