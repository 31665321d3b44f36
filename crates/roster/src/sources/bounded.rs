//! A reader that stops where an honest file never comes to: at most so many bytes in all, and between two marks.
//!
//! What reads a file keeps one row or one element of it; the marks hold that to a size, whatever the file declares.
//!
//! Not here: what is said to whoever sent the file ([`crate::sources::table`]).

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

/// How far reading has come, shared by the reader and by whoever sets the marks.
#[derive(Debug, Default)]
pub struct Progress {
    passed: Cell<u64>,
    mark: Cell<u64>,
}

impl Progress {
    /// A whole row or element has been read.
    pub fn mark(&self) {
        self.mark.set(self.passed.get());
    }
}

#[derive(Debug)]
pub struct Bounded<'a, R> {
    inner: R,
    progress: &'a Progress,
    between_marks_max: u64,
    in_all_max: u64,
}

impl<'a, R: Read> Bounded<'a, R> {
    pub fn new(inner: R, progress: &'a Progress, between_marks_max: u64, in_all_max: u64) -> Bounded<'a, R> {
        Bounded {
            inner,
            progress,
            between_marks_max,
            in_all_max,
        }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let passed = self.progress.passed.get();
        if passed > self.in_all_max || passed - self.progress.mark.get() > self.between_marks_max {
            return Err(io::Error::from(ErrorKind::FileTooLarge));
        }
        let read = self.inner.read(buffer)?;
        self.progress.passed.set(passed + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(marks: bool, between_marks_max: u64, in_all_max: u64) -> io::Result<()> {
        let progress = Progress::default();
        let mut reader = Bounded::new(
            io::repeat(1).take(1_000),
            &progress,
            between_marks_max,
            in_all_max,
        );
        let mut buffer = [0; 10];
        while reader.read(&mut buffer)? > 0 {
            if marks {
                progress.mark();
            }
        }
        Ok(())
    }

    #[test]
    fn it_stops_at_either_limit() {
        assert!(reads(true, 10, 1_000).is_ok());
        assert!(reads(false, 1_000, 1_000).is_ok());
        let stopped = |marks, between, all| reads(marks, between, all).expect_err("it is too large").kind();
        assert_eq!(stopped(false, 900, 1_000), ErrorKind::FileTooLarge);
        assert_eq!(stopped(true, 10, 900), ErrorKind::FileTooLarge);
    }
}
