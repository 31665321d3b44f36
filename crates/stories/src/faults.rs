//! Faults that were logged while a story ran: a story whose pages all look well must not leave one.
//!
//! Pages and jobs run on the story's own thread, so what they log is kept for that thread. What a lane of the
//! database logs belongs to no story and is held against whichever ends next: no lane has anything to log in any.
//!
//! Not here: warnings. A job that will be tried again may warn.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    static OWN: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

static OTHERS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Begins to keep what this thread logs as an error.
///
/// # Panics
/// When something else in this process has already taken the log.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Listener).expect("nobody else takes the log of a test")
    });
    OWN.with_borrow_mut(|own| *own = Some(Vec::new()));
}

/// What was logged since [`listen`].
pub(crate) fn heard() -> Vec<String> {
    let mut heard = OWN.with_borrow_mut(|own| own.replace(Vec::new()).unwrap_or_default());
    heard.append(&mut OTHERS.lock().unwrap_or_else(PoisonError::into_inner));
    heard
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn event(&self, event: &Event<'_>) {
        let mut words = Words(event.metadata().target().to_owned());
        event.record(&mut words);
        let is_own = OWN.with_borrow_mut(|own| own.as_mut().map(|own| own.push(words.0.clone())).is_some());
        if !is_own {
            OTHERS
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(words.0);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a String takes whatever is written to it");
    }
}
