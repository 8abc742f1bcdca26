//! The examples of every help text, and the commands of the README, run as they are written.

use std::fs;
use std::path::Path;

use crate::support::{Place, copy, library};

/// The commands in the order in which the examples build on each other.
const COMMANDS: [&str; 13] = [
    "import", "check", "test", "search", "generate", "sweep", "forecast", "diff", "plan", "match",
    "explain", "demo", "fmt",
];

fn place_with_library() -> Place {
    let place = Place::new();
    // A copy, since `fmt` rewrites files.
    copy(&library(), &place.path().join("policies/library"));
    place
}

/// Runs the lines of a text that begin with `zhida`; how many there were.
fn run_examples(place: &Place, text: &str) -> usize {
    let lines = text
        .lines()
        .map(str::trim)
        .map(|line| line.trim_start_matches("$ "));
    let commands: Vec<Vec<&str>> = lines
        // A line with a gap is shown in part.
        .filter(|line| line.starts_with("zhida ") && !line.contains(['<', '…']))
        .map(|line| line.split_whitespace().skip(1).collect())
        .collect();
    for arguments in &commands {
        let run = place.run(arguments);
        // A check of the layout may find something to do.
        let most = if arguments.contains(&"--check") { 1 } else { 0 };
        assert!(
            (0..=most).contains(&run.code),
            "{arguments:?}\n{}\n{}",
            run.out,
            run.err
        );
    }
    commands.len()
}

#[test]
fn the_examples_of_every_help_text_work() {
    let place = place_with_library();
    for name in COMMANDS {
        let help = place.ends(0, &[name, "--help"]).out;
        for heading in ["用法:zhida ", "选项:", "通用选项:", "示例:"] {
            assert!(help.contains(heading), "{heading} in\n{help}");
        }
        let english = [
            "Usage",
            "Options:",
            "Arguments:",
            "default:",
            "possible values",
        ];
        assert!(english.iter().all(|word| !help.contains(word)), "{help}");
        // The show itself is run by its own test, with fewer enterprises.
        let help = help.replace("  zhida demo\n", "");
        assert!(run_examples(&place, &help) >= 1, "{help}");
    }
}

/// The commands that a help text lists below its heading of commands.
fn listed(help: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_list = false;
    for line in help.lines() {
        if let Some(entry) = line.strip_prefix("  ").filter(|_| is_list) {
            let is_name = entry.starts_with(|first: char| first.is_ascii_lowercase());
            names.extend(
                entry
                    .split_whitespace()
                    .next()
                    .filter(|_| is_name)
                    .map(String::from),
            );
        } else if !line.is_empty() {
            is_list = line == "命令:" || line == "办理:" || line == "任务:";
        }
    }
    names
}

/// Walks down to every command, and gives how many there are.
fn walk(place: &Place, typed: &[String]) -> usize {
    let mut words: Vec<&str> = typed.iter().map(String::as_str).collect();
    words.push("--help");
    let help = place.ends(0, &words).out;
    let usage = [&["用法:zhida"][..], &words[..words.len() - 1]]
        .concat()
        .join(" ");
    assert!(help.contains(&usage), "{usage} in\n{help}");
    let english = [
        "Usage",
        "Options",
        "Arguments",
        "Commands",
        "default:",
        "possible values",
        "env:",
        "Print",
    ];
    for word in english {
        assert!(!help.contains(word), "{word} in {typed:?}:\n{help}");
    }
    let below = listed(&help);
    below.iter().fold(1, |sum, name| {
        let typed = [typed, std::slice::from_ref(name)].concat();
        sum + walk(place, &typed)
    })
}

#[test]
fn help_is_chinese_at_every_level() {
    let place = Place::new();
    // One command for each verb and task besides those of the first level.
    let all = walk(&place, &[]);
    assert!(all > COMMANDS.len() + 60, "{all}");
}

#[test]
fn the_help_names_every_command() {
    let help = Place::new().ends(0, &["--help"]).out;
    assert!(
        COMMANDS
            .iter()
            .all(|name| help.contains(&format!("\n  {name} "))),
        "{help}"
    );
}

#[test]
fn the_commands_of_the_readme_work() {
    let place = place_with_library();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    assert!(run_examples(&place, &readme) >= 5);
    let makefile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Makefile");
    let makefile = fs::read_to_string(makefile).unwrap();
    for line in readme
        .lines()
        .filter_map(|line| line.strip_prefix("$ make "))
    {
        assert!(makefile.contains(&format!("\n{line}:")), "make {line}");
    }
}
