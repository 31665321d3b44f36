//! Foreign tongues: a file of completions as another system writes it, bytes in, rows out, no database.

pub mod completions;
