//! The few pages that belong to the whole: set-up, mail, health.

pub mod health;
pub mod mail;
pub mod set_up;
