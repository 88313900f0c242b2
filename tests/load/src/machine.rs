//! This machine, and what its processes use of it.

use anyhow::{Context as _, Result};
use std::fs;
use std::time::Duration;

/// Ticks a second in `/proc/PID/stat`: Linux' `USER_HZ`, 100 on every machine that one meets.
const TICKS_A_SECOND: u64 = 100;

/// Raises how many files (and so sockets) this process and those that it starts may open to what is allowed; tells it.
#[cfg(unix)]
pub(crate) fn raise_the_file_limit() -> Result<u64> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).context("cannot read the limit of open files")?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("cannot raise the limit of open files")?;
    Ok(most)
}

/// Elsewhere there is no such limit to raise; numbers of memory and processor time are Linux' alone.
#[cfg(not(unix))]
pub(crate) fn raise_the_file_limit() -> Result<u64> {
    Ok(8192)
}

/// One line about the machine, for whoever compares numbers.
pub(crate) fn describe(files: u64) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let memory: u64 = field(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    let busy = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    format!(
        "{cores} cores ({processor}), {} GB, {files} files a process, load before the start {busy}; merchant, sandbox \
         and payers share them",
        memory.div_ceil(1024 * 1024),
    )
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Resident now.
    pub(crate) now: u64,
    /// Resident at most, ever.
    pub(crate) most: u64,
}

/// Resident memory of a process.
pub(crate) fn memory_of(pid: u32) -> Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let kilobytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    let read = |name: &str| kilobytes(name).map(|n| n * 1024).with_context(|| format!("no {name} of process {pid}"));
    Ok(Memory { now: read("VmRSS")?, most: read("VmHWM")? })
}

/// Processor time of a process.
pub(crate) fn processor_time_of(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // The name before the bracket may have spaces. Behind it, utime and stime are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
}
