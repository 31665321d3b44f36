//! The closed lists of words that say what a course is, for whom and how it is given.
//!
//! The words are the ones auditors use; a requirement names them, so a new word is a decision
//! and not an edit. What each word asks of a programme is in crate `controls`.

/// A word out of a closed list.
pub trait Word: Copy + Eq + 'static {
    const ALL: &'static [Self];
    /// As written in a course file, in the database and in addresses.
    fn word(self) -> &'static str;

    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.word() == word)
    }
}

/// Which of the three legs of a programme (awareness, education, training) the course stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    Awareness,
    Education,
    Training,
}

/// Whom the course is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Baseline,
    Developer,
    Admin,
    Finance,
    Hr,
    Exec,
    Board,
    Ir,
    Bcdr,
    Privacy,
    Phi,
    Chd,
    Ai,
    Physical,
    Supplier,
}

/// How the course is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Classroom,
    Online,
    Campaign,
    Simulation,
    OnTheJob,
}

/// What a course can be about (predicate P05 counts these).
pub const TOPICS: &[&str] = &[
    "phishing",
    "social-engineering",
    "pretexting",
    "tailgating",
    "auth-mfa",
    "passwords",
    "data-handling",
    "clean-desk",
    "unintentional-exposure",
    "incident-recognition",
    "incident-reporting",
    "missing-updates",
    "insecure-networks",
    "home-network",
    "acceptable-use",
    "malware",
    "login-monitoring",
    "insider-threat",
    "mobile",
    "remote-work",
    "physical",
    "privacy",
    "phi",
    "chd",
    "supply-chain",
    "ai-literacy",
    "ai-policy",
    "secure-coding",
    "secure-design",
    "language-specific",
    "sec-test-tools",
    "owasp-top10-2025",
    "poi-tampering",
    "ir-duties",
    "bcdr-duties",
    "apt",
    "threat-landscape",
    "suspicious-comms",
    "social-mining",
    "disciplinary-consequences",
    "policy-isp",
    "isms-contribution",
    "contacts-resources",
    "governance-risk",
];

impl Word for Leg {
    const ALL: &'static [Leg] = &[Leg::Awareness, Leg::Education, Leg::Training];
    fn word(self) -> &'static str {
        match self {
            Leg::Awareness => "awareness",
            Leg::Education => "education",
            Leg::Training => "training",
        }
    }
}

impl Word for Layer {
    const ALL: &'static [Layer] = &[
        Layer::Baseline,
        Layer::Developer,
        Layer::Admin,
        Layer::Finance,
        Layer::Hr,
        Layer::Exec,
        Layer::Board,
        Layer::Ir,
        Layer::Bcdr,
        Layer::Privacy,
        Layer::Phi,
        Layer::Chd,
        Layer::Ai,
        Layer::Physical,
        Layer::Supplier,
    ];
    fn word(self) -> &'static str {
        match self {
            Layer::Baseline => "baseline",
            Layer::Developer => "developer",
            Layer::Admin => "admin",
            Layer::Finance => "finance",
            Layer::Hr => "hr",
            Layer::Exec => "exec",
            Layer::Board => "board",
            Layer::Ir => "ir",
            Layer::Bcdr => "bcdr",
            Layer::Privacy => "privacy",
            Layer::Phi => "phi",
            Layer::Chd => "chd",
            Layer::Ai => "ai",
            Layer::Physical => "physical",
            Layer::Supplier => "supplier",
        }
    }
}

impl Word for Method {
    const ALL: &'static [Method] = &[
        Method::Classroom,
        Method::Online,
        Method::Campaign,
        Method::Simulation,
        Method::OnTheJob,
    ];
    fn word(self) -> &'static str {
        match self {
            Method::Classroom => "classroom",
            Method::Online => "online",
            Method::Campaign => "campaign",
            Method::Simulation => "simulation",
            Method::OnTheJob => "on_the_job",
        }
    }
}

/// The known word nearest to what was written, when it is near enough to have been meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.chars().count() > 40 {
        return None;
    }
    known
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(distance, word)| *distance <= 2.max(word.chars().count() / 3))
        .min()
        .map(|(_, word)| word)
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let swap = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        assert!(Leg::ALL.iter().all(|w| Leg::of(w.word()) == Some(*w)));
        assert!(Layer::ALL.iter().all(|w| Layer::of(w.word()) == Some(*w)));
        assert!(Method::ALL.iter().all(|w| Method::of(w.word()) == Some(*w)));
        assert_eq!(Leg::of("Training"), None);
    }

    #[test]
    fn a_slip_of_the_pen_finds_the_word_that_was_meant() {
        assert_eq!(nearest("pishing", TOPICS.iter().copied()), Some("phishing"));
        assert_eq!(nearest("pasword", TOPICS.iter().copied()), Some("passwords"));
        assert_eq!(nearest("astronomy", TOPICS.iter().copied()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
