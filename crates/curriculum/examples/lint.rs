//! Prints what is wrong with a course folder: `cargo run -p curriculum --example lint -- PATH [YYYY-MM-DD]`.
//!
//! Without a day the course is judged on the day of its own review. Ends with 1 when it cannot be published.

use std::{path::Path, process::ExitCode};

use curriculum::{Course, Folder, content_sha256, lint};
use db::Day;

#[expect(
    clippy::print_stdout,
    reason = "an example for authors speaks to the terminal"
)]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        println!("Name a course folder: cargo run -p curriculum --example lint -- catalogue/courses/B02");
        return ExitCode::FAILURE;
    };
    let folder = match Folder::read(Path::new(&path)) {
        Ok(folder) => folder,
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let course = Course::parse(&folder);
    let reviewed = course.as_ref().map_or(Day(0), |course| course.reviewed_on);
    let today = arguments
        .next()
        .and_then(|day| day.parse().ok())
        .unwrap_or(reviewed);
    let faults = lint(&folder, today);
    for fault in &faults {
        println!("{path}/{fault}");
    }
    let errors = faults.iter().filter(|fault| fault.is_error()).count();
    println!("{errors} errors, {} warnings on {today}.", faults.len() - errors);
    if let (0, Ok(course)) = (errors, course) {
        let words: usize = course.lessons.iter().map(|lesson| lesson.words).sum();
        println!(
            "{} {}: {} lessons, {words} words, {} questions.",
            course.id,
            course.title,
            course.lessons.len(),
            course.questions.len()
        );
        println!("sha256 {}", content_sha256(&folder));
    }
    if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
