//! One entry, and the closed list of acts an entry can be about.
//!
//! The text of an act is part of signed bytes: it is never changed or used for something else.
//! What each payload holds is listed in docs/ledger-format.md.

use std::{fmt, str::FromStr};

use db::{Fault, Kind, Moment};

/// `ent_…`
pub enum EntryKind {}
impl Kind for EntryKind {
    const PREFIX: &'static str = "ent";
}

macro_rules! acts {
    ($($act:ident $text:literal),* $(,)?) => {
        /// What can happen that an auditor may ask about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($act),* }

        impl Act {
            /// Every act, in alphabetical order.
            pub const ALL: &[Act] = &[$(Act::$act),*];

            /// The text that stands in the signed leaf.
            pub fn text(self) -> &'static str {
                match self { $(Act::$act => $text),* }
            }
        }

        impl FromStr for Act {
            type Err = Fault;
            fn from_str(text: &str) -> Result<Act, Fault> {
                match text {
                    $($text => Ok(Act::$act),)*
                    _ => Err(Fault::new("reading an act this program does not know")),
                }
            }
        }
    };
}

acts! {
    AcceptanceEnded "acceptance-ended",
    AccessDecided "access-decided",
    AccessKept "access-kept",
    AccessListImported "access-list-imported",
    AccessReconciled "access-reconciled",
    AccessRestored "access-restored",
    AccessSuspended "access-suspended",
    AccessSystemSet "access-system-set",
    AccommodationSet "accommodation-set",
    AccountErased "account-erased",
    AccountMade "account-made",
    Assigned "assigned",
    AssignmentEnded "assignment-ended",
    AttemptLanguageSwitched "attempt-language-switched",
    AttemptRegraded "attempt-regraded",
    AttemptStarted "attempt-started",
    AttemptSubmitted "attempt-submitted",
    Attested "attested",
    AudienceSet "audience-set",
    BadgeKeyMade "badge-key-made",
    CalendarEnded "calendar-ended",
    CalendarMade "calendar-made",
    CertificateIssued "certificate-issued",
    ChannelAdded "channel-added",
    ChannelEnded "channel-ended",
    CompletionAccepted "completion-accepted",
    CompletionAttended "completion-attended",
    CompletionImported "completion-imported",
    CompletionRecorded "completion-recorded",
    ConsentGiven "consent-given",
    ConsentWithdrawn "consent-withdrawn",
    CorrectionAnswered "correction-answered",
    CorrectionAsked "correction-asked",
    DifferenceNoted "difference-noted",
    DirectoryRead "directory-read",
    DirectorySet "directory-set",
    DraftBegun "draft-begun",
    DraftDiscarded "draft-discarded",
    DraftProposed "draft-proposed",
    DraftReviewed "draft-reviewed",
    EditionPublished "edition-published",
    EndHeld "end-held",
    EndSettled "end-settled",
    EquivalenceDecided "equivalence-decided",
    EquivalenceEnded "equivalence-ended",
    Exported "exported",
    FrameworkAdopted "framework-adopted",
    FrameworkEnded "framework-ended",
    HolidaysImported "holidays-imported",
    ImportApplied "import-applied",
    JudgeInvited "judge-invited",
    LeaveRecorded "leave-recorded",
    LiveSessionClosed "live-session-closed",
    LiveSessionRecorded "live-session-recorded",
    LogStarted "log-started",
    MailSet "mail-set",
    MappingSaved "mapping-saved",
    MatchDecided "match-decided",
    Nudged "nudged",
    OrganisationSet "organisation-set",
    OutsideTrainingReviewed "outside-training-reviewed",
    OutsideTrainingSent "outside-training-sent",
    PackBuilt "pack-built",
    PanelJudged "panel-judged",
    PanelOpened "panel-opened",
    PassMarkRecommended "pass-mark-recommended",
    PasskeyAdded "passkey-added",
    PasskeyRemoved "passkey-removed",
    PersonChanged "person-changed",
    PersonErased "person-erased",
    PersonJoined "person-joined",
    PersonLeft "person-left",
    PersonMoved "person-moved",
    QuestionAppealed "question-appealed",
    QuestionRuled "question-ruled",
    ReminderPreferenceSet "reminder-preference-set",
    RemindersDecided "reminders-decided",
    RemindersSet "reminders-set",
    RoleEnded "role-ended",
    RoleGranted "role-granted",
    RosterApplied "roster-applied",
    RosterUndone "roster-undone",
    RuleEnded "rule-ended",
    RuleSet "rule-set",
    ScimConnected "scim-connected",
    SetUp "set-up",
    SignedIn "signed-in",
    SignedOut "signed-out",
    SourceAdded "source-added",
    SourceSet "source-set",
    SourceSnapshot "source-snapshot",
    SpacedChecksSet "spaced-checks-set",
    SupplierSet "supplier-set",
    TeamDelegated "team-delegated",
    TeamDelegationEnded "team-delegation-ended",
    TokenEnded "token-ended",
    TokenMade "token-made",
    TrainingAccepted "training-accepted",
    WaiverEnded "waiver-ended",
    WaiverGranted "waiver-granted",
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// How good the evidence is: A native, signed in and assessed; B a connector; C a file; D by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    A,
    B,
    C,
    D,
}

impl Class {
    pub fn text(self) -> &'static str {
        match self {
            Class::A => "A",
            Class::B => "B",
            Class::C => "C",
            Class::D => "D",
        }
    }
}

impl FromStr for Class {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Class, Fault> {
        match text {
            "A" => Ok(Class::A),
            "B" => Ok(Class::B),
            "C" => Ok(Class::C),
            "D" => Ok(Class::D),
            _ => Err(Fault::new("reading an evidence class that is not A, B, C or D")),
        }
    }
}

/// An entry to be recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    pub act: Act,
    pub subject: String,
    pub occurred_at: Option<Moment>,
    pub class: Class,
    pub payload: serde_json::Value,
}

impl Entry {
    /// About `subject`, 'person:per_…' or the like; now, native, with an empty payload, until said otherwise.
    pub fn about(act: Act, subject: impl Into<String>) -> Entry {
        Entry {
            act,
            subject: subject.into(),
            occurred_at: None,
            class: Class::A,
            payload: serde_json::Value::Object(serde_json::Map::new()),
        }
    }

    /// When it happened, where that is not when it is recorded.
    pub fn occurred(mut self, at: Moment) -> Entry {
        self.occurred_at = Some(at);
        self
    }

    pub fn class(mut self, class: Class) -> Entry {
        self.class = class;
        self
    }

    /// A JSON object; personal data belongs here and nowhere else.
    pub fn payload(mut self, payload: serde_json::Value) -> Entry {
        self.payload = payload;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_listed_in_order_and_read_back() {
        for pair in Act::ALL.windows(2) {
            assert!(pair[0].text() < pair[1].text(), "{} before {}", pair[0], pair[1]);
        }
        for act in Act::ALL {
            assert_eq!(act.text().parse::<Act>().expect("its own text"), *act);
        }
    }
}
