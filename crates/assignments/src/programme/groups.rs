//! Whom the default programme asks what, by when and why: the data, and nothing that reads it.
//!
//! What somebody in a group needs first comes first and soonest; the rest of a group's courses follow within the thirty
//! days that the frameworks allow whoever moves into a role. Two things that a curriculum names are no lines here: the
//! summary of what has changed, which replaces a repeated course by itself, and the privacy course, which is asked only where
//! it is relevant and is a rule of the organisation's own.
//!
//! Not here: which of it binds ([`super`]).

use crate::rule::Onboarding;

/// The strictest text counts a year as 365 days (PCI DSS 12.6.3, CIS 14.1), so no grace is added.
pub(super) const REFRESH_DAYS: i32 = 365;

/// Whoever was away for longer is asked again when they are back.
pub(super) const LONG_LEAVE_DAYS: i32 = 90;

/// The longest that somebody who takes on a role may be without its training (ISO/IEC 27001 A.6.3, NIST SP 800-53 AT-3).
const ROLE_DAYS: i32 = 30;

/// One group of people and what they are asked.
pub(super) struct Group {
    pub who: &'static str,
    /// As [`crate::expression`] reads it.
    pub audience: &'static str,
    pub why: &'static str,
    pub asks: &'static [Ask],
}

/// Some courses with the same first deadline and the same repetition, in the order in which they are best done.
pub(super) struct Ask {
    pub by: Onboarding,
    pub again: Again,
    /// Id and topic.
    pub courses: &'static [(&'static str, &'static str)],
}

/// Whether it is owed every year, or done once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Yearly,
    Never,
}

const fn yearly(by: Onboarding, courses: &'static [(&'static str, &'static str)]) -> Ask {
    Ask {
        by,
        again: Again::Yearly,
        courses,
    }
}

const fn days(days: i32) -> Onboarding {
    Onboarding::Days(days)
}

pub(super) const GROUPS: [Group; 8] = [
    Group {
        who: "Everyone",
        audience: "everyone",
        why: "ISO/IEC 27001 A.6.3, SOC 2 CC1.4 and PCI DSS 12.6.3 ask for it on hire and once a year, of people from outside like of employees. What protects from the first mail on, and what is signed for, is due within the first week; auditors of SOC 2 expect the rest within thirty days.",
        asks: &[
            yearly(
                days(7),
                &[
                    ("B02", "Phishing on every channel"),
                    ("B03", "Signing in safely"),
                    ("B06", "Handling information"),
                    ("B10", "Report it"),
                    ("B11", "Acceptable use and sign-off"),
                ],
            ),
            yearly(
                days(ROLE_DAYS),
                &[
                    ("B01", "Why you, and what we expect"),
                    ("B04", "Never paste, never run"),
                    ("B05", "Is it really them?"),
                    ("B07", "AI tools at work"),
                    ("B08", "Devices, home, travel"),
                    ("B09", "The physical door"),
                ],
            ),
        ],
    },
    Group {
        who: "Developers",
        audience: "tag is developer or job_title contains engineer or job_title contains developer",
        why: "PCI DSS 6.2.2 asks for training of developers once a year, by language; ISO/IEC 27001 A.8.28 for secure coding. The paths most often attacked come first. Each year a test-out spares whoever still knows it.",
        asks: &[
            yearly(
                days(ROLE_DAYS),
                &[
                    ("D00", "How we build securely here"),
                    ("D01", "Broken access control"),
                    ("D05", "Injection"),
                    ("D07", "Authentication failures"),
                    ("D03", "Software supply chain failures"),
                ],
            ),
            yearly(
                days(120),
                &[
                    ("D02", "Security misconfiguration"),
                    ("D04", "Cryptographic failures"),
                    ("D06", "Insecure design"),
                    ("D08", "Integrity failures"),
                    ("D09", "Logging and alerting failures"),
                    ("D10", "Exceptional conditions"),
                    ("D11", "Threat modelling"),
                    ("D12", "Secrets and pipelines"),
                    ("D13", "Dependencies"),
                    ("D14", "Coding with assistants and agents"),
                    ("D15", "Interfaces between programs"),
                    ("D16", "Features with language models and agents"),
                    ("D17", "Reviewing for security"),
                    ("D18", "Logging, errors and privacy for engineers"),
                    ("D19", "Resilience and memory safety"),
                    ("D20", "When it goes wrong"),
                ],
            ),
        ],
    },
    Group {
        who: "Privileged access",
        audience: "privileged_access is any or tag is admin",
        why: "NIST SP 800-53 AT-3 asks for role-based training before access is given, and FedRAMP for a privileged person’s part in an incident within ten days. Both are before access here; the rest of the role follows within thirty days.",
        asks: &[
            yearly(
                Onboarding::BeforeAccess,
                &[
                    ("P01", "Privileged access and tiering"),
                    ("P02", "The caller who forgot the phone"),
                    ("P06", "Logs, alerts, first hour"),
                ],
            ),
            yearly(
                days(ROLE_DAYS),
                &[
                    ("P03", "Hardening and drift"),
                    ("P04", "Patching by exploitation"),
                    ("P05", "Backups that survive ransomware"),
                    ("P07", "Cloud, SaaS and grants"),
                    ("P08", "Joiners, movers, leavers and reviews"),
                    ("P09", "Remote tools and vendors"),
                    ("P10", "Agents in operations"),
                ],
            ),
        ],
    },
    Group {
        who: "Finance and procurement",
        audience: "department in (finance, accounting, procurement, treasury) or tag is finance",
        why: "Payment fraud is aimed at them from the first day, so the first courses are due in fourteen.",
        asks: &[
            yearly(
                days(14),
                &[
                    ("F01", "Changed bank details"),
                    ("F02", "The urgent executive"),
                    ("F05", "The first hours after a bad payment"),
                ],
            ),
            yearly(
                days(ROLE_DAYS),
                &[
                    ("F03", "Invoices, orders and supplier portals"),
                    ("F04", "Gift cards, payroll and refunds"),
                    ("F06", "Confidential numbers"),
                ],
            ),
        ],
    },
    Group {
        who: "People and recruiting",
        audience: "department in (hr, \"human resources\", people, recruiting) or tag is hr",
        why: "They open strangers’ files and hold everybody’s data; ISO/IEC 27001 A.6.1 to A.6.6 run through them.",
        asks: &[
            yearly(
                days(14),
                &[
                    ("H01", "Candidates who are not who they say"),
                    ("H03", "Payroll diversion and requests for data"),
                    ("H04", "Personal data"),
                ],
            ),
            yearly(
                days(ROLE_DAYS),
                &[
                    ("H02", "Lures in applications"),
                    ("H05", "Security through the employment cycle"),
                    ("H06", "Leavers and insiders, fairly"),
                    ("H07", "AI in hiring"),
                ],
            ),
        ],
    },
    Group {
        who: "Board and executives",
        audience: "kind is board or tag in (executive, assistant)",
        why: "NIS2 Article 20 and DORA Article 5(4) ask the management body itself to be trained, regularly, and before it approves how risks are treated.",
        asks: &[
            Ask {
                by: days(ROLE_DAYS),
                again: Again::Never,
                courses: &[("E01", "You are the lure and the target")],
            },
            yearly(
                days(ROLE_DAYS),
                &[
                    ("E02", "What the law expects of you"),
                    ("E03", "Reading the dashboard"),
                    ("E04", "Ransomware morning"),
                    ("E05", "Culture and money"),
                    ("E06", "How much risk with AI"),
                ],
            ),
        ],
    },
    Group {
        who: "People who use AI tools",
        audience: "tag is ai_user",
        why: "Article 4 of the EU AI Act and ISO/IEC 42001 7.3 ask that whoever works with AI knows its limits and the rules, so it comes before the tool. Name the systems whose lists of accounts show who has one, as system_access.",
        asks: &[yearly(Onboarding::BeforeAccess, &[("AI1", "AI literacy")])],
    },
    Group {
        who: "People who build or own AI",
        audience: "tag in (ai_builder, ai_owner)",
        why: "ISO/IEC 42001 7.2 and 7.3 and Article 4 of the EU AI Act ask for competence of those who build and run AI.",
        asks: &[yearly(
            days(60),
            &[
                ("AI3", "Building with language models and agents"),
                ("AI4", "Owning an AI system"),
            ],
        )],
    },
];
