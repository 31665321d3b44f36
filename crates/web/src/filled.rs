//! What somebody sent with a form, what was wrong with it, and what there was to choose from.
//!
//! Invariants: everything sent is kept as sent, in order, repeated names included; a problem is a finished
//! sentence and names its field where it has one.
//!
//! Not here: how a form is drawn (`form`), what is valid (the domain).

use axum::Form;
use axum::extract::{FromRequest, Request};
use db::Refusal;

use crate::refusal::Error;

/// What somebody typed, by field name. Also the extractor of a posted form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled(Vec<(String, String)>);

/// What is wrong with what was typed, by field name, in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(pub(crate) Vec<(Option<String>, String)>);

/// One thing that can be chosen: its value, its label, and a line saying what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub why: Option<String>,
}

impl Filled {
    /// Nothing typed yet.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Starting values for a form about something that exists.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    /// The same with another value for one field.
    #[must_use]
    pub fn instead(mut self, name: &str, value: impl ToString) -> Self {
        self.0.retain(|(key, _)| key != name);
        self.with(name, value)
    }

    /// The value of a field without surrounding space; empty if it was not sent.
    pub fn one(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The value of a field as typed; empty if it was not sent.
    pub fn raw(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Every value sent under the name: check boxes, lists.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|sent| sent == value)
    }

    /// A check box that stands alone.
    pub fn ticked(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Filled {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<S: Send + Sync> FromRequest<S> for Filled {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(pairs)) => Ok(Self(pairs)),
            Err(_) => Err(Error::Refused(Refusal::new(
                "form-unreadable",
                "The form could not be read. Go back, and send it again; very long texts have to be shortened.",
            ))),
        }
    }
}

impl Problems {
    pub fn none() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.add(field, sentence);
        self
    }

    pub fn add(&mut self, field: &str, sentence: impl Into<String>) {
        self.0.push((Some(field.to_owned()), sentence.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(about, _)| about.as_deref() == Some(field))
            .map(|(_, sentence)| sentence.as_str())
    }
}

impl From<Refusal> for Problems {
    fn from(refusal: Refusal) -> Self {
        Self(vec![(refusal.field, refusal.sentence)])
    }
}

impl From<Vec<Refusal>> for Problems {
    fn from(refusals: Vec<Refusal>) -> Self {
        Self(
            refusals
                .into_iter()
                .map(|refusal| (refusal.field, refusal.sentence))
                .collect(),
        )
    }
}

impl Problems {
    /// The refusal as problems of the form, or the fault as an error: `let problems = Problems::or_fault(error)?;`
    ///
    /// # Errors
    /// The fault, if it was one.
    pub fn or_fault(error: db::Error) -> Result<Self, Error> {
        match error {
            db::Error::Refused(refusal) => Ok(refusal.into()),
            db::Error::Fault(fault) => Err(fault.into()),
        }
    }
}

impl Choice {
    pub fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self {
            value: value.to_string(),
            label: label.into(),
            why: None,
        }
    }

    #[must_use]
    pub fn why(self, why: impl Into<String>) -> Self {
        Self {
            why: Some(why.into()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_all_kept() {
        let filled = Filled::nothing().with("topic", "a").with("topic", " b ");
        assert_eq!(filled.all("topic").collect::<Vec<_>>(), ["a", " b "]);
        assert!(filled.has("topic", "a") && filled.ticked("topic") && !filled.ticked("other"));
        assert_eq!((filled.one("topic"), filled.one("other")), ("a", ""));
    }

    #[test]
    fn a_fault_is_not_a_problem_of_the_form() {
        let refused = db::Error::from(Refusal::new("odd", "That is odd.").field("name"));
        assert_eq!(
            Problems::or_fault(refused).expect("refused").of("name"),
            Some("That is odd.")
        );
        let fault = db::Error::from(db::Fault::new("saving"));
        assert!(matches!(Problems::or_fault(fault), Err(Error::Fault(_))));
    }
}
