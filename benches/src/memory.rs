//! How much memory a process holds, as Linux tells it; elsewhere nothing is known and nothing is said.

/// Bytes in a megabyte, as targets count them.
const MB: f64 = 1_000_000.0;

/// Megabytes of this process that are in memory now.
pub fn now() -> Option<f64> {
    of("self", "VmRSS:")
}

/// The most megabytes of this process that were in memory since [`forget_peak`].
pub fn peak() -> Option<f64> {
    of("self", "VmHWM:")
}

/// Megabytes of another process that are in memory now.
pub fn of_process(id: u32) -> Option<f64> {
    of(&id.to_string(), "VmRSS:")
}

/// Megabytes of another process that are its own and not pages of a file.
pub fn own_of_process(id: u32) -> Option<f64> {
    of(&id.to_string(), "RssAnon:")
}

/// Makes what is in memory now the most there was.
pub fn forget_peak() {
    // Where this is not to be had, the peak is that of the whole run, which is said to be at most.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

fn of(process: &str, line: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let found = text.lines().find_map(|l| l.strip_prefix(line))?;
    let kilobytes: f64 = found.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / MB)
}
