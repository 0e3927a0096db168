//! Every command that the pages for people show is one that the program understands.

use super::super::Cli;
use clap::Parser;
use std::fs;
use std::path::{Path, PathBuf};

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.extend([root.join("README.md"), root.join("ARCHITECTURE.md")]);
    pages.sort();
    pages
}

/// The words of one line, as a shell reads them: quotes, and the end at a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            ('|' | '>' | '&' | ';', None) => break,
            (' ', None) => words.extend(word.take()),
            (c, None) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The command lines of a page that call the program; a word `…` stands for more than is shown.
fn commands(page: &str) -> Vec<Vec<String>> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(|block| {
        let joined = block.replace("\\\n", " ");
        joined.lines().map(|line| words(line.trim())).collect::<Vec<_>>()
    });
    let calls = lines.filter_map(|line| {
        let is_setting = |word: &&String| word.split_once('=').is_some_and(|(name, _)| name.starts_with("GATEHOUSE_"));
        let call: Vec<String> = line.iter().skip_while(is_setting).cloned().collect();
        let is_ours = call.first().is_some_and(|name| name == "gatehouse" || name == "dist/gatehouse");
        (is_ours && !call.iter().any(|word| word == "…")).then_some(call)
    });
    calls.collect()
}

#[test]
fn every_command_of_the_pages_is_understood() {
    let (mut wrong, mut read) = (Vec::new(), 0);
    for page in pages() {
        for command in commands(&fs::read_to_string(&page).unwrap()) {
            read += 1;
            if let Err(error) = Cli::try_parse_from(&command) {
                let name = page.file_name().unwrap().display();
                wrong.push(format!("{name}: {}: {error}", command.join(" ")));
            }
        }
    }
    assert!(read > 50, "{read} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
