//! Virtual display (Xvfb) for a browser without a headless mode. It stops when dropped.

use crate::supervised::{Supervised, program, read_on};
use std::env;
use std::path::Path;

/// Larger than any device.
const SCREEN: &str = "1600x1400x24";

pub(crate) struct Display {
    _server: Supervised,
    name: String,
}

impl Display {
    /// Starts the X server that `XVFB` names, or else the one on PATH.
    pub(crate) async fn starts(folder: &Path) -> Self {
        let server = env::var("XVFB").unwrap_or_else(|_| "Xvfb".to_owned());
        let mut command = program(&server, folder);
        command.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        let (server, mut lines) = Supervised::starts(&mut command);
        let number = lines.next_line().await.expect("its output is text").expect("it names its display");
        tokio::spawn(read_on(lines));
        Self { _server: server, name: format!(":{}", number.trim()) }
    }

    /// The value for `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}
