//! Every link leads somewhere. Of other sites only the names are known here: nothing is asked over a network.

use gopay_documents::{Document, documents, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

const OTHER_SITES: &str = include_str!("../other-sites.txt");

#[test]
fn every_link_of_ours_leads_to_a_file_and_a_heading_that_are_there() {
    let all = documents();
    let mut broken = Vec::new();
    let mut followed = 0;
    for document in &all {
        for link in document.links().into_iter().filter(|link| !is_outside(&link.to)) {
            followed += 1;
            if let Err(why) = follow(&all, document, &link.to) {
                broken.push(format!("{}:{}: {}: {why}", document.path.display(), link.line, link.to));
            }
        }
    }
    assert!(followed > 30, "{followed} links were found: the documents are not where they were");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_that_llms_txt_names_is_there() {
    let text = fs::read_to_string(root().join("llms.txt")).expect("llms.txt");
    let named: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|file| !root().join(file).is_file()).collect();
    assert!(missing.is_empty(), "llms.txt names {missing:?}");
}

#[test]
fn every_other_site_that_is_linked_to_is_on_the_list_and_no_other_is() {
    let listed: BTreeSet<&str> =
        OTHER_SITES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let mut linked = BTreeSet::new();
    for document in documents() {
        linked.extend(document.links().into_iter().map(|link| link.to).filter(|to| is_outside(to)));
    }
    let linked: BTreeSet<&str> = linked.iter().map(String::as_str).collect();
    assert_eq!(linked, listed, "left: what the documents link to; right: tests/documents/other-sites.txt");
}

fn is_outside(to: &str) -> bool {
    to.contains("://") || to.starts_with("mailto:")
}

fn follow(all: &[Document], from: &Document, to: &str) -> Result<(), String> {
    let (path, anchor) = to.split_once('#').map_or((to, None), |(path, anchor)| (path, Some(anchor)));
    let path = match path {
        "" => from.path.clone(),
        path => flat(&from.path.parent().unwrap_or(Path::new("")).join(path)).ok_or("leads out of the repository")?,
    };
    let file = root().join(&path);
    if !file.exists() {
        return Err("there is no such file".to_owned());
    }
    // A file that a build has left is there on this machine only.
    if fs::canonicalize(&file).is_ok_and(|file| file.components().any(|part| part.as_os_str() == "target")) {
        return Err("is made by a build".to_owned());
    }
    let Some(anchor) = anchor else { return Ok(()) };
    let target = all.iter().find(|document| document.path == path).ok_or("has headings only if it is a document")?;
    let anchors = target.anchors();
    if anchors.iter().any(|it| it == anchor) { Ok(()) } else { Err(format!("has only {anchors:?}")) }
}

/// Without `.` and `..`; nothing where it leads out.
fn flat(path: &Path) -> Option<PathBuf> {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                if !flat.pop() {
                    return None;
                }
            }
            Component::Normal(name) => flat.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(flat)
}
