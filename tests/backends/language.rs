//! In what they are written, and how each is started.

use std::env;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Node,
    Python,
    Php,
    Java,
    Go,
}

/// Java's libraries, as Debian installs them.
pub(crate) const JARS: [&str; 2] = ["/usr/share/java/gson.jar", "/usr/share/java/sqlite-jdbc.jar"];
/// Go's packages from Debian, with SQLite's driver.
pub(crate) const GO_PACKAGES: &str = "/usr/share/gocode";
const GO_DRIVER: &str = "src/github.com/mattn/go-sqlite3";
/// With the reconciliation job as cron starts it, only more often.
const PHP: &str = r#"(while sleep 3; do php shop.php reconcile; done) & exec php -S "127.0.0.1:$PORT" shop.php"#;
/// Compiles beside the database, so that nothing is left in the sources' folder.
const JAVA: &str = r#"javac -d "$DATABASE.classes" -cp "$0" *.java && exec java -cp "$DATABASE.classes:$0" Shop"#;
/// The same; Debian's packages are no modules.
const GO: &str = r#"GO111MODULE=off GOPATH="$0" go build -o "$DATABASE.program" shop.go && exec "$DATABASE.program""#;

impl Language {
    /// The one file that is the backend.
    pub(crate) fn source(self) -> PathBuf {
        let file = match self {
            Self::Node => "node/shop.js",
            Self::Python => "python/shop.py",
            Self::Php => "php/shop.php",
            Self::Java => "java/Shop.java",
            Self::Go => "go/shop.go",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/backends").join(file)
    }

    /// Program and arguments, to be run in the source's folder.
    ///
    /// # Panics
    /// When something is not installed, saying what.
    pub(crate) fn command(self) -> Vec<String> {
        let missing = match self {
            Self::Node => missing(&["node"], &[self.beside("node_modules/express")]),
            Self::Python => missing(&[], &[self.beside(".venv/bin/python")]),
            Self::Php => missing(&["php"], &[]),
            Self::Java => missing(&["java", "javac"], &JARS.map(PathBuf::from)),
            Self::Go => missing(&["go"], &[Path::new(GO_PACKAGES).join(GO_DRIVER)]),
        };
        assert!(
            missing.is_empty(),
            "it cannot be tried without {} ({missing:?}): run `cargo xtask test backends`, which installs what it can",
            self.name()
        );
        let words: &[&str] = match self {
            Self::Node => &["node", "shop.js"],
            Self::Python => &[".venv/bin/python", "shop.py"],
            Self::Php => &["sh", "-c", PHP],
            Self::Java => &["sh", "-c", JAVA, &JARS.join(":")],
            Self::Go => &["sh", "-c", GO, GO_PACKAGES],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// The name by which xtask lists it as missing.
    fn name(self) -> &'static str {
        match self {
            Self::Node => "npm",
            Self::Python => "Python",
            Self::Php => "PHP",
            Self::Java => "Java",
            Self::Go => "Go",
        }
    }

    fn beside(self, path: &str) -> PathBuf {
        self.source().with_file_name(path)
    }
}

fn missing(programs: &[&str], files: &[PathBuf]) -> Vec<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &&&str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let programs = programs.iter().filter(|program| !is_there(program)).map(|program| (*program).to_owned());
    let files = files.iter().filter(|file| !file.exists()).map(|file| file.display().to_string());
    programs.chain(files).collect()
}
