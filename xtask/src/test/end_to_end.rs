//! The end-to-end tests of the built dist: the engines, the widget's builds, and the extent of the suite.

use crate::command::root;
use crate::tools::{
    self,
    browsers::{self, Programs},
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::fmt;
use std::process::Command;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Chrome's, Edge's and Android's.
    Chromium,
    /// Firefox's.
    Firefox,
    /// Safari's, and every browser's on an iPhone.
    Webkit,
}

/// The same Rust, compiled twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Build {
    /// WebAssembly.
    Wasm,
    /// JavaScript, for pages that allow no WebAssembly.
    Js,
}

/// Extent of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Whole,
    /// [`EVERYWHERE`], with one row of each kind of fault, and [`BY_ENGINE`].
    ForTheEngine,
    /// [`EVERYWHERE`], with one row of each kind of fault.
    ForTheBuild,
}

/// The suite in one engine, with one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Suite {
    engine: Engine,
    build: Build,
    extent: Extent,
}

/// The default suites. The whole suite everywhere would take CI an hour: what does not depend on the engine or the
/// build is tested in one of them. With `--engine` or `--build` the whole suite runs.
const SUITES: [Suite; 4] = [
    Suite { engine: Engine::Chromium, build: Build::Wasm, extent: Extent::Whole },
    Suite { engine: Engine::Chromium, build: Build::Js, extent: Extent::ForTheBuild },
    Suite { engine: Engine::Firefox, build: Build::Wasm, extent: Extent::ForTheEngine },
    Suite { engine: Engine::Webkit, build: Build::Wasm, extent: Extent::ForTheEngine },
];

/// The tests that always run in every engine and with both builds. docs/pages.md is written from these lists, too.
const EVERYWHERE: [&str; 3] = ["journeys", "strict_pages", "faults"];

/// The modules of `foreign_pages` about what engines do differently: layout, frames, the life of a page, shared limits.
const BY_ENGINE: [&str; 6] = ["before_the_core", "displayed", "life", "media", "parents", "shared_limits"];

/// A choice of end-to-end tests.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// The whole end-to-end suite in this engine, and nothing else.
    #[arg(long)]
    engine: Option<Engine>,
    /// The whole end-to-end suite with this build of the widget, and nothing else.
    #[arg(long)]
    build: Option<Build>,
}

impl Choice {
    /// True if anything was chosen.
    pub(crate) fn is_made(self) -> bool {
        self.engine.is_some() || self.build.is_some()
    }

    /// The suites to run.
    pub(crate) fn suites(self) -> Vec<Suite> {
        if !self.is_made() {
            return SUITES.to_vec();
        }
        let engine = self.engine.unwrap_or(Engine::Chromium);
        let build = self.build.unwrap_or(Build::Wasm);
        vec![Suite { engine, build, extent: Extent::Whole }]
    }
}

impl Suite {
    /// The engine.
    pub(crate) fn engine(self) -> Engine {
        self.engine
    }

    /// The tests, ready to run against dist/. Installs the engine, and frameworks for host pages.
    pub(crate) fn tests(self) -> Result<Command> {
        tools::frameworks()?;
        let mut tests = super::cargo_test();
        tests.arg("--no-fail-fast");
        let (more, skipped): (&[&str], _) = match self.extent {
            Extent::Whole => (&["foreign_pages", "gallery", "long_life", "sandbox_page"], Vec::new()),
            Extent::ForTheEngine => (&["foreign_pages"], not_by_engine()?),
            Extent::ForTheBuild => (&[], Vec::new()),
        };
        for test in EVERYWHERE.iter().chain(more) {
            tests.args(["--test", test]);
        }
        if self.extent != Extent::Whole {
            tests.env("GOPAY_E2E_FAULTS", "spread");
        }
        // One browser at a time: two of them on a small machine wait for each other more than for us.
        tests.args(["--", "--test-threads=1"]);
        for module in skipped {
            tests.args(["--skip", &format!("{module}::")]);
        }
        tests.env("GOPAY_E2E_ENGINE", self.engine.name()).env("GOPAY_E2E_BUILD", self.build.name());
        tests.envs(self.engine.programs()?);
        Ok(tests)
    }
}

/// The modules of `foreign_pages` that are not in [`BY_ENGINE`].
fn not_by_engine() -> Result<Vec<String>> {
    let mut modules = Vec::new();
    for file in root().join("tests/e2e/tests/foreign_pages").read_dir()? {
        modules.extend(file?.path().file_stem().map(|module| module.to_string_lossy().into_owned()));
    }
    modules.retain(|module| module != "main" && !BY_ENGINE.contains(&module.as_str()));
    Ok(modules)
}

impl Engine {
    /// Its browser and driver. Installs them.
    pub(crate) fn programs(self) -> Result<Programs> {
        match self {
            Self::Chromium => browsers::chromium(),
            Self::Firefox => browsers::firefox(),
            Self::Webkit => browsers::webkit(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }
}

impl Build {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wasm => "wasm",
            Self::Js => "js",
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "e2e in {}, {} build", self.engine.name(), self.build.name())?;
        match self.extent {
            Extent::Whole => Ok(()),
            Extent::ForTheEngine => f.write_str(", what depends on the engine"),
            Extent::ForTheBuild => f.write_str(", what depends on the build"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_choice_every_engine_has_its_turn_and_one_runs_everything() {
        let suites = Choice { engine: None, build: None }.suites();
        for engine in Engine::value_variants() {
            assert!(suites.iter().any(|suite| suite.engine == *engine), "{engine:?}");
        }
        assert!(suites.iter().any(|suite| suite.extent == Extent::Whole));
    }

    #[test]
    fn what_depends_on_the_engine_runs_in_each_and_the_rest_is_left_out_by_name() {
        let left_out = not_by_engine().expect("the suite");
        assert!(left_out.iter().any(|module| module == "truth"), "{left_out:?}");
        for module in BY_ENGINE {
            assert!(root().join(format!("tests/e2e/tests/foreign_pages/{module}.rs")).is_file(), "{module}");
            assert!(!left_out.iter().any(|it| module.contains(it.as_str())), "{module}: --skip takes parts of names");
        }
    }

    #[test]
    fn what_is_chosen_runs_whole_and_alone() {
        let chosen = Choice { engine: Some(Engine::Webkit), build: None }.suites();
        assert_eq!(chosen, [Suite { engine: Engine::Webkit, build: Build::Wasm, extent: Extent::Whole }]);
        let chosen = Choice { engine: None, build: Some(Build::Js) }.suites();
        assert_eq!(chosen, [Suite { engine: Engine::Chromium, build: Build::Js, extent: Extent::Whole }]);
    }
}
