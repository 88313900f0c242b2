//! `Disk`: a file system of a few megabytes that can be full. It takes root to mount one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Room for a database, its log, and one checkpoint.
const SIZE: &str = "size=16m";

pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// Mounts one. `None`, with a line that says so: nobody but root can.
    pub(crate) fn small() -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(folder.path()).output();
        if mount.is_ok_and(|mount| mount.status.success()) {
            return Some(Self { folder });
        }
        // Past the harness, which shows nothing of a test that passes.
        drop(writeln!(
            std::io::stderr(),
            "skipped with the rights of this user: no small file system can be mounted (it takes root)"
        ));
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).expect("a file");
        for size in [1 << 20, 1 << 12, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Gives the room back.
    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).expect("it was full");
    }

    /// The database's files can be opened for reading only. Whoever has them open may go on.
    pub(crate) fn is_read_only(&self, is_it: bool) {
        let files = ["shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm"].map(|name| self.path().join(name));
        let set =
            Command::new("chattr").arg(if is_it { "+i" } else { "-i" }).args(files).output().expect("`chattr` runs");
        assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.path()).output());
    }
}
