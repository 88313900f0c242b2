//! Forbids core dumps: the process' memory holds the server key.

/// Keeps the kernel from writing this process's memory to a disk when it crashes, and on Linux other programs of the same user
/// from reading it. Where that fails, it is logged.
#[cfg(unix)]
pub fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let forbidden = setrlimit(Resource::Core, none);
    // A limit alone does not keep a dump from a program that takes it through a pipe, as systemd-coredump does.
    #[cfg(target_os = "linux")]
    let forbidden =
        forbidden.and_then(|()| rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable));
    if let Err(why) = forbidden {
        tracing::warn!(%why, "core dumps cannot be forbidden: one would hold the server key");
    }
}

/// There are none that a program could forbid.
#[cfg(not(unix))]
pub fn forbid() {}
