//! The reckoning against people reckoned by hand, against counting every day, and through the database.

mod company;
mod counting;
mod deadlines;
mod document;
mod export;
mod histories;
mod pack;
mod pages;
mod world;
