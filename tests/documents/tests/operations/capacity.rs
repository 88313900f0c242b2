//! The tables of docs/scaling.md, against the model that prints them.

use super::Promise;
use gopay_documents::root;
use std::fs;
use std::process::Command;

pub(crate) const PROMISES: [Promise; 1] =
    [("the_tables_of_the_capacity_model_are_what_it_prints", tables_are_printed, &["python3"])];

fn tables_are_printed() -> Result<(), String> {
    let mut model = Command::new("python3");
    let printed = model.current_dir(root()).arg("ops/capacity.py").output().map_err(|error| error.to_string())?;
    if !printed.status.success() {
        return Err(String::from_utf8_lossy(&printed.stderr).into_owned());
    }
    let document = fs::read_to_string(root().join("docs/scaling.md")).map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    let tables: Vec<&str> = printed.trim().split("\n\n").collect();
    if tables.len() != 3 {
        return Err(format!("it prints {} tables, and not three", tables.len()));
    }
    for (place, table) in tables.iter().enumerate() {
        let mark = format!("<!-- table {}, from ops/capacity.py -->\n\n{table}\n\n", place + 1);
        if !document.contains(&mark) {
            return Err(format!("docs/scaling.md does not have\n{mark}"));
        }
    }
    Ok(())
}
