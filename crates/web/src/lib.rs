//! The look and manners of every page: what a visitor sees, and how the house behaves at its door.
//!
//! Invariants: every page is whole without JavaScript; no page carries an inline script or style (the
//! content policy forbids both); a fault's text is logged once and never shown; a role proof can only be
//! made by asking a request for it.
//!
//! Not here: any word of the domain, any row of any table. Pages live with the nouns they show.
//!
//! Reading order: `screen` (a page), `rail` (the menu beside it), `marks` and `table` and `form` (what stands on
//! it), `visitor` (who looks), `refusal` (when it goes wrong), `manners` (what is true of every answer).

pub mod assets;
pub mod chart;
pub mod cookie;
pub mod filled;
pub mod form;
pub mod gallery;
pub mod limits;
pub mod manners;
pub mod marks;
pub mod rail;
pub mod refusal;
pub mod screen;
pub mod strip;
pub mod table;
pub mod upload;
pub mod visitor;

pub use chart::bars::{Bar, Bars};
pub use chart::burn_up::{BurnUp, DayCount, Forecast};
pub use chart::{Point, Series, Trend};
pub use cookie::{SessionCookie, see_other, see_other_saying};
pub use filled::{Choice, Filled, Problems};
pub use form::{Field, Form};
pub use limits::Throttle;
pub use manners::{Manners, dress};
pub use marks::{
    Count, Standing, act, actions, big, button, button_link, day, facts, figure, log, main_link, note, panel,
    progress, roll_call, tag, to_do, trail,
};
pub use rail::{Group, Link};
pub use refusal::{Answer, Error};
pub use screen::{Banner, Opening, Place, Screen};
pub use strip::{Span, Stretch, axis, strip, strip_gaps, strip_legend, strip_sentence};
pub use table::{Column, Table};
pub use upload::{Attached, Upload};
pub use visitor::{Auditor, Editor, Learner, Manager, Owner, Role, Roles, Visitor, admit};

/// What pages are written in, so that a page needs only this crate for its markup.
pub use maud::{Markup, PreEscaped, Render, html};
