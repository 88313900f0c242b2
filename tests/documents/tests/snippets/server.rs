//! Configurations of servers, put to the servers themselves where they are installed.

use super::programs::ask;
pub(crate) use gopay_documents::installed;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Blocks of a `server`.
pub(crate) fn check_nginx(code: &str) -> Result<(), String> {
    let Some(nginx) = installed("nginx") else { return check_braces(code, true) };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    // A socket in a folder of its own: nginx opens what it is told to listen to, even when it only looks.
    let whole = whole_nginx(folder.path(), &format!("unix:{}/socket", folder.path().display()), code);
    let file = folder.path().join("nginx.conf");
    fs::write(&file, whole).map_err(|error| error.to_string())?;
    ask(Command::new(nginx).arg("-t").arg("-e").arg("stderr").arg("-c").arg(&file).arg("-p").arg(folder.path()), "")
}

/// nginx' file around blocks of a `server`, which touches nothing outside of `folder`.
pub(crate) fn whole_nginx(folder: &Path, listen: &str, code: &str) -> String {
    let at = folder.display();
    format!(
        "daemon off; master_process off; pid {at}/pid; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {at}/b; \
         proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s; \
         server {{ listen {listen};\n{code}\n}} }}"
    )
}

/// A whole file.
pub(crate) fn check_caddyfile(code: &str) -> Result<(), String> {
    let Some(caddy) = installed("caddy") else { return check_braces(code, false) };
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("Caddyfile");
    fs::write(&file, code).map_err(|error| error.to_string())?;
    ask(Command::new(caddy).args(["adapt", "--adapter", "caddyfile", "--config"]).arg(&file), "")
}

/// Checks what can be seen without the server: braces that match, and lines that end as they must.
fn check_braces(code: &str, semicolons: bool) -> Result<(), String> {
    let mut depth = 0_i32;
    // In one line too a statement ends before the brace that closes its block.
    let ends_well = |block: &str| block.trim_end().ends_with([';', '{', '}']) || block.trim().is_empty();
    if semicolons && code.rsplit_once('}').is_some_and(|(blocks, _)| !blocks.split('}').all(ends_well)) {
        return Err("a statement ends without ; before its block does".to_owned());
    }
    for line in code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if semicolons && !line.ends_with([';', '{', '}']) {
            return Err(format!("{line:?} ends with none of ; {{ }}"));
        }
        depth += i32::from(line.ends_with('{')) - i32::from(line == "}");
        if depth < 0 {
            return Err("a brace too many".to_owned());
        }
    }
    if depth == 0 { Ok(()) } else { Err("a brace is missing".to_owned()) }
}
