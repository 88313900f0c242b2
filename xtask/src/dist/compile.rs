//! Rust → wasm, twice: for browsers that run it, and for wasm2js.
//!
//! Not with Trunk, which builds the widget while it is worked at: `cargo build` makes of the crate a library for Rust as
//! well, and where it does that it optimises nothing across crates, whatever the profile says. A tenth of the bytes.

use crate::command::{cargo, command, output, root, run};
use crate::tools::WASM_TARGET;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Build of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Std {
    /// Compiled by us, for size, from the compiler's own sources.
    BuiltForSize,
    /// The one that comes with the compiler.
    Shipped,
}

/// WebAssembly features of today's browsers. Given explicitly, because the mark inside the file has been taken out by then.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// wasm-opt's passes for size. Nothing of Rust's lies below address 1024: the stack's far end does, and data above the
/// stack. Sorted by name, the instances of a generic function stand side by side, where brotli finds them alike. Three times,
/// because each time leaves the next something. Expressions that repeat are left to repeat, what is set once and used once is
/// left in its local, and locals are not made one: brotli says all three with fewer bytes.
const SMALL: [&str; 10] = [
    "--reorder-functions-by-name",
    "-Oz",
    "-Oz",
    "-Oz",
    "--low-memory-unused",
    "--always-inline-max-function-size",
    "4",
    "--skip-pass=local-cse",
    "--skip-pass=simplify-locals",
    "--skip-pass=merge-locals",
];

/// wasm-opt's pass that says of every access that it may be unaligned. It is a hint, which hardly any processor's code depends on;
/// all alike they are 0.2 kB less. Not for wasm2js, which would take each byte by itself.
const UNALIGNED: &str = "--dealign";

/// WebAssembly features of wasm2js' input; the lowerings below take most of it out.
const PLAIN_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-call-indirect-overlong",
];

/// Passes that replace instructions which JavaScript does not have.
const LOWERED: [&str; 3] =
    ["--llvm-memory-copy-fill-lowering", "--signext-lowering", "--llvm-nontrapping-fptoint-lowering"];

const STRIPPED: [&str; 3] = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/// LLVM's options for the optimisation across crates. A function is put in place of its call where that is shorter, and
/// hardly ever where it is not; a loop counts in one variable, where for speed it would count in several at once.
const LLVM: [&str; 2] = ["-Cllvm-args=-inline-threshold=20", "-Cllvm-args=-disable-lsr"];

/// wasm-opt's pass that shortens what wasm and glue call each other, and prints it.
const SHORT_NAMES: &str = "--minify-imports-and-exports-and-modules";

/// Wasm with short names, the glue that still has the long ones, and which is which.
pub(super) struct Compiled {
    pub(super) wasm: PathBuf,
    pub(super) glue: PathBuf,
    pub(super) names: String,
}

/// The target of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Wasm,
    Plain,
}

impl Std {
    /// Folder of the build's products.
    pub(super) fn folder(self) -> PathBuf {
        root().join("target/dist").join(match self {
            Self::BuiltForSize => "small",
            Self::Shipped => "shipped-std",
        })
    }

    /// Cargo's target folder. A folder for each of the two builds: in one of their own nothing is built again that has
    /// not changed.
    fn target(self, machine: Target) -> PathBuf {
        self.folder().join(match machine {
            Target::Wasm => "wasm",
            Target::Plain => "plain",
        })
    }

    /// Sets cargo's environment.
    fn set(self, machine: Target, command: &mut Command) {
        let mut flags = Vec::new();
        if self == Self::BuiltForSize {
            // The compiler is the stable one. Building std with it is no stable feature, so a developer who wants nothing but
            // these has `--shipped-std`.
            command.env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
            command.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
            flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"]);
        }
        if machine == Target::Plain {
            flags.extend(["-Ctarget-cpu=mvp", "-Ctarget-feature=+mutable-globals"]);
        }
        command.env("CARGO_TARGET_DIR", self.target(machine)).env("RUSTFLAGS", flags.join(" "));
    }
}

/// Compiles for browsers that run wasm.
pub(super) fn for_wasm(std: Std) -> Result<Compiled> {
    let built = build(std, Target::Wasm)?;
    let folder = std.folder().join("wasm-js");
    let flags: Vec<_> = FEATURES.into_iter().chain(SMALL).chain([UNALIGNED]).chain(STRIPPED).collect();
    bound(&built, &folder, &flags)
}

/// Compiles for wasm2js: no instruction, and nothing of wasm-bindgen's, that JavaScript cannot have. Its wasm is
/// JavaScript already.
pub(super) fn for_plain(std: Std) -> Result<Compiled> {
    let built = build(std, Target::Plain)?;
    let folder = std.folder().join("plain-js");
    fs::create_dir_all(&folder)?;
    let marked = folder.join("marked.wasm");
    let mut wasm = fs::read(built)?;
    super::javascript_build::without_reference_types(&mut wasm)?;
    fs::write(&marked, wasm)?;

    let flags: Vec<_> = PLAIN_FEATURES.into_iter().chain(SMALL).chain(LOWERED).chain(STRIPPED).collect();
    let bound = bound(&marked, &folder, &flags)?;
    let wasm = folder.join("wasm2js.js");
    run(command("wasm2js").arg("-Oz").args(PLAIN_FEATURES).arg(&bound.wasm).arg("-o").arg(&wasm))?;
    Ok(Compiled { wasm, ..bound })
}

/// The widget as cargo builds it: for browsers alone, and no library for Rust.
fn build(std: Std, machine: Target) -> Result<PathBuf> {
    let mut build = cargo();
    if std == Std::BuiltForSize {
        without_wasm_streams(&mut build, &std.folder())?;
    }
    build.args(["rustc", "--lib", "--crate-type", "cdylib", "--profile", "widget", "--target", WASM_TARGET]);
    build.args(["--features", "element", "--"]).args(LLVM);
    std.set(machine, &mut build);
    run(&mut build)?;
    Ok(std.target(machine).join(WASM_TARGET).join("widget/gopay_checkout.wasm"))
}

/// Puts `xtask/wasm-streams` in the place of the real one, which `leptos` brings and a checkout never calls. With a lock file
/// of its own: the workspace's, and every crate that is published, keep the real one.
fn without_wasm_streams(build: &mut Command, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let lock = folder.join("Cargo.lock");
    fs::copy(root().join("Cargo.lock"), &lock).context("cannot copy Cargo.lock")?;
    build.env("CARGO_RESOLVER_LOCKFILE_PATH", lock);
    build.args(["-Zlockfile-path", "--config", "patch.crates-io.wasm-streams.path='xtask/wasm-streams'"]);
    Ok(())
}

/// `wasm` with wasm-bindgen's glue, made small, in `folder`.
fn bound(wasm: &Path, folder: &Path, flags: &[&str]) -> Result<Compiled> {
    let mut bindgen = command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", "gopay-checkout", "--out-dir"]);
    run(bindgen.arg(folder).arg(wasm))?;
    let (bound, glue) = (folder.join("gopay-checkout_bg.wasm"), folder.join("gopay-checkout.js"));
    let features: Vec<_> = flags.iter().copied().filter(|flag| flag.starts_with("--enable")).collect();
    super::foreign_exports::remove_unused(&bound, &glue, &features)?;
    let short = folder.join("short.wasm");
    let names = short_names(&bound, &short, flags)?;
    Ok(Compiled { wasm: short, glue, names })
}

/// Shortens the names in `from`, into `to`; what wasm-opt prints of them.
fn short_names(from: &Path, to: &Path, flags: &[&str]) -> Result<String> {
    let mut opt = command("wasm-opt");
    opt.args(flags).arg(SHORT_NAMES).arg(from).arg("-o").arg(to);
    Ok(String::from_utf8(output(&mut opt)?)?)
}
