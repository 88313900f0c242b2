//! The browsers that tests run in, each with the program that drives it: found (by the variables that the tests read too,
//! else on PATH) or installed.

use super::{cargo_tool, debian_packages, say, version_in};
use crate::command::{ask, find};
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Drives Firefox from 128 on.
const GECKODRIVER: &str = "0.37.1";

/// The programs of one engine, by the variables that tell the tests.
pub(crate) type Programs = Vec<(&'static str, PathBuf)>;

/// Chromium and chromedriver, of one major version.
pub(crate) fn chromium() -> Result<Programs> {
    let by_hand = "Install Chromium or Chrome and the chromedriver of the same version, on PATH or named by CHROME and CHROMEDRIVER.";
    let why = "tests run in a real browser";
    found_or_installed(find_chromium, "Chromium", why, &["chromium", "chromium-driver"], by_hand)
}

/// Firefox and geckodriver.
pub(crate) fn firefox() -> Result<Programs> {
    let by_hand = "Install Firefox, on PATH or named by FIREFOX.";
    let why = "tests run in its engine too";
    let mut programs = found_or_installed(find_firefox, "Firefox", why, &["firefox-esr"], by_hand)?;
    if env::var_os("GECKODRIVER").is_none() {
        cargo_tool(
            "geckodriver",
            GECKODRIVER,
            &["--locked"],
            "drives Firefox, and Debian has none (about 2 minutes on 2 cores)",
        )?;
    }
    programs.push(("GECKODRIVER", named("GECKODRIVER", &["geckodriver"])?));
    Ok(programs)
}

/// WebKit's small browser, its driver, and a virtual display for it.
pub(crate) fn webkit() -> Result<Programs> {
    let by_hand = "Install WebKitGTK 2.50 or newer with its WebKitWebDriver and MiniBrowser, and Xvfb, on PATH or named by WEBKIT_WEBDRIVER, WEBKIT_MINIBROWSER and XVFB.";
    let packages = ["webkit2gtk-driver", "libwebkit2gtk-4.1-0", "xvfb"];
    found_or_installed(find_webkit, "WebKit", "tests run in Safari's engine too", &packages, by_hand)
}

fn found_or_installed(
    find: fn() -> Result<Programs>,
    what: &'static str,
    why: &str,
    packages: &[&str],
    by_hand: &str,
) -> Result<Programs> {
    find().or_else(|missing| {
        say(what, &format!("{why}, and {missing:#}"));
        debian_packages(packages, what, by_hand)?;
        find()
    })
}

fn named(variable: &str, names: &[&str]) -> Result<PathBuf> {
    match env::var(variable) {
        Ok(path) => find(&path).with_context(|| format!("{variable}={path} is not a program")),
        Err(_) => names.iter().find_map(|name| find(name)).with_context(|| format!("there is no {}", names[0])),
    }
}

fn find_chromium() -> Result<Programs> {
    let driver = named("CHROMEDRIVER", &["chromedriver"])?;
    let browser = named("CHROME", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])?;
    let major = |program: &Path| {
        let text = ask(Command::new(program).args(["--version", "--no-sandbox"])).unwrap_or_default();
        version_in(&text).and_then(|version| Some(version.split_once('.')?.0.to_owned()))
    };
    match (major(&browser), major(&driver)) {
        (Some(one), Some(other)) if one == other => Ok(vec![("CHROME", browser), ("CHROMEDRIVER", driver)]),
        (one, other) => bail!(
            "{} is version {} and {} version {}, but they must be the same",
            browser.display(),
            one.as_deref().unwrap_or("unknown"),
            driver.display(),
            other.as_deref().unwrap_or("unknown")
        ),
    }
}

fn find_firefox() -> Result<Programs> {
    Ok(vec![("FIREFOX", named("FIREFOX", &["firefox", "firefox-esr"])?)])
}

fn find_webkit() -> Result<Programs> {
    let driver = named("WEBKIT_WEBDRIVER", &["WebKitWebDriver"])?;
    let display = named("XVFB", &["Xvfb"])?;
    let browser = named("WEBKIT_MINIBROWSER", &["MiniBrowser"]).or_else(|missing| {
        // Debian keeps it beside the library, off PATH: /usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser.
        let libraries = Path::new("/usr/lib").read_dir().into_iter().flatten().flatten();
        let mut places = libraries.map(|folder| folder.path().join("webkit2gtk-4.1/MiniBrowser"));
        places.find(|place| place.is_file()).ok_or(missing)
    })?;
    Ok(vec![("WEBKIT_WEBDRIVER", driver), ("WEBKIT_MINIBROWSER", browser), ("XVFB", display)])
}
